import type { Actor } from "../../../../shared/domain/access/actor";
import type { SubscriptionId } from "../../../../shared/domain/access/ids";
import type { QuantityEdit } from "../../../../shared/domain/changes/judge-edits";
import { submitChanges, type SubmitDeps } from "../../../../shared/domain/changes/submit-changes";
import { subscriptionEtag } from "../../../../shared/domain/subscriptions/subscription-view";
import type { Reseller } from "../../../../shared/domain/resellers/reseller";
import type { Tenant } from "../../../../shared/domain/tenants/tenant";
import {
  changeId,
  CSP_CUSTOMER,
  CUSTOMER,
  HOUR,
  OTHER_SUBSCRIPTION,
  RESELLER,
  START,
  SUBSCRIPTION,
  TENANT,
} from "../../../build/ids";
import { aSubscription } from "../../../build/subscription";
import { ledgerWorld } from "../../../fakes/ledger-world";

const PARTITION = `tenant_${TENANT}`;
const AT = START.toISOString();
const OPERATOR: Actor = {
  kind: "user",
  id: "o",
  name: "olga@msp.example",
  roles: ["Operator"],
  scope: { kind: "all" },
};
const STRANGER: Actor = { ...OPERATOR, scope: { kind: "some", customerIds: [], tenantIds: [] } };

const TENANT_ROW: Tenant = {
  tenantId: TENANT,
  customerId: CUSTOMER,
  displayName: "Larkspur Dental",
  domain: "larkspur.example",
  consent: { state: "Consented", permissions: [] },
  inModule: true,
  connection: { resellerId: RESELLER, cspCustomerId: CSP_CUSTOMER, connectedAt: AT, connectedBy: "olga@msp.example" },
  registeredAt: AT,
};
const RESELLER_ROW: Reseller = {
  id: RESELLER,
  displayName: "Larkspur Distribution",
  domain: "distribution.example",
  directoryId: TENANT,
  applicationId: "application",
  state: "Authorized",
  applicationSecretName: "secret",
  secretSetAt: AT,
  createdAt: AT,
  modifiedAt: AT,
};

/** A connected tenant with two subscriptions of ten seats. */
function world() {
  const ledger = ledgerWorld();
  const { store, partnerCenter, startProcess } = ledger;
  partnerCenter.add(OTHER_SUBSCRIPTION, 10);
  store.forge(PARTITION, "tenant", TENANT_ROW);
  store.forge(PARTITION, "head", { seq: 0, auditHash: "", connection: "Connected", openChanges: [] });
  store.forge("msp", `reseller_${RESELLER}`, RESELLER_ROW);
  const snapshots = { putAll: () => Promise.resolve(), find: () => Promise.resolve(undefined) };
  const deps: SubmitDeps = { ...startProcess(), snapshots };
  const submit = (edits: QuantityEdit[], key = "key-1", actor = OPERATOR, bodyHash = JSON.stringify(edits)) => {
    const idempotency = { hash: key, bodyHash };
    return submitChanges(
      deps,
      { actor, idempotency, correlationId: "c", clientIp: undefined },
      TENANT,
      edits,
      "Hiring",
    );
  };
  return { ...ledger, submit };
}

const etag = (quantity = 10): string => subscriptionEtag(aSubscription({ quantity }));
const set = (quantity: number, subscriptionId: SubscriptionId = SUBSCRIPTION): QuantityEdit => ({
  subscriptionId,
  quantity,
  etag: etag(),
});

test("an accepted edit becomes a change with its message and its audit entry, and nothing is sent to Microsoft yet", async () => {
  const { submit, changes, queue, partnerCenter, auditActions, auditBreaks } = world();
  const batch = await submit([set(15)]);
  const [change] = changes();
  expect(batch.items).toEqual([{ outcome: "accepted", subscriptionId: SUBSCRIPTION, changeId: change?.id }]);
  expect(change).toMatchObject({
    state: "PendingPurchase",
    released: true,
    ask: { kind: "set", expectedFrom: 10, to: 15 },
    resellerId: RESELLER,
    reason: "Hiring",
    batchId: batch.id,
    requestedBy: { name: "olga@msp.example" },
  });
  expect(queue.waiting().map(({ messageId }) => messageId)).toEqual([`${change?.id}:1`]);
  expect(auditActions()).toEqual(["subscription.quantity.update"]);
  expect(await auditBreaks()).toEqual([]);
  expect(partnerCenter.books).toEqual([]);
});

test("what was accepted is carried out", async () => {
  const { submit, runToTheEnd, changes, partnerCenter } = world();
  await submit([set(15), { subscriptionId: OTHER_SUBSCRIPTION, delta: 3 }]);
  await runToTheEnd();
  expect(changes().map(({ state }) => state)).toEqual(["Completed", "Completed"]);
  expect([partnerCenter.quantityOf(), partnerCenter.quantityOf(OTHER_SUBSCRIPTION)]).toEqual([15, 13]);
});

