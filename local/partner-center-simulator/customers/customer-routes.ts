import { refuse } from "../errors";
import { refuseStaleEtag } from "../if-match";
import { bodyObject, camelCased, customerOf, isJsonObject, type AddRoute, type Answer, type Call } from "../route";
import { applyWrite } from "../write";
import type { Customer, JsonObject } from "../world";
import { listCustomers } from "./customer-list";
import { companyProfile, customerById } from "./customer-resource";

/** Customers and their profiles (partner-center-api.md §3). */
export function registerCustomers(add: AddRoute): void {
  const at = "/v1/customers/:customerId";
  add({ method: "GET", path: "/v1/customers", name: "listCustomers", token: "any" }, listCustomers);
  add({ method: "GET", path: at, name: "getCustomer", token: "any" }, (call) => ({
    status: 200,
    body: customerById(customerOf(call), call.caller.partner.tenantId),
  }));
  add({ method: "PATCH", path: at, name: "patchCustomer", token: "any" }, patchCustomer);
  add({ method: "GET", path: `${at}/profiles/company`, name: "getCompanyProfile", token: "any" }, (call) => ({
    status: 200,
    body: companyProfile(customerOf(call)),
  }));
  add({ method: "GET", path: `${at}/profiles/billing`, name: "getBillingProfile", token: "any" }, (call) => ({
    status: 200,
    body: billingProfile(customerOf(call)),
  }));
  add({ method: "PUT", path: `${at}/profiles/billing`, name: "putBillingProfile", token: "any" }, putBillingProfile);
  add({ method: "GET", path: `${at}/qualifications`, name: "listQualifications", token: "any" }, listQualifications);
  add({ method: "GET", path: `${at}/validationStatus`, name: "getValidationStatus", token: "any" }, validationStatus);
}

function billingProfile(customer: Customer): JsonObject & { attributes: JsonObject } {
  const profile = customer.resource["billingProfile"];
  if (!isJsonObject(profile) || !isJsonObject(profile["attributes"])) {
    return refuse(404, "1000", "The customer has no billing profile.");
  }
  return { ...profile, attributes: profile["attributes"] };
}

/** Replaces the profile; the etag of the last read is required and changes with every write. */
function putBillingProfile(call: Call): Answer {
  const customer = customerOf(call);
  return applyWrite(call, {
    operation: "update_customer_billing_profile",
    resourceType: "customer",
    customerId: customer.id,
    plan: () => {
      const before = billingProfile(customer);
      const etag = String(before.attributes["etag"]);
      if (call.headers["if-match"] === undefined) refuse(400, "3000", "If-Match is required.", ["If-Match"]);
      refuseStaleEtag(call.simulation, call.headers["if-match"], etag);
      const body = bodyObject(call);
      return {
        apply: () => {
          const version = Number(Buffer.from(etag, "base64").toString("utf8").split(" ").at(-1)) + 1;
          const next = Buffer.from(`billing ${String(before["id"])} ${version}`).toString("base64");
          const after = { ...body, id: before["id"], attributes: { ...before.attributes, etag: next } };
          customer.resource["billingProfile"] = after;
          return { answer: { status: 200, body: after }, effects: [], audit: { oldValue: before, newValue: after } };
        },
      };
    },
  });
}

/** The only change allowed here: end of the relationship, once nothing is left that costs money. */
function patchCustomer(call: Call): Answer {
  const customer = customerOf(call);
  const partnerId = call.caller.partner.tenantId;
  const { world } = call.simulation;
  return applyWrite(call, {
    operation: "remove_partner_customer_relationship",
    resourceType: "customer",
    customerId: customer.id,
    plan: () => {
      const body = camelCased(bodyObject(call));
      const wanted = isJsonObject(body) ? String(body["relationshipToPartner"]).toLowerCase() : "";
      if (wanted !== "none")
        refuse(400, "3000", "Only relationshipToPartner can be changed, to none.", ["relationshipToPartner"]);
      const running = [...world.subscriptions.values()].filter(
        (one) =>
          one.customerId === customer.id &&
          one.partnerId === partnerId &&
          (one.resource.status === "active" || one.resource.status === "pending"),
      );
      if (running.length > 0)
        refuse(
          400,
          "3000",
          "Suspend or cancel all subscriptions first.",
          running.map(({ id }) => id),
        );
      return {
        apply: () => {
          customer.relationships[partnerId] = "none";
          return { answer: { status: 200, body: customerById(customer, partnerId) }, effects: [], audit: {} };
        },
      };
    },
  });
}

function listQualifications(call: Call): Answer {
  const { segment } = customerOf(call);
  const qualifications = segment === "commercial" ? [] : [{ qualification: segment, vettingStatus: "Approved" }];
  return { status: 200, body: qualifications };
}

function validationStatus(call: Call): Answer {
  const customer = customerOf(call);
  const type = call.query.get("type");
  if (type?.toLowerCase() !== "account") refuse(400, "900126", `The type '${type ?? ""}' cannot be parsed.`, ["type"]);
  const lastUpdateDateTime = call.now.toISOString();
  return { status: 200, body: { type: "account", status: customer.validationStatus, lastUpdateDateTime } };
}
