import { refuse } from "../errors";
import { bodyObject, customerOf, type AddRoute, type Answer, type Call } from "../route";
import { DAY_MS } from "../terms";
import type { Cart, JsonObject } from "../world";
import { applyWrite } from "../write";
import { readCartBody, type CartBody } from "./cart-line";
import { checkLines, lineResources } from "./cart-resource";
import { checkout } from "./checkout";

const path = "/v1/customers/:customerId/carts";

/** Carts and their checkout (partner-center-api.md §6.2). */
export function registerCarts(add: AddRoute): void {
  add({ method: "POST", path, name: "createCart", token: "any" }, createCart);
  add({ method: "GET", path: `${path}/:cartId`, name: "getCart", token: "any" }, getCart);
  add({ method: "PUT", path: `${path}/:cartId`, name: "replaceCart", token: "any" }, replaceCart);
  add({ method: "POST", path: `${path}/:cartId/checkout`, name: "checkoutCart", token: "any" }, (call) =>
    checkout(call, findCart(call)),
  );
}

/** A cart with a bad line is created all the same: the line carries its error. */
function createCart(call: Call): Answer {
  const { world, clock, switches } = call.simulation;
  const customer = customerOf(call);
  const body = readCartBody(bodyObject(call));
  const apply = () => {
    const id = world.ids.guid();
    const cart: Cart = {
      id,
      customerId: customer.id,
      partnerId: call.caller.partner.tenantId,
      body,
      resource: {},
      expiresAt: clock.nowMs() + switches.cartLifetimeDays * DAY_MS,
    };
    cart.resource = cartResource(call, cart, body, call.now.toISOString());
    world.carts.set(id, cart);
    return { answer: { status: 201, body: structuredClone(cart.resource) }, effects: [] };
  };
  const write = { operation: "create_cart", resourceType: "cart", customerId: customer.id, plan: () => ({ apply }) };
  return applyWrite(call, write);
}

function cartResource(call: Call, cart: Cart, body: CartBody, createdAt: string): JsonObject {
  const { simulation, caller } = call;
  const attested = body.partnerOnRecordAttestationAccepted;
  const context = { simulation, customer: customerOf(call), partnerId: caller.partner.tenantId };
  return {
    id: cart.id,
    creationTimestamp: createdAt,
    lastModifiedTimestamp: call.now.toISOString(),
    expirationTimestamp: new Date(cart.expiresAt).toISOString(),
    lastModifiedUser: caller.upn ?? caller.appId,
    status: "Active",
    ...(typeof attested === "boolean" ? { partnerOnRecordAttestationAccepted: attested } : {}),
    lineItems: lineResources(checkLines(body, context), context),
    links: { self: { uri: `/customers/${cart.customerId}/carts/${cart.id}`, method: "GET", headers: [] } },
    attributes: { objectType: "Cart" },
  };
}

/** The cart of the path, or 404/800008 once it is expired or belongs to somebody else. */
function findCart(call: Call): Cart {
  const cart = call.simulation.world.carts.get(call.params["cartId"] ?? "");
  const isOurs = cart?.customerId === customerOf(call).id && cart.partnerId === call.caller.partner.tenantId;
  if (!cart || !isOurs || cart.expiresAt <= call.now.getTime()) {
    return refuse(404, 800008, `The cart '${call.params["cartId"] ?? ""}' was not found.`);
  }
  return cart;
}

function getCart(call: Call): Answer {
  return { status: 200, body: structuredClone(findCart(call).resource) };
}

/** Replaces the whole cart: lines left out are gone. */
function replaceCart(call: Call): Answer {
  const customerId = customerOf(call).id;
  const body = readCartBody(bodyObject(call));
  const plan = () => {
    const cart = findCart(call);
    if (cart.checkout) refuse(400, 800065, "The cart was already submitted.");
    const apply = () => {
      cart.body = body;
      cart.resource = cartResource(call, cart, body, String(cart.resource["creationTimestamp"]));
      return { answer: { status: 200, body: structuredClone(cart.resource) }, effects: [] };
    };
    return { apply };
  };
  return applyWrite(call, { operation: "update_cart", resourceType: "cart", customerId, plan });
}
