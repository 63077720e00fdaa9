import { refuse } from "../errors";
import { collection, customerOf, type AddRoute, type Answer, type Call } from "../route";
import type { Order } from "../world";
import { createOrder } from "./create-order";
import { activationLinks, orderProvisioning } from "./order-provisioning";
import { orderAsSeen, wantsPrices } from "./order-resource";
import { patchOrder } from "./patch-order";

const path = "/v1/customers/:customerId/orders";

/** Orders (partner-center-api.md §6.1). Lists are not paged and show a new order only after a while. */
export function registerOrders(add: AddRoute): void {
  const one = `${path}/:orderId`;
  add({ method: "GET", path, name: "listOrders", token: "any" }, listOrders);
  add({ method: "POST", path, name: "createOrder", token: "any" }, createOrder);
  add({ method: "GET", path: one, name: "getOrder", token: "any" }, getOrder);
  add({ method: "PATCH", path: one, name: "patchOrder", token: "any" }, (call) => patchOrder(call, findOrder(call)));
  add({ method: "GET", path: `${one}/provisioningstatus`, name: "getOrderProvisioning", token: "any" }, (call) =>
    orderProvisioning(call, findOrder(call)),
  );
  add({ method: "GET", path: `${one}/activationlinks`, name: "listActivationLinks", token: "any" }, (call) =>
    activationLinks(call, findOrder(call)),
  );
  add(
    {
      method: "GET",
      path: `${one}/lineitems/:lineNumber/activationlinks`,
      name: "listLineActivationLinks",
      token: "any",
    },
    (call) => activationLinks(call, findOrder(call), call.params["lineNumber"]),
  );
}

const billingTypes = ["monthly", "annual", "triennial", "biennial", "one_time", "none"];

function listOrders(call: Call): Answer {
  const customerId = customerOf(call).id;
  const partnerId = call.caller.partner.tenantId;
  const now = call.now.getTime();
  const billingType = call.query.get("billingType")?.toLowerCase();
  if (billingType !== undefined && !billingTypes.includes(billingType)) {
    refuse(400, 900126, `The billing type '${billingType}' cannot be parsed.`, ["billingType"]);
  }
  const withPrices = wantsPrices(call);
  const items = [...call.simulation.world.orders.values()]
    .filter((order) => order.customerId === customerId && order.partnerId === partnerId && order.visibleAt <= now)
    .filter(({ resource }) => billingType === undefined || resource["billingCycle"] === billingType)
    .map((order) => orderAsSeen(call.simulation, order, withPrices));
  const prefix = call.simulation.switches.linksWithVersion ? "/v1" : "";
  return { status: 200, body: collection(items, `${prefix}/customers/${customerId}/orders`) };
}

function getOrder(call: Call): Answer {
  const order = findOrder(call);
  return { status: 200, body: orderAsSeen(call.simulation, order, wantsPrices(call)) };
}

/** The order of the path, or 404/20000; by switch also in the first moments after the purchase. */
function findOrder(call: Call): Order {
  const { world, switches } = call.simulation;
  const order = world.orders.get(call.params["orderId"] ?? "");
  const isOurs = order?.customerId === customerOf(call).id && order.partnerId === call.caller.partner.tenantId;
  const readableAt = (order?.createdAt ?? 0) + switches.orderByIdVisibilitySeconds * 1000;
  if (!order || !isOurs || call.now.getTime() < readableAt) {
    return refuse(404, 20000, `The order '${call.params["orderId"] ?? ""}' was not found.`);
  }
  return order;
}
