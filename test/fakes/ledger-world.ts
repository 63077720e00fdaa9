import { VirtualClock } from "../../local/virtual-clock";
import { newId, ChangeId } from "../../shared/domain/access/ids";
import { AuditEntry } from "../../shared/domain/audit/audit-entry";
import { verifyAuditChain } from "../../shared/domain/audit/verify-audit-chain";
import { applyChange, type ApplyDeps } from "../../shared/domain/changes/apply-change";
import { Change, changeRow, isFinal, Lane, laneRow } from "../../shared/domain/changes/change";
import { DEFAULT_LEDGER_SETTINGS } from "../../shared/domain/changes/ledger-settings";
import { ChangePointer, enqueue } from "../../shared/domain/changes/save-transition";
import { sweepWork, type SweepDeps } from "../../shared/domain/changes/sweep-work";
import { takeDeadLetter } from "../../shared/domain/changes/take-dead-letter";
import type { WriteMode } from "../../shared/domain/changes/write-mode";
import { decide } from "../../shared/domain/decisions/decide";
import { Head, HEAD_ROW, tenantPartition } from "../../shared/domain/decisions/head";
import type { OutgoingMessage } from "../../shared/domain/decisions/outgoing-message";
import { dispatchOutbox } from "../../shared/domain/decisions/outbox";
import { aChange } from "../build/change";
import { after, HOUR, MINUTE, RESELLER, START, SUBSCRIPTION, TENANT } from "../build/ids";
import { fakePartnerCenter } from "./fake-partner-center";
import { memoryQueue } from "./memory-queue";
import { memoryStateStore } from "./memory-state-store";
import { memoryWorkIndex } from "./memory-work-index";
import { processPorts, type CallCounter } from "./process";
import { recordedLog } from "./recorded-log";

const PARTITION = tenantPartition(TENANT);
const WORKER_ACTOR = { kind: "user", id: "operator", name: "olga@msp.example" } as const;

