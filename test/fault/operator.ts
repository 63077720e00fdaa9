import type { BatchItem } from "../../shared/domain/changes/batch";
import type { QuantityEdit } from "../../shared/domain/changes/judge-edits";
import { submitChanges } from "../../shared/domain/changes/submit-changes";
import type { Actor } from "../../shared/domain/access/actor";
import type { WriteRequest } from "../../shared/domain/access/request-facts";
import type { SubscriptionId } from "../../shared/domain/access/ids";
import { MSP_PARTITION, tenantPartition } from "../../shared/domain/decisions/head";
import type { StateStore } from "../../shared/domain/decisions/state-store";
import type { Reseller } from "../../shared/domain/resellers/reseller";
import { identityOf, resellerRow } from "../../shared/domain/resellers/reseller";
import { subscriptionEtag } from "../../shared/domain/subscriptions/subscription-view";
import type { Tenant } from "../../shared/domain/tenants/tenant";
import { TENANT_ROW } from "../../shared/domain/tenants/tenant";
import { CSP_CUSTOMER, CUSTOMER, RESELLER, START, TENANT } from "../build/ids";
import { SUBSCRIPTIONS } from "./microsoft";
import type { Random } from "./random";
import type { Installation, ServerDeps } from "./server";
import { haveSecondThoughts } from "./second-thoughts";
import type { Servers } from "./servers";

/** What an operator means to do; `set` depends on what they see when they do it. */
interface Wish {
  subscriptionId: SubscriptionId;
  kind: "set" | "add";
  /** Below zero: fewer seats. */
  more: number;
}

/**
 * Requests of a run, each naming a subscription once. More seats than there are can always be asked for, so three changes
 * of two subscriptions come about whatever else happens; a new total may be out of date by the time it is asked for.
 */
function drawWishes(random: Random): Wish[][] {
  const [first, second] = SUBSCRIPTIONS;
  if (!first || !second) throw new Error("A run needs two subscriptions.");
  const more = (): number => random.between(1, 6);
  const add = (subscriptionId: SubscriptionId): Wish => ({ subscriptionId, kind: "add", more: more() });
  const any = (): Wish => ({
    ...{ subscriptionId: random.pick(SUBSCRIPTIONS), kind: random.chance(0.5) ? "set" : "add" },
    more: random.chance(0.4) ? -random.between(1, 4) : more(),
  });
  const requests = [[add(first), add(second)], [add(first)]];
  if (random.chance(0.7)) requests.push([any()]);
  if (random.chance(0.2)) requests.push([any()]);
  return requests;
}

export const OPERATOR: Actor = {
  kind: "user",
  id: "operator",
  name: "olga@msp.example",
  roles: [],
  scope: { kind: "all" },
};

/** What the operator saw, and so the body of the request; a repeated request has the same. */
async function composeEdits(deps: ServerDeps, wishes: readonly Wish[]): Promise<QuantityEdit[]> {
  if (wishes.every(({ kind }) => kind === "add")) return wishes.map(addSeats);
  const seen = await deps.subscriptions.list(identityOf(RESELLER_ROW), CSP_CUSTOMER);
  return wishes.map((wish) => {
    const found = seen.find(({ subscription }) => subscription.id === wish.subscriptionId)?.subscription;
    if (wish.kind === "add" || !found) return addSeats(wish);
    const { subscriptionId, more } = wish;
    return { subscriptionId, quantity: found.quantity + more, etag: subscriptionEtag(found) };
  });
}

function addSeats({ subscriptionId, more }: Wish): QuantityEdit {
  return { subscriptionId, delta: more };
}

/** One try of a request; a repeated one has the same number. */
async function request(deps: ServerDeps, number: number, edits: readonly QuantityEdit[]): Promise<BatchItem[]> {
  const write: WriteRequest = {
    actor: OPERATOR,
    idempotency: { hash: `request-${number}`, bodyHash: JSON.stringify(edits) },
    correlationId: `correlation-${number}`,
    clientIp: undefined,
  };
  return (await submitChanges(deps, write, TENANT, edits, undefined)).items;
}

const SECOND = 1_000;
const TRY_AGAIN_MS = 20 * SECOND;
/** Requests come within the first minutes, so that they meet each other's changes. */
const LATEST_REQUEST_S = 20 * 60;

/** Whoever asks for changes: repeats each request until it is answered, as a careful client does. */
export interface Operator {
  /** Requests without an answer yet. */
  open(): number;
}

export function letAsk(installation: Installation, servers: Servers): Operator {
  const { scheduler, random, clock, trace } = installation;
  const requests = drawWishes(random);
  let open = requests.length;

  const ask = async (number: number, wishes: readonly Wish[], edits?: QuantityEdit[]): Promise<void> => {
    const candidates = servers.able();
    let composed = edits;
    try {
      if (candidates.length === 0) throw new Error("No server answers.");
      const { deps } = random.pick(candidates);
      composed ??= await composeEdits(deps, wishes);
      const items = await request(deps, number, composed);
      trace(`request ${number}: ${items.map(({ outcome }) => outcome).join(", ")}`);
      open--;
      for (const item of items)
        if (item.outcome === "accepted") haveSecondThoughts(installation, servers, item.changeId);
    } catch (error) {
      trace(`request ${number} failed: ${String(error)}`);
      scheduler.at(clock().getTime() + TRY_AGAIN_MS, () => void ask(number, wishes, composed));
    }
  };

  const begin = clock().getTime();
  for (const [number, wishes] of requests.entries()) {
    const afterS = number === 0 ? 0 : random.between(0, LATEST_REQUEST_S);
    scheduler.at(begin + afterS * SECOND, () => void ask(number, wishes));
  }
  return { open: () => open };
}

const AT = START.toISOString();
const RESELLER_ROW: Reseller = {
  id: RESELLER,
  displayName: "Fabrikam",
  domain: "fabrikam.example",
  directoryId: TENANT,
  applicationId: "csp-marketplace",
  state: "Authorized",
  applicationSecretName: "secret",
  secretSetAt: AT,
  grant: { grantId: "grant", refreshTokenName: "token", authorizedBy: "olga@msp.example", authorizedAt: AT },
  createdAt: AT,
  modifiedAt: AT,
};
const TENANT_VALUE: Tenant = {
  tenantId: TENANT,
  customerId: CUSTOMER,
  displayName: "Larkspur",
  domain: "larkspur.example",
  consent: { state: "Consented", permissions: [] },
  inModule: true,
  connection: { resellerId: RESELLER, cspCustomerId: CSP_CUSTOMER, connectedAt: AT, connectedBy: "olga@msp.example" },
  registeredAt: AT,
};

/** What is stored before the first request: an authorised reseller and a connected tenant. */
export async function prepareTables(store: StateStore): Promise<void> {
  await store.commit(MSP_PARTITION, [{ kind: "create", row: resellerRow(RESELLER), value: RESELLER_ROW }]);
  await store.commit(tenantPartition(TENANT), [
    { kind: "create", row: TENANT_ROW, value: TENANT_VALUE },
    { kind: "create", row: "head", value: { seq: 0, auditHash: "", connection: "Connected", openChanges: [] } },
  ]);
}
