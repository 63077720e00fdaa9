import { z } from "zod";
import { refuse } from "./errors";
import { bodyObject, camelCased, collection, customerOf, type AddRoute, type Answer, type Call } from "./route";
import type { Agreement, JsonObject } from "./world";
import { applyWrite } from "./write";

const AGREEMENT_TYPE = "MicrosoftCustomerAgreement";
const TEMPLATE_ID = "117a77b0-9360-443b-8795-c6dedc750cf9";

/** Confirmations of the Microsoft Customer Agreement; without one no purchase is accepted. User tokens only. */
export function registerAgreements(add: AddRoute): void {
  const path = "/v1/customers/:customerId/agreements";
  add({ method: "GET", path: "/v1/agreements", name: "listAgreementTemplates", token: "user" }, listTemplates);
  add({ method: "GET", path, name: "listAgreements", token: "user" }, listAgreements);
  add({ method: "POST", path, name: "confirmAgreement", token: "user" }, confirmAgreement);
}

/** Without a type all are shown; an unknown one cannot be parsed. */
function refuseUnknownType(call: Call): void {
  const wanted = call.query.get("agreementType");
  if (wanted === null || wanted === "*" || wanted.toLowerCase() === AGREEMENT_TYPE.toLowerCase()) return;
  refuse(400, 900126, `The agreement type '${wanted}' cannot be parsed.`, ["agreementType"]);
}

function listTemplates(call: Call): Answer {
  refuseUnknownType(call);
  const template = {
    templateId: TEMPLATE_ID,
    agreementType: AGREEMENT_TYPE,
    agreementLink: "https://aka.ms/customeragreement",
    versionRank: 0,
  };
  return { status: 200, body: collection([template], call.path) };
}

function listAgreements(call: Call): Answer {
  refuseUnknownType(call);
  const customer = customerOf(call);
  const recorded = call.simulation.world.agreements.filter(({ customerId }) => customerId === customer.id);
  const items = recorded.map(({ resource }) => resource);
  if (items.length === 0 && customer.agreementConfirmed) items.push(earlierConfirmation(call));
  return { status: 200, body: collection(items, call.path) };
}

/** A confirmation from before the books begin. */
function earlierConfirmation(call: Call): JsonObject {
  const { companyProfile } = customerOf(call).resource;
  return agreementResource({
    primaryContact: {
      firstName: "Robin",
      lastName: "Sample",
      email: `office@${companyProfile.domain}`,
      phoneNumber: "",
    },
    dateAgreed: "2024-05-02T00:00:00Z",
    userId: call.caller.oid,
  });
}

function agreementResource(details: JsonObject): JsonObject {
  return {
    ...details,
    templateId: TEMPLATE_ID,
    type: AGREEMENT_TYPE,
    agreementLink: "https://aka.ms/customeragreement",
    attributes: { objectType: "Agreement" },
  };
}

const Confirmation = z.looseObject({
  primaryContact: z.looseObject({
    firstName: z.string().min(1),
    lastName: z.string().min(1),
    email: z.string().min(3),
  }),
  templateId: z.string(),
  dateAgreed: z.iso.datetime({ offset: true }),
  type: z.string(),
  userId: z.string().optional(),
});

/** The partner states that the customer accepted. */
function confirmAgreement(call: Call): Answer {
  const parsed = Confirmation.safeParse(camelCased(bodyObject(call)));
  if (!parsed.success) return refuse(400, 3000, "The agreement is invalid.", [z.prettifyError(parsed.error)]);
  const { primaryContact, dateAgreed, templateId, type } = parsed.data;
  const customer = customerOf(call);
  const plan = () => {
    if (templateId.toLowerCase() !== TEMPLATE_ID) refuse(400, 3000, "The templateId is not valid.", ["templateId"]);
    if (type.toLowerCase() !== AGREEMENT_TYPE.toLowerCase())
      refuse(400, 900126, "The type cannot be parsed.", ["type"]);
    if (Date.parse(dateAgreed) > call.now.getTime()) refuse(400, 3000, "dateAgreed is in the future.", ["dateAgreed"]);
    const apply = () => {
      const resource = agreementResource({ primaryContact, dateAgreed, userId: call.caller.oid });
      const agreement: Agreement = { customerId: customer.id, partnerId: call.caller.partner.tenantId, resource };
      call.simulation.world.agreements.push(agreement);
      customer.agreementConfirmed = true;
      const audit = { newValue: resource, customizedData: [{ key: "AgreementType", value: AGREEMENT_TYPE }] };
      return { answer: { status: 201, body: resource }, effects: [], audit };
    };
    return { apply };
  };
  const write = { operation: "create_customer_agreement", resourceType: "agreement", customerId: customer.id, plan };
  return applyWrite(call, write);
}
