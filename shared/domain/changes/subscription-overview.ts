import { AppError } from "../../errors";
import type { Actor } from "../access/actor";
import type { TenantId } from "../access/ids";
import { Head, HEAD_ROW, tenantPartition } from "../decisions/head";
import { unlessNewer } from "../decisions/newer-version";
import type { StateStore } from "../decisions/state-store";
import { rollUpLicences, type Licence, type LicenceUsage, type PendingSeats } from "../subscriptions/licence-roll-up";
import { isProductSku, type OfferSource, type SoldProduct } from "../subscriptions/offers";
import {
  connectedAs,
  matchesQuery,
  readSubscriptions,
  type ConnectedAs,
  type ReadDeps,
  type SubscriptionQuery,
} from "../subscriptions/read-subscriptions";
import type { RefundableReader } from "../subscriptions/refundable-reader";
import type { Subscription } from "../subscriptions/subscription";
import type { ReadSubscription } from "../subscriptions/subscription-source";
import { Change, changeRow, writtenAttempt } from "./change";

export interface OverviewDeps extends ReadDeps {
  offers: OfferSource;
  licences: LicenceUsage;
  refundables: RefundableReader;
}

/** A subscription with what only further reads tell; undefined where they failed, which fails no list. */
export interface SubscriptionOverview extends ReadSubscription {
  product: SoldProduct | undefined;
  refundable: Subscription["refundable"];
}

/**
 * A tenant's subscriptions with what can be given back, and the roll-up of its licences over all of them, whatever the
 * query shows (C31). Throws as `readSubscriptions` does.
 */
export async function readOverview(
  deps: OverviewDeps,
  actor: Actor,
  tenantId: TenantId,
  query: SubscriptionQuery,
): Promise<{ value: SubscriptionOverview[]; licences: Licence[] }> {
  const all = await readSubscriptions(deps, actor, tenantId);
  const connected = await connectedAs(deps, actor, tenantId);
  const shown = all.filter(({ subscription }) => matchesQuery(subscription, query));
  const [products, refundables, free, pending] = await Promise.all([
    readProducts(deps, connected, all),
    Promise.all(shown.map(({ subscription }) => readRefundable(deps, connected, subscription))),
    orUnknown(deps, () => deps.licences.available(connected.reseller, connected.customer)),
    readPending(deps.store, tenantId),
  ]);
  const availableOf = (sku: string): number | undefined => {
    const directorySkuId = products.get(sku)?.directorySkuId;
    return directorySkuId === undefined ? undefined : free?.get(directorySkuId);
  };
  return {
    value: shown.map((read, i) => ({
      ...read,
      product: products.get(read.subscription.productSku),
      refundable: refundables[i],
    })),
    licences: rollUpLicences(
      all.map(({ subscription }) => subscription),
      pending,
      availableOf,
    ),
  };
}

async function readProducts(
  { offers, log }: OverviewDeps,
  { reseller, customer }: ConnectedAs,
  all: readonly ReadSubscription[],
): Promise<Map<string, SoldProduct>> {
  const skus = [...new Set(all.map(({ subscription }) => subscription.productSku))].filter(isProductSku);
  const found = await Promise.all(
    skus.map(async (sku) => [sku, await orUnknown({ log }, () => offers.product(reseller, customer, sku))] as const),
  );
  return new Map(found.flatMap(([sku, product]) => (product ? [[sku, product] as const] : [])));
}

function readRefundable(
  { refundables, log }: OverviewDeps,
  { reseller, customer }: ConnectedAs,
  subscription: Subscription,
): Promise<Subscription["refundable"]> {
  return orUnknown({ log }, () => refundables.read(reseller, customer, subscription));
}

/** What adds to a list and cannot be read right now is left out. */
async function orUnknown<T>({ log }: Pick<OverviewDeps, "log">, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log.warn("a part of an overview could not be read", { errorCode: error.code });
    return undefined;
  }
}

/** Seats that open changes would add, as far as this version may read them. Seats given back are none that wait to be bought. */
async function readPending(store: StateStore, tenantId: TenantId): Promise<PendingSeats[]> {
  const partition = tenantPartition(tenantId);
  const head = await store.get(partition, HEAD_ROW);
  const ids = head ? Head.parse(head.value).openChanges : [];
  const rows = await Promise.all(ids.map((id) => unlessNewer(store.get(partition, changeRow(id)))));
  return rows.flatMap((row) => (row ? pendingOf(Change.parse(row.value)) : []));
}

function pendingOf(change: Change): PendingSeats[] {
  const { ask, state, subscriptionId } = change;
  const seats = ask.kind === "add" ? ask.delta : ask.to - ask.expectedFrom;
  if (seats <= 0 || writtenAttempt(change)) return [];
  return [{ subscriptionId, seats, waitsFor: state === "PendingApproval" ? "approval" : "purchase" }];
}
