import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { acme, cartWith, checkout, itemIdOf, startCommerce, unsigned, type Commerce } from "./commerce-fixture";

let commerce: Commerce;
beforeEach(async () => {
  commerce = await startCommerce();
});
afterEach(() => commerce.close());

const agreements = (customerId: string): string => `/v1/customers/${customerId}/agreements`;
const TYPE = "agreementType=MicrosoftCustomerAgreement";

const confirmation = async (more: Record<string, unknown> = {}) => {
  const { body } = await commerce.user.get(`/v1/agreements?${TYPE}`);
  return {
    primaryContact: { firstName: "Tania", lastName: "Carr", email: "tania@unsigned.example", phoneNumber: "123" },
    templateId: body.items[0].templateId,
    type: "MicrosoftCustomerAgreement",
    dateAgreed: "2026-11-09T00:00:00Z",
    ...more,
  };
};

test("agreements are for users only", async () => {
  const { status, body } = await commerce.app.get(`${agreements(acme)}?${TYPE}`);
  expect([status, body.code]).toEqual([403, "900329"]);
});

test("a customer has its confirmed agreement, or none", async () => {
  const confirmed = await commerce.user.get(`${agreements(acme)}?${TYPE}`);
  expect(confirmed.body.items).toMatchObject([
    { type: "MicrosoftCustomerAgreement", primaryContact: { lastName: "Sample" } },
  ]);
  expect((await commerce.user.get(`${agreements(unsigned)}?${TYPE}`)).body.items).toEqual([]);
  expect((await commerce.user.get(`${agreements(acme)}?agreementType=Toast`)).body.code).toBe("900126");
});

test("once the partner confirms the agreement, the customer can buy", async () => {
  const line = {
    catalogItemId: await itemIdOf(commerce, sku.businessBasic),
    quantity: 1,
    billingCycle: "monthly",
    termDuration: "P1Y",
  };
  const cart = await cartWith(commerce, [line], unsigned);
  expect((await checkout(commerce, cart.body.id, unsigned)).body.code).toBe("13605");
  const confirmed = await commerce.user.post(agreements(unsigned), await confirmation());
  expect(confirmed.status).toBe(201);
  expect((await commerce.user.get(agreements(unsigned))).body.items).toMatchObject([
    { primaryContact: { lastName: "Carr" } },
  ]);
  expect((await checkout(commerce, cart.body.id, unsigned)).status).toBe(201);
});

test.each([
  ["in the future", { dateAgreed: "2026-11-11T00:00:00Z" }],
  ["to an unknown template", { templateId: "none" }],
  ["without a contact", { primaryContact: undefined }],
])("a confirmation %s is refused", async (_what, more) => {
  const { status, body } = await commerce.user.post(agreements(unsigned), await confirmation(more));
  expect([status, body.code]).toEqual([400, "3000"]);
  expect((await commerce.user.get(agreements(unsigned))).body.items).toEqual([]);
});
