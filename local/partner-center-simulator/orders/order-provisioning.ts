import { createHash } from "node:crypto";
import { refuse } from "../errors";
import { collection, type Answer, type Call, type Simulation } from "../route";
import { lineText } from "./order-line";
import { skuKey, type JsonObject, type Order } from "../world";

/** Whether what was bought has been delivered, per line: `prefulfillmentPending`, `unfulfilled`, `fulfilled`. */
export function orderProvisioning(call: Call, order: Order): Answer {
  const items = order.resource.lineItems.map((line) => {
    const status = lineStatus(call.simulation, order, line);
    const quantity = Number(line["quantity"]);
    return {
      lineItemNumber: line["lineItemNumber"],
      status,
      quantityProvisioningInformation: [{ quantity, status }],
      attributes: { objectType: "OrderLineItemProvisioningStatus" },
    };
  });
  return { status: 200, body: collection(items, call.path) };
}

function lineStatus(simulation: Simulation, order: Order, line: JsonObject): string {
  const { clock, switches, world } = simulation;
  if (clock.nowMs() < order.createdAt + switches.subscriptionIdSeconds * 1000) return "prefulfillmentPending";
  const subscription = world.subscriptions.get(lineText(line, "subscriptionId"));
  // A licence key has no subscription that could be pending.
  if (!subscription) return "fulfilled";
  return subscription.resource.status === "pending" ? "unfulfilled" : "fulfilled";
}

/** Links to the licence keys of perpetual software; other lines have none. */
export function activationLinks(call: Call, order: Order, lineNumber?: string): Answer {
  const { world } = call.simulation;
  const wanted = order.resource.lineItems.filter(
    (line) => lineNumber === undefined || lineText(line, "lineItemNumber") === lineNumber,
  );
  if (wanted.length === 0) return refuse(404, 1000, `The order has no line ${lineNumber ?? ""}.`);
  const items = wanted
    .filter((line) => world.catalog.get(skuKey(lineText(line, "offerId")))?.kind === "perpetual-software")
    .filter((line) => lineStatus(call.simulation, order, line) === "fulfilled")
    .map((line) => {
      const key = createHash("sha256")
        .update(`${order.id} ${lineText(line, "lineItemNumber")}`)
        .digest("hex")
        .slice(0, 16);
      const uri = `https://activation.example/${key}`;
      return { lineItemNumber: line["lineItemNumber"], link: { uri, method: "GET", headers: [] } };
    });
  return { status: 200, body: collection(items, call.path) };
}
