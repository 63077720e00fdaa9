import { bodyObject, customerOf, type AddRoute } from "../route";
import { applyWrite } from "../write";
import { subscriptionOf } from "./read-routes";

/** Who supports the customer: the partner itself until somebody says otherwise. */
export function registerSupportContact(add: AddRoute): void {
  const path = "/v1/customers/:customerId/subscriptions/:subscriptionId/supportcontact";
  add({ method: "GET", path, name: "getSupportContact", token: "any" }, (call) => {
    const { supportContact } = subscriptionOf(call);
    const { tenantId, companyName } = call.caller.partner;
    const own = { supportTenantId: tenantId, supportMpnId: "", name: companyName };
    return { status: 200, body: { ...own, ...supportContact, attributes: { objectType: "SupportContact" } } };
  });
  add({ method: "PUT", path, name: "putSupportContact", token: "any" }, (call) => {
    const subscription = subscriptionOf(call);
    return applyWrite(call, {
      operation: "update_subscription",
      resourceType: "subscription",
      customerId: customerOf(call).id,
      plan: () => {
        const contact = bodyObject(call);
        return {
          apply: () => {
            subscription.supportContact = contact;
            const customizedData = [{ key: "SubscriptionId", value: subscription.id }];
            return {
              answer: { status: 200, body: contact },
              effects: [],
              audit: { newValue: contact, customizedData },
            };
          },
        };
      },
    });
  });
}