/** One tenant, its ledger, a queue and a Partner Center, on one clock that stands still until a test moves it. */
export function ledgerWorld() {
  const clock = new VirtualClock({ start: START, running: false });
  const now = (): Date => clock.now();
  const store = memoryStateStore();
  const queue = memoryQueue(clock);
  const work = memoryWorkIndex(now);
  const log = recordedLog();
  const partnerCenter = fakePartnerCenter(clock);
  partnerCenter.add();
  const msp: { writeMode: WriteMode; isAuthorized: boolean } = { writeMode: "on", isAuthorized: true };
  let readMode = (): Promise<WriteMode> => Promise.resolve(msp.writeMode);
  const announced: OutgoingMessage[] = [];
  const troubles: string[] = [];
  const counter: CallCounter = { calls: 0, plan: undefined };
  let nextByte = 0;

  /** What a fresh process sees; after a crash nothing it does has an effect. */
  const startProcess = (): ApplyDeps & SweepDeps => {
    const port = processPorts(counter);
    const [seenStore, seenQueue, seenWork] = [
      port(store),
      port({
        // The read models have a queue of their own, which nobody empties here.
        send: (message: Parameters<typeof queue.send>[0]) =>
          message.queue === "changes" ? queue.send(message) : Promise.resolve(void announced.push(message)),
      }),
      port({ touch: work.touch }),
    ];
    const outbox = { store: seenStore, send: seenQueue.send, log };
    const registry = port({
      writeMode: () => readMode(),
      resellerIdentity: () => Promise.resolve(msp.isAuthorized ? IDENTITY : undefined),
      noteResellerTrouble: (_id: unknown, state: string) => {
        troubles.push(state);
        msp.isAuthorized = false;
        return Promise.resolve();
      },
    });
    return {
      ...outbox,
      ...registry,
      writeMode: registry.writeMode,
      resellerIdentity: registry.resellerIdentity,
      noteResellerTrouble: registry.noteResellerTrouble,
      clock: now,
      random: (size) => new Uint8Array(size).map(() => nextByte++ % 256),
      dispatch: (partition, messages) => dispatchOutbox(outbox, partition, messages),
      touchWork: (partition) => seenWork.touch(partition),
      work,
      settings: DEFAULT_LEDGER_SETTINGS,
      subscriptions: port(partnerCenter.subscriptions),
      offers: partnerCenter.offers,
      history: port(partnerCenter.history),
      writer: port(partnerCenter.writer),
    };
  };

  const handle = (message: { body: unknown }, process = startProcess()): Promise<void> =>
    applyChange(process, ChangePointer.parse(message.body));
  const sweep = (): Promise<void> => sweepWork(startProcess());
  const changes = (): Change[] =>
    [...store.dump(PARTITION).values()]
      .filter(({ row }) => row.startsWith("change_"))
      .map(({ value }) => Change.parse(value));

  const world = {
    ...{
      clock,
      store,
      queue,
      announced,
      work,
      log,
      partnerCenter,
      msp,
      troubles,
      counter,
      startProcess,
      handle,
      sweep,
      changes,
    },

    /** Accepts a change as an operator's request does: its row, its message and its audit entry in one decision. */
    async submit(differing: Partial<Change> = {}): Promise<ChangeId> {
      const id = ChangeId.parse(
        newId(
          now(),
          new Uint8Array(10).map(() => nextByte++ % 256),
        ),
      );
      await decide(startProcess(), PARTITION, (decision) => {
        const change = aChange({ id, enqueued: 0, requestedAt: decision.now.toISOString(), ...differing });
        decision.create(changeRow(id), enqueue(decision, change));
        const openChanges = [...decision.head.openChanges, id];
        decision.head = { ...decision.head, connection: "Connected", openChanges };
        decision.record({
          action: "subscription.quantity.update",
          actor: WORKER_ACTOR,
          object: { type: "subscription", id: SUBSCRIPTION },
          result: "success",
        });
      });
      return id;
    },

    /** Where processes that are started from now on read the MSP's write mode, in place of `msp.writeMode`. */
    writeModeFrom(read: () => Promise<WriteMode>): void {
      readMode = read;
    },

    change(id: ChangeId): Change {
      return Change.parse(store.dump(PARTITION).get(changeRow(id))?.value);
    },

    lane(): Lane {
      return Lane.parse(store.dump(PARTITION).get(laneRow(SUBSCRIPTION))?.value ?? {});
    },

    unsent(): string[] {
      return [...store.dump(PARTITION).keys()].filter((row) => row.startsWith("outbox_"));
    },

    auditActions(): string[] {
      const entries = [...store.dump(PARTITION).values()].filter(({ row }) => row.startsWith("audit_"));
      return entries.sort((a, b) => (a.row > b.row ? -1 : 1)).map(({ value }) => (value as { action: string }).action);
    },

    /** The audit entries of the tenant, oldest first. */
    auditEntries(): AuditEntry[] {
      const rows = [...store.dump(PARTITION).values()].filter(({ row }) => row.startsWith("audit_"));
      return rows.sort((a, b) => (a.row > b.row ? -1 : 1)).map(({ value }) => AuditEntry.parse(value));
    },

    openChanges(): string[] {
      return Head.parse(store.dump(PARTITION).get(HEAD_ROW)?.value).openChanges;
    },

    /** A message about a change ends in the dead letters. */
    deadLetter: takeDeadLetter,

    async auditBreaks(): Promise<unknown[]> {
      return (await verifyAuditChain(store, PARTITION)).breaks;
    },

    /** Delivers what is due now, one message after the other. */
    async deliverDue(): Promise<void> {
      while (await queue.deliverOne(handle));
    },

    /** Lets time pass: messages are delivered when they are due, the sweeper runs every minute. */
    async run(ms: number): Promise<void> {
      const end = after(ms, now()).getTime();
      for (;;) {
        await world.deliverDue();
        for (const dead of queue.deadLetters.splice(0)) await takeDeadLetter(startProcess(), dead.body);
        const nextSweep = (Math.floor(clock.nowMs() / MINUTE) + 1) * MINUTE;
        const next = Math.min(queue.nextDueAt() ?? Infinity, nextSweep);
        if (next > end) break;
        await clock.advance(Math.max(0, next - clock.nowMs()));
        if (next === nextSweep) await sweep();
      }
      await clock.advance(Math.max(0, end - clock.nowMs()));
      await world.deliverDue();
    },

    /** Lets time pass until every change has ended, for two hours at most. */
    async runToTheEnd(): Promise<void> {
      const end = clock.nowMs() + 2 * HOUR;
      while (clock.nowMs() < end && !changes().every(({ state }) => isFinal(state))) await world.run(MINUTE);
    },
  };
  return world;
}

const IDENTITY = {
  resellerId: RESELLER,
  directoryId: TENANT,
  applicationId: "30000000-0000-4000-8000-000000000001",
  applicationSecretName: "secret",
  refreshTokenName: "token",
};
