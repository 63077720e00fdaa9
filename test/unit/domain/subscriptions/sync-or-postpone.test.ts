import type { OutgoingMessage } from "../../../../shared/domain/decisions/outgoing-message";
import { MSP_PARTITION, tenantPartition } from "../../../../shared/domain/decisions/head";
import { resellerRow } from "../../../../shared/domain/resellers/reseller";
import { syncOrPostpone } from "../../../../shared/domain/subscriptions/sync-or-postpone";
import { TENANT_ROW } from "../../../../shared/domain/tenants/tenant";
import { AppError } from "../../../../shared/errors";
import { CSP_CUSTOMER, CUSTOMER, MINUTE, RESELLER, START, TENANT } from "../../../build/ids";
import { memoryStateStore } from "../../../fakes/memory-state-store";
import { recordedLog } from "../../../fakes/recorded-log";

/** A connected tenant whose subscriptions Partner Center refuses to list. */
function setup(refusal: Error) {
  const at = START.toISOString();
  const store = memoryStateStore();
  store.forge(MSP_PARTITION, resellerRow(RESELLER), {
    ...{ id: RESELLER, displayName: "Nordlicht", domain: "nordlicht.example", directoryId: TENANT },
    ...{ applicationId: TENANT, state: "Authorized", applicationSecretName: "secret" },
    ...{ secretSetAt: at, createdAt: at, modifiedAt: at },
  });
  store.forge(tenantPartition(TENANT), TENANT_ROW, {
    ...{ tenantId: TENANT, customerId: CUSTOMER, displayName: "Larkspur", domain: "larkspur.example" },
    ...{ consent: { state: "NeedsConsent", permissions: [] }, inModule: true, registeredAt: at },
    connection: { resellerId: RESELLER, cspCustomerId: CSP_CUSTOMER, connectedAt: at, connectedBy: "olga@msp.example" },
  });
  const sent: OutgoingMessage[] = [];
  let byte = 0;
  const sync = (): Promise<void> =>
    syncOrPostpone(
      {
        ...{ store, log: recordedLog(), clock: () => START },
        subscriptions: { list: () => Promise.reject(refusal), get: () => Promise.reject(refusal) },
        snapshots: { putAll: () => Promise.resolve(), find: () => Promise.resolve(undefined) },
        random: (size) => new Uint8Array(size).map(() => byte++ % 256),
        send: (message) => Promise.resolve(void sent.push(message)),
        dispatch: () => Promise.resolve(),
        touchWork: () => Promise.resolve(),
      },
      TENANT,
    );
  return { sync, sent };
}

const throttled = (retryAfterSeconds: number): AppError =>
  new AppError("upstream", "upstreamThrottled", "Wait.", { retryAfterSeconds });

test("a throttled sync comes back after the time Microsoft named, not all of them at the same moment", async () => {
  const { sync, sent } = setup(throttled(60));
  await sync();
  await sync();
  const [first, second] = sent;
  expect(sent).toMatchObject([
    { queue: "sync", body: { tenantId: TENANT } },
    { queue: "sync", body: { tenantId: TENANT } },
  ]);
  for (const { notBefore = "" } of sent) {
    const waitMs = Date.parse(notBefore) - START.getTime();
    expect(waitMs).toBeGreaterThanOrEqual(MINUTE);
    expect(waitMs).toBeLessThanOrEqual(1.5 * MINUTE);
  }
  expect(first?.notBefore).not.toBe(second?.notBefore);
  // A repeated id would be dropped as a duplicate.
  expect(first?.messageId).not.toBe(second?.messageId);
});

test("a day's throttle is looked at again within the hour", async () => {
  const { sync, sent } = setup(throttled(86_400));
  await sync();
  expect(Date.parse(sent[0]?.notBefore ?? "") - START.getTime()).toBeLessThanOrEqual(60.5 * MINUTE);
});

test("a sync that failed without a word about when to come back is left to redelivery", async () => {
  const { sync, sent } = setup(new AppError("upstream", "upstreamError", "Partner Center did not answer."));
  await expect(sync()).rejects.toMatchObject({ code: "upstreamError" });
  expect(sent).toEqual([]);
});
