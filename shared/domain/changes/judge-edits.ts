import type { SubscriptionId } from "../access/ids";
import { readOffers, type OfferSource } from "../subscriptions/offers";
import type { ConnectedAs } from "../subscriptions/read-subscriptions";
import type { Subscription } from "../subscriptions/subscription";
import type { ReadSubscription, SubscriptionSource } from "../subscriptions/subscription-source";
import { subscriptionEtag } from "../subscriptions/subscription-view";
import type { BatchItem } from "./batch";
import type { Ask } from "./change";
import { planChange, type PlanRefusal } from "./plan-change";

/** One edited row of the subscriptions table. */
export type QuantityEdit =
  | {
      subscriptionId: SubscriptionId;
      /** The new total of seats. */
      quantity: number;
      /** The ETag the caller saw; the edit is refused when the subscription has changed since. */
      etag: string;
    }
  | {
      subscriptionId: SubscriptionId;
      /** So many more seats than there are when its turn comes; fewer, where negative. */
      delta: number;
    };

/** What an edit is answered with, and what it becomes. */
export type Judged =
  | { kind: "change"; subscription: Subscription; ask: Ask; from: number; to: number }
  | { kind: "settled"; item: Exclude<BatchItem, { outcome: "accepted" }>; name: string | undefined };

export interface JudgeDeps {
  subscriptions: SubscriptionSource;
  offers: OfferSource;
}

/**
 * Holds edits against the subscriptions as they are, each by the same plan that its worker will make: what would be
 * refused then is refused now. Throws what the reads throw.
 */
export function judgeEdits(
  deps: JudgeDeps,
  connected: ConnectedAs,
  edits: readonly QuantityEdit[],
  live: readonly ReadSubscription[],
): Promise<Judged[]> {
  const byId = new Map(live.map((read) => [read.subscription.id, read]));
  return Promise.all(edits.map((edit) => judge(deps, connected, edit, byId.get(edit.subscriptionId))));
}

async function judge(
  deps: JudgeDeps,
  connected: ConnectedAs,
  edit: QuantityEdit,
  listed: ReadSubscription | undefined,
): Promise<Judged> {
  const read = await withRefundable(deps, connected, edit, listed);
  if (!read) return refused(edit, undefined, { status: 404, code: "subscriptionNotFound", message: UNKNOWN });
  const { subscription } = read;
  if ("etag" in edit && edit.etag !== subscriptionEtag(subscription)) {
    return refused(edit, subscription, { status: 412, code: "etagMismatch", message: CHANGED });
  }
  const ask: Ask =
    "etag" in edit
      ? { kind: "set", expectedFrom: subscription.quantity, to: edit.quantity }
      : { kind: "add", delta: edit.delta };
  const offers = await readOffers(deps.offers, connected.reseller, connected.customer, { subscription });
  const plan = planChange(ask, subscription, { now: read.readAt, offers });
  switch (plan.kind) {
    case "write":
      return { kind: "change", subscription, ask, from: plan.from, to: plan.to };
    case "unchanged":
      return {
        kind: "settled",
        name: subscription.friendlyName,
        item: { subscriptionId: edit.subscriptionId, outcome: "unchanged" },
      };
    case "refused": {
      const { code, message, refundableQuantity } = plan;
      const more = refundableQuantity === undefined ? {} : { refundableQuantity };
      return refused(edit, subscription, { status: REFUSAL_STATUS[code], code, message, ...more });
    }
  }
}

const UNKNOWN = "This tenant has no such subscription.";
const CHANGED = "The subscription has changed since you read it. Read it again.";

/** How an item that cannot be planned is answered (product.md §12, C32). */
const REFUSAL_STATUS: Readonly<Record<PlanRefusal, number>> = {
  badQuantity: 400,
  notActive: 409,
  scheduleWouldBeLost: 409,
  quantityDrift: 412,
  offerLimit: 422,
  reductionWindowClosed: 422,
};

/** Which seats can be given back only an answer to GET by id is sure to say; asked for where seats are given back. */
function withRefundable(
  { subscriptions }: JudgeDeps,
  { reseller, customer }: ConnectedAs,
  edit: QuantityEdit,
  listed: ReadSubscription | undefined,
): Promise<ReadSubscription | undefined> {
  const isDecrease =
    listed !== undefined && ("etag" in edit ? edit.quantity < listed.subscription.quantity : edit.delta < 0);
  if (!isDecrease) return Promise.resolve(listed);
  return subscriptions.get(reseller, customer, edit.subscriptionId);
}

function refused(
  { subscriptionId }: QuantityEdit,
  subscription: Subscription | undefined,
  refusal: { status: number; code: string; message: string; refundableQuantity?: number },
): Judged {
  return {
    kind: "settled",
    name: subscription?.friendlyName,
    item: { subscriptionId, outcome: "failed", ...refusal },
  };
}
