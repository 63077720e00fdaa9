import type { VirtualClock } from "../../local/virtual-clock";
import type { SubscriptionId } from "../../shared/domain/access/ids";
import type { RemoteAuditRecord, RemoteHistory, RemoteOrderLine } from "../../shared/domain/changes/remote-history";
import type { PaidWrite, SubscriptionWriter, WriteAnswer } from "../../shared/domain/changes/subscription-writer";
import type { OfferPlan, OfferSource, SeatLimits } from "../../shared/domain/subscriptions/offers";
import { scheduleFields, scheduleIn, type RenewalSchedule } from "../../shared/domain/subscriptions/renewal-schedule";
import type { ReadSubscription, SubscriptionSource } from "../../shared/domain/subscriptions/subscription-source";
import { after, HOUR, SUBSCRIPTION } from "../build/ids";
import { PLAN } from "../build/schedule";
import { aSubscription } from "../build/subscription";

/** What becomes of the next write. Without one it is applied and answered. */
export type WriteFault =
  | { kind: "lostBefore" }
  | { kind: "lostAfter" }
  | { kind: "late"; ms: number }
  | { kind: "dropped" }
  | { kind: "appliedThen"; status: number }
  | { kind: "answer"; status: number; body?: unknown; retryAfterSeconds?: number }
  | { kind: "notSent"; reason: Extract<WriteAnswer, { kind: "notSent" }>["reason"] };

/** A line of the books: every write that reached this Partner Center, and what it did. */
export interface BookEntry {
  at: Date;
  by: "ledger" | "outsider";
  requestId: string;
  subscriptionId: string;
  from: number;
  to: number;
  effective: boolean;
}

interface Seats {
  quantity: number;
  batches: { quantity: number; allowedUntil: Date }[];
  schedule: RenewalSchedule | undefined;
}
interface Held extends Seats {
  /** What a stale read shows. */
  before: Seats;
  autoRenew: boolean;
  version: number;
}

/** A pause at one point of one call: `reached` when the caller got there; it goes on after `release`. */
export interface Pause {
  reached: Promise<void>;
  release(): void;
}
type PausePoint = "beforeWrite" | "afterWrite" | "afterRead";

/** Newest seats first, out of those that may still go. */
function takeBack(subscription: Seats, seats: number): void {
  let left = seats;
  for (const batch of [...subscription.batches].reverse()) {
    const taken = Math.min(batch.quantity, left);
    batch.quantity -= taken;
    left -= taken;
  }
  subscription.batches = subscription.batches.filter(({ quantity }) => quantity > 0);
}

