import { VirtualClock } from "../../local/virtual-clock";
import type { Actor } from "../../shared/domain/access/actor";
import { CspCustomerId, TenantId, type BatchId } from "../../shared/domain/access/ids";
import { AuditEntry } from "../../shared/domain/audit/audit-entry";
import { verifyAuditChain } from "../../shared/domain/audit/verify-audit-chain";
import { DEFAULT_LEDGER_SETTINGS } from "../../shared/domain/changes/ledger-settings";
import { sweepWork } from "../../shared/domain/changes/sweep-work";
import { MSP_PARTITION, tenantPartition } from "../../shared/domain/decisions/head";
import { dispatchOutbox } from "../../shared/domain/decisions/outbox";
import { OnboardingPointer } from "../../shared/domain/onboarding/enqueue-slice";
import type { CustomerNaming } from "../../shared/domain/onboarding/name-customers";
import type { OnboardDeps } from "../../shared/domain/onboarding/onboard-items";
import {
  findOnboarding,
  type OnboardingBatch,
  type OnboardingItem,
} from "../../shared/domain/onboarding/onboarding-batch";
import { runOnboarding } from "../../shared/domain/onboarding/run-onboarding";
import { previewOnboarding, startOnboarding } from "../../shared/domain/onboarding/start-onboarding";
import { takeOnboardingDeadLetter } from "../../shared/domain/onboarding/take-onboarding-dead-letter";
import type { CspCustomer, PartnerProfile } from "../../shared/domain/resellers/partner-profile";
import { resellerRow, type Reseller, type ResellerState } from "../../shared/domain/resellers/reseller";
import { Tenant, TENANT_ROW } from "../../shared/domain/tenants/tenant";
import { after, MINUTE, RESELLER, START } from "../build/ids";
import { memoryQueue } from "./memory-queue";
import { memoryStateStore } from "./memory-state-store";
import { memoryWorkIndex } from "./memory-work-index";
import { processPorts, type CallCounter } from "./process";
import { recordedLog } from "./recorded-log";

const OLGA: Actor = {
  ...{ kind: "user", id: "olga", name: "olga@msp.example", roles: ["Admin"] },
  scope: { kind: "all" },
};
const NAMING: CustomerNaming = { from: "companyName", whenTaken: "addDomain" };

/** A customer of the reseller by its number. */
export function cspCustomerId(number: number): CspCustomerId {
  return CspCustomerId.parse(`10000000-0000-4000-8000-${String(number).padStart(12, "0")}`);
}

export type Batch = { batch: OnboardingBatch; items: OnboardingItem[] };