test("every item is answered for itself: accepted, unchanged, or refused with its reason", async () => {
  const { submit, changes } = world();
  const unknown = "20000000-0000-4000-8000-000000000099" as SubscriptionId;
  const { items } = await submit([set(15), set(10, OTHER_SUBSCRIPTION), set(5, unknown)]);
  expect(items).toMatchObject([
    { outcome: "accepted" },
    { outcome: "unchanged" },
    { outcome: "failed", status: 404, code: "subscriptionNotFound" },
  ]);
  expect(changes()).toHaveLength(1);
});

test.each<[string, QuantityEdit, number, string]>([
  ["an old view of the subscription", { ...set(15), etag: etag(9) }, 412, "etagMismatch"],
  ["no seats at all", set(0), 400, "badQuantity"],
  ["fewer seats than can be given back", set(9), 422, "reductionWindowClosed"],
])("%s is refused as it was asked, and the refusal is audited", async (_name, edit, status, code) => {
  const { submit, changes, auditActions, queue } = world();
  expect((await submit([edit])).items).toMatchObject([{ outcome: "failed", status, code }]);
  expect(changes()).toEqual([]);
  expect(queue.waiting()).toEqual([]);
  expect(auditActions()).toEqual(["subscription.quantity.update"]);
});

test("a repeated request answers the first one's batch, and buys nothing more", async () => {
  const { submit, runToTheEnd, changes, partnerCenter } = world();
  const first = await submit([{ subscriptionId: SUBSCRIPTION, delta: 5 }]);
  await runToTheEnd();
  expect(await submit([{ subscriptionId: SUBSCRIPTION, delta: 5 }])).toEqual(first);
  await runToTheEnd();
  expect(changes()).toHaveLength(1);
  expect(partnerCenter.quantityOf()).toBe(15);
});

test("two copies of a request at the same moment buy once", async () => {
  const { submit, runToTheEnd, changes, partnerCenter } = world();
  const edit: QuantityEdit[] = [{ subscriptionId: SUBSCRIPTION, delta: 5 }];
  const [a, b] = await Promise.all([submit(edit), submit(edit)]);
  expect(a).toEqual(b);
  await runToTheEnd();
  expect(changes()).toHaveLength(1);
  expect(partnerCenter.quantityOf()).toBe(15);
});

test("a key used again after its thirty days is a new request, which Microsoft cannot take for the old one", async () => {
  const { submit, runToTheEnd, changes, partnerCenter, clock } = world();
  const edit: QuantityEdit[] = [{ subscriptionId: SUBSCRIPTION, delta: 5 }];
  await submit(edit);
  await runToTheEnd();
  await clock.advance(31 * 24 * HOUR);
  await submit(edit);
  await runToTheEnd();
  expect(partnerCenter.quantityOf()).toBe(20);
  const ids = partnerCenter.effectiveWrites().map(({ requestId }) => requestId);
  expect(new Set(ids).size).toBe(2);
  expect(new Set(changes().map(({ origin }) => origin)).size).toBe(2);
});

test("the key of another request is refused", async () => {
  const { submit, changes } = world();
  await submit([set(15)]);
  await expect(submit([set(20)])).rejects.toMatchObject({ code: "idempotencyKeyReused" });
  expect(changes()).toHaveLength(1);
});

test("who may not see the tenant is told that there is none", async () => {
  const { submit, changes } = world();
  await expect(submit([set(15)], "key-1", STRANGER)).rejects.toMatchObject({ kind: "not-found", code: "notFound" });
  expect(changes()).toEqual([]);
});

test.each<[string, (store: ReturnType<typeof world>["store"]) => void, string]>([
  [
    "is not connected",
    (s) => s.forge(PARTITION, "tenant", { ...TENANT_ROW, connection: undefined }),
    "tenantNotConnected",
  ],
  [
    "has a reseller whose sign-in was revoked",
    (s) => s.forge("msp", `reseller_${RESELLER}`, { ...RESELLER_ROW, state: "Revoked" }),
    "resellerNotAuthorized",
  ],
  [
    "is being disconnected",
    (s) => s.forge(PARTITION, "head", { seq: 0, auditHash: "", connection: "Disconnecting" }),
    "operationInProgress",
  ],
  [
    "has five hundred open changes",
    (s) =>
      s.forge(PARTITION, "head", {
        seq: 0,
        auditHash: "",
        connection: "Connected",
        openChanges: Array.from({ length: 500 }, (_, i) => changeId(i)),
      }),
    "tooManyOpenChanges",
  ],
])("a tenant that %s takes no changes", async (_name, arrange, code) => {
  const { submit, store, changes, queue } = world();
  arrange(store);
  await expect(submit([set(15)])).rejects.toMatchObject({ code });
  expect(changes()).toEqual([]);
  expect(queue.waiting()).toEqual([]);
});

test("an accepted change survives a queue that is down", async () => {
  const { submit, queue, run, unsent, changes } = world();
  const send = queue.send;
  queue.send = () => Promise.reject(new Error("the queue is down"));
  await submit([set(15)]);
  expect(unsent()).toHaveLength(1);
  queue.send = send;
  await run(HOUR);
  expect(changes().map(({ state }) => state)).toEqual(["Completed"]);
});