/** A Partner Center for one customer, with books of its own. It applies whole-resource writes, as the real one does. */
export function fakePartnerCenter(clock: VirtualClock) {
  const held = new Map<string, Held>();
  const books: BookEntry[] = [];
  const records: (RemoteAuditRecord & { visibleAt: Date })[] = [];
  const orders: (RemoteOrderLine & { visibleAt: Date })[] = [];
  const writeFaults: WriteFault[] = [];
  const readFaults: (Error | "stale")[] = [];
  const historyFaults: Error[] = [];
  const pauses = new Map<PausePoint, { arrive: () => void; released: Promise<void> }>();
  const settings = {
    ...{ etags: false, recordDelayMs: 0, orderDelayMs: 0, recordsOfLedger: true, showsBatches: true },
    status: "active",
  };
  const catalog: { limits: SeatLimits | undefined; plans: OfferPlan[] } = { limits: undefined, plans: [PLAN] };
  const scheduleWrites: (RenewalSchedule | undefined)[] = [];
  const bodies: Readonly<Record<string, unknown>>[] = [];
  let number = 0;

  const find = (id: string): Held => {
    const found = held.get(id);
    if (!found) throw new Error(`There is no subscription ${id}.`);
    return found;
  };
  const passPause = async (point: PausePoint): Promise<void> => {
    const pause = pauses.get(point);
    if (!pause) return;
    pauses.delete(point);
    pause.arrive();
    await pause.released;
  };

  const remember = (subscription: Held): void => {
    const { quantity, batches, schedule } = subscription;
    subscription.before = { quantity, batches: batches.map((batch) => ({ ...batch })), schedule };
  };

  const change = (
    id: SubscriptionId,
    to: number,
    who: { by: BookEntry["by"]; requestId: string; correlationId: string; setsSchedule?: boolean },
  ) => {
    const subscription = find(id);
    const from = subscription.quantity;
    const at = clock.now();
    books.push({ at, by: who.by, requestId: who.requestId, subscriptionId: id, from, to, effective: to !== from });
    // A write that changes nothing leaves no record.
    const changes = to !== from || who.setsSchedule === true;
    if (changes && (who.by === "outsider" || settings.recordsOfLedger)) {
      records.push({
        id: `record-${++number}`,
        correlationId: who.correlationId,
        operationType: "update_subscription",
        operationStatus: "succeeded",
        operationDate: at,
        subscriptionId: id,
        oldQuantity: from,
        newQuantity: to,
        userName: undefined,
        visibleAt: after(settings.recordDelayMs, at),
      });
    }
    if (to === from) return;
    remember(subscription);
    // Any immediate change deletes what was scheduled.
    subscription.schedule = undefined;
    orders.push({
      orderId: `order-${++number}`,
      createdAt: at,
      transactionType: to > from ? "addquantity" : "removequantity",
      subscriptionId: id,
      quantity: Math.abs(to - from),
      visibleAt: after(settings.orderDelayMs, at),
    });
    if (to > from) subscription.batches.push({ quantity: to - from, allowedUntil: after(7 * 24 * HOUR, at) });
    else takeBack(subscription, from - to);
    subscription.quantity = to;
    subscription.version++;
  };

  const applyWrite = (id: SubscriptionId, write: PaidWrite): WriteAnswer => {
    const subscription = find(id);
    if (write.etag !== undefined && write.etag !== `v${subscription.version}`) {
      return { kind: "answered", status: 412, body: { code: "2055", description: "The etag is no longer valid." } };
    }
    const to = Number(write.body["quantity"]);
    subscription.autoRenew = write.body["autoRenewEnabled"] === true;
    const isSchedule = to === subscription.quantity;
    const { requestId, correlationId } = write;
    change(id, to, { by: "ledger", requestId, correlationId, setsSchedule: scheduleIn(write.body) !== undefined });
    if (isSchedule) {
      remember(subscription);
      subscription.schedule = scheduleIn(write.body);
      scheduleWrites.push(subscription.schedule);
    }
    return { kind: "answered", status: 200, body: show(id, subscription).raw };
  };

  const meet = (fault: WriteFault, id: SubscriptionId, write: PaidWrite): WriteAnswer => {
    switch (fault.kind) {
      case "lostBefore":
        return { kind: "noAnswer", reason: "the connection was lost" };
      case "lostAfter":
        applyWrite(id, write);
        return { kind: "noAnswer", reason: "the connection was lost" };
      case "late":
        clock.after(fault.ms, () => void applyWrite(id, write));
        return { kind: "answered", status: 202, body: undefined };
      case "dropped":
        return { kind: "answered", status: 202, body: undefined };
      case "appliedThen":
        applyWrite(id, write);
        return { kind: "answered", status: fault.status, body: undefined };
      case "answer": {
        const { status, body, retryAfterSeconds } = fault;
        return { kind: "answered", status, body, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
      }
      case "notSent":
        return { kind: "notSent", reason: fault.reason };
    }
  };

  const writer: SubscriptionWriter = {
    async patch(_reseller, _customer, id, write) {
      await passPause("beforeWrite");
      if (clock.now() >= write.sendBy) return { kind: "notSent", reason: "tooLate" };
      bodies.push(write.body);
      const fault = writeFaults.shift();
      const answer = fault ? meet(fault, id, write) : applyWrite(id, write);
      await passPause("afterWrite");
      return answer;
    },
  };

  const show = (id: SubscriptionId, { quantity, batches, schedule }: Seats): ReadSubscription => {
    const { autoRenew, version } = find(id);
    const etag = settings.etags ? `v${version}` : undefined;
    const total = batches.reduce((sum, batch) => sum + batch.quantity, 0);
    const refundable = settings.showsBatches ? { total, batches: batches.map((batch) => ({ ...batch })) } : undefined;
    return {
      subscription: aSubscription({ id, quantity, autoRenew, etag, refundable, schedule, status: settings.status }),
      raw: {
        ...{ id, quantity, autoRenewEnabled: autoRenew, friendlyName: "Premium", attributes: { etag } },
        ...(schedule ? scheduleFields(schedule) : {}),
      },
      // The `Date` header tells whole seconds.
      readAt: new Date(Math.floor(clock.nowMs() / 1000) * 1000),
    };
  };

  const subscriptions: SubscriptionSource = {
    list: () => Promise.resolve([...held.keys()].map((id) => show(id as SubscriptionId, find(id)))),
    async get(_reseller, _customer, id) {
      const fault = readFaults.shift();
      if (fault instanceof Error) throw fault;
      const known = held.get(id);
      const read = known && show(id, fault === "stale" ? known.before : known);
      await passPause("afterRead");
      return read;
    },
  };

  const offers: OfferSource = {
    product: () => Promise.resolve(catalog.limits && { ...catalog.limits, directorySkuId: undefined }),
    plans: () => Promise.resolve(catalog.plans),
  };

  const history: RemoteHistory = {
    auditRecords: (_reseller, { from, to }) => {
      const fault = historyFaults.shift();
      if (fault) return Promise.reject(fault);
      const now = clock.now();
      const seen = records.filter((r) => r.visibleAt <= now && r.operationDate >= from && r.operationDate <= to);
      return Promise.resolve(seen);
    },
    orderLines: (_reseller, { subscription }) =>
      Promise.resolve(orders.filter((o) => o.visibleAt <= clock.now() && o.subscriptionId === subscription)),
  };

  return {
    ...{
      subscriptions,
      offers,
      history,
      writer,
      books,
      bodies,
      settings,
      catalog,
      writeFaults,
      readFaults,
      historyFaults,
    },
    /** Every schedule that a write of ours set, in order; undefined where it removed one. */
    scheduleWrites,
    add(id: SubscriptionId = SUBSCRIPTION, quantity = 10): void {
      const seats = { quantity, batches: [], schedule: undefined };
      held.set(id, { ...seats, before: seats, autoRenew: true, version: 1 });
    },
    /** Seats that can be given back for a week from now. */
    addBatch(quantity: number, id: SubscriptionId = SUBSCRIPTION): void {
      find(id).batches.push({ quantity, allowedUntil: after(7 * 24 * HOUR, clock.now()) });
    },
    /** Somebody schedules a change for the renewal, or takes it back. */
    outsideSchedule(schedule: RenewalSchedule | undefined, id: SubscriptionId = SUBSCRIPTION): void {
      const subscription = find(id);
      remember(subscription);
      subscription.schedule = schedule;
      subscription.version++;
    },
    outsideAutoRenew(isOn: boolean, id: SubscriptionId = SUBSCRIPTION): void {
      const subscription = find(id);
      subscription.autoRenew = isOn;
      if (!isOn) subscription.schedule = undefined;
    },
    scheduleOf: (id: SubscriptionId = SUBSCRIPTION): RenewalSchedule | undefined => find(id).schedule,
    quantityOf: (id: SubscriptionId = SUBSCRIPTION): number => find(id).quantity,
    autoRenewOf: (id: SubscriptionId = SUBSCRIPTION): boolean => find(id).autoRenew,
    /** Somebody edits the seats in the portal of Partner Center. */
    outsideChange(to: number, id: SubscriptionId = SUBSCRIPTION): void {
      change(id, to, { by: "outsider", requestId: `outside-${++number}`, correlationId: `outside-${number}` });
    },
    /** No record of anything is ever shown again. */
    forgetRecords: (): void => void records.splice(0),
    /** Orders that were held back are shown now. */
    showOrders: (): void => {
      for (const order of orders) order.visibleAt = clock.now();
    },
    effectiveWrites: (): BookEntry[] => books.filter((entry) => entry.by === "ledger" && entry.effective),
    /** The next call stops at this point until it is released. */
    pauseAt(point: PausePoint): Pause {
      let arrive: () => void = () => undefined;
      let release: () => void = () => undefined;
      const reached = new Promise<void>((resolve) => (arrive = resolve));
      const released = new Promise<void>((resolve) => (release = resolve));
      pauses.set(point, { arrive, released });
      return { reached, release };
    },
  };
}