/** An MSP with one reseller and its customers at Partner Center, on one clock that stands still until a test moves it. */
export function onboardingWorld(customers = 0) {
  const clock = new VirtualClock({ start: START, running: false });
  const now = (): Date => clock.now();
  const store = memoryStateStore();
  const queue = memoryQueue(clock);
  const work = memoryWorkIndex(now);
  const log = recordedLog();
  const counter: CallCounter = { calls: 0, plan: undefined };
  const listed = new Map<CspCustomerId, CspCustomer>();
  const partnerCenter = { calls: 0, faults: [] as Error[], pageSize: 500 };
  const synced: string[] = [];
  let nextByte = 0;

  const profile: Pick<PartnerProfile, "listCustomers"> = {
    listCustomers: (_reseller, { after: from = "0" }) => {
      partnerCenter.calls++;
      const fault = partnerCenter.faults.shift();
      if (fault) return Promise.reject(fault);
      const end = Number(from) + partnerCenter.pageSize;
      const value = [...listed.values()].slice(Number(from), end);
      return Promise.resolve({ value, ...(end < listed.size ? { next: String(end) } : {}) });
    },
  };

  /** What a fresh process sees; after a crash nothing it does has an effect. */
  const startProcess = (): OnboardDeps => {
    const port = processPorts(counter);
    const outbox = { store: port(store), send: port({ send: queue.send }).send, log };
    return {
      ...{ store: outbox.store, log, clock: now, profile: port(profile) },
      random: (size) => new Uint8Array(size).map(() => nextByte++ % 251),
      dispatch: (partition, messages) => dispatchOutbox(outbox, partition, messages),
      touchWork: port({ touch: work.touch }).touch,
    };
  };

  const handle = async ({ queue: name, body }: { queue: string; body: unknown }): Promise<void> => {
    const pointer = OnboardingPointer.safeParse(body);
    if (pointer.success) await runOnboarding(startProcess(), pointer.data);
    else if (name === "sync") synced.push((body as { tenantId: string }).tenantId);
  };
  const sweep = (): Promise<void> =>
    sweepWork({
      ...{ ...startProcess(), send: queue.send, work, settings: DEFAULT_LEDGER_SETTINGS },
      writeMode: () => Promise.resolve("on" as const),
    });
  const setReseller = (state: ResellerState): void => {
    store.forge(MSP_PARTITION, resellerRow(RESELLER), reseller(state));
  };

  const world = {
    ...{ clock, store, queue, log, counter, listed, partnerCenter, synced, startProcess, handle, setReseller },

    list(number: number, name = `Customer ${number}`): CspCustomerId {
      const id = cspCustomerId(number);
      listed.set(id, { id, name, domain: `customer${number}.example`, relationshipToPartner: "reseller" });
      return id;
    },

    plan: (ids: readonly CspCustomerId[], naming = NAMING, actor = OLGA) =>
      previewOnboarding(startProcess(), actor, { resellerId: RESELLER, cspCustomerIds: ids, naming }),

    async apply(ids: readonly CspCustomerId[], key = "key", naming = NAMING): Promise<BatchId> {
      const ask = { resellerId: RESELLER, cspCustomerIds: ids, naming };
      const { planHash } = await world.plan(ids, naming);
      const request = {
        ...{ actor: OLGA, correlationId: "correlation", clientIp: "192.0.2.7" },
        idempotency: { hash: key, bodyHash: "body" },
      };
      return (await startOnboarding(startProcess(), request, { ...ask, planHash })).batch.id;
    },

    batch: (batchId: BatchId): Promise<Batch> => findOnboarding(store, OLGA, { resellerId: RESELLER, batchId }),

    async outcomes(batchId: BatchId): Promise<string[]> {
      return (await world.batch(batchId)).items.map(({ outcome, code }) => code ?? outcome);
    },

    tenant(id: CspCustomerId): Tenant | undefined {
      const row = store.dump(tenantPartition(TenantId.parse(id))).get(TENANT_ROW);
      return row && Tenant.parse(row.value);
    },

    audit(partition: string): AuditEntry[] {
      const rows = [...store.dump(partition).values()].filter(({ row }) => row.startsWith("audit_"));
      return rows.sort((a, b) => (a.row > b.row ? -1 : 1)).map(({ value }) => AuditEntry.parse(value));
    },

    actionsOf: (id: CspCustomerId): string[] =>
      world.audit(tenantPartition(TenantId.parse(id))).map(({ action }) => action),

    auditBreaks: async (partition: string): Promise<unknown[]> => (await verifyAuditChain(store, partition)).breaks,

    /** Delivers what is due now, one message after the other. */
    async deliverDue(): Promise<void> {
      while (await queue.deliverOne(handle));
    },

    /** Lets time pass: messages are delivered when they are due, the sweeper runs every minute. */
    async run(ms: number): Promise<void> {
      const end = after(ms, now()).getTime();
      for (;;) {
        await world.deliverDue();
        for (const { body } of queue.deadLetters.splice(0)) {
          await takeOnboardingDeadLetter(startProcess(), OnboardingPointer.parse(body));
        }
        const nextSweep = (Math.floor(clock.nowMs() / MINUTE) + 1) * MINUTE;
        const next = Math.min(queue.nextDueAt() ?? Infinity, nextSweep);
        if (next > end) break;
        await clock.advance(Math.max(0, next - clock.nowMs()));
        if (next === nextSweep) await sweep();
      }
    },
  };
  setReseller("Authorized");
  for (let number = 1; number <= customers; number++) world.list(number);
  return world;
}

function reseller(state: ResellerState): Reseller {
  return {
    ...{ id: RESELLER, displayName: "Nordlicht", domain: "nordlicht.example", state },
    directoryId: TenantId.parse("90000000-0000-4000-8000-000000000001"),
    applicationId: "90000000-0000-4000-8000-000000000002",
    applicationSecretName: "secret",
    ...{ secretSetAt: START.toISOString(), createdAt: START.toISOString(), modifiedAt: START.toISOString() },
    grant: {
      ...{ grantId: "grant", refreshTokenName: "token", authorizedBy: "admin@nordlicht.example" },
      authorizedAt: START.toISOString(),
    },
  };
}
