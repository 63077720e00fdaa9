import { refuse } from "./errors";
import type { AddRoute, RouteRule } from "./route";

/** Resources of Partner Center that exist and are not imitated, with the reason. They answer 501 and say so. */
const notImitated: { method: RouteRule["method"]; path: string; name: string; why: string }[] = [
  { method: "POST", path: "/v1/customers", name: "createCustomer", why: "customers come from the seed" },
  {
    method: "DELETE",
    path: "/v1/customers/:customerId",
    name: "deleteCustomer",
    why: "exists in sandbox accounts only",
  },
  {
    method: "GET",
    path: "/v1/customers/relationshiprequests",
    name: "getRelationshipRequest",
    why: "an invitation is accepted by a person in the customer's admin center",
  },
  ...(["GET", "POST"] as const).flatMap((method) =>
    (["upgrades", "conversions"] as const).map((resource) => ({
      method,
      path: `/v1/customers/:customerId/subscriptions/:subscriptionId/${resource}`,
      name: `${method.toLowerCase()}${resource === "upgrades" ? "LegacyUpgrades" : "LegacyConversions"}`,
      why: "legacy commerce is sold no more",
    })),
  ),
  {
    method: "POST",
    path: "/v1/customers/:customerId/subscriptions/:subscriptionId/registrations",
    name: "registerSubscription",
    why: "registration belongs to Azure reservations",
  },
  {
    method: "GET",
    path: "/v1/customers/:customerId/subscriptions/:subscriptionId/registrationstatus",
    name: "getRegistrationStatus",
    why: "registration belongs to Azure reservations",
  },
  {
    method: "GET",
    path: "/v1/customers/:customerId/subscriptions/:subscriptionId/azureEntitlements",
    name: "listAzureEntitlements",
    why: "usage-based Azure is not imitated",
  },
  ...(["GET", "PUT"] as const).map((method) => ({
    method,
    path: "/v1/customers/:customerId/subscriptions/overage",
    name: `${method.toLowerCase()}Overage`,
    why: "overage belongs to usage-based offers",
  })),
  {
    method: "POST",
    path: "/v1/customers/:customerId/migrations/newcommerce",
    name: "migrateToNewCommerce",
    why: "the migration of legacy subscriptions is over",
  },
  {
    method: "GET",
    path: "/v1/customers/:customerId/migrations/newcommerce/:migrationId",
    name: "getMigration",
    why: "the migration of legacy subscriptions is over",
  },
];

export function registerNotImitated(add: AddRoute): void {
  for (const { method, path, name, why } of notImitated) {
    add({ method, path, name, token: "any" }, () => refuse(501, "1001", `Not imitated by this simulator: ${why}.`));
  }
}
