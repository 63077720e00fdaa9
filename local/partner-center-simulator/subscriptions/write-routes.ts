import { bodyObject, customerOf, type AddRoute, type Answer, type Call } from "../route";
import { applyWrite } from "../write";
import { planUpdate } from "./plan-update";
import { subscriptionOf } from "./read-routes";

/** The one write on a subscription (partner-center-api.md §4.3); transitions are beside it. */
export function registerSubscriptionWrites(add: AddRoute): void {
  const path = "/v1/customers/:customerId/subscriptions/:subscriptionId";
  add({ method: "PATCH", path, name: "patchSubscription", token: "any" }, patchSubscription);
}

function patchSubscription(call: Call): Answer {
  const subscription = subscriptionOf(call);
  return applyWrite(call, {
    operation: "update_subscription",
    resourceType: "subscription",
    customerId: customerOf(call).id,
    subscriptionId: subscription.id,
    plan: () => planUpdate(call.simulation, subscription, bodyObject(call), call.headers["if-match"]),
  });
}
