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
import type { ServerDeps } from "./server";

/** What an operator means to do; `set` depends on what they see when they do it. */
export interface Wish {
  subscriptionId: SubscriptionId;
  kind: "set" | "add";
  more: number;
}

/** Requests of a run: at least three changes of at least two subscriptions, each request naming a subscription once. */
export function drawWishes(random: Random): Wish[][] {
  const one = (subscriptionId: SubscriptionId): Wish => ({
    ...{ subscriptionId, kind: random.chance(0.3) ? "set" : "add", more: random.between(1, 6) },
  });
  const [first, second] = SUBSCRIPTIONS;
  if (!first || !second) throw new Error("A run needs two subscriptions.");
  const requests = [[one(first), one(second)], [{ ...one(first), kind: "add" as const }]];
  const more = random.between(0, 2);
  for (let i = 0; i < more; i++) requests.push([one(random.pick(SUBSCRIPTIONS))]);
  return requests;
}

const OPERATOR: Actor = { kind: "user", id: "operator", name: "olga@msp.example", roles: [], scope: { kind: "all" } };

/** What the operator saw, and so the body of the request; a repeated request has the same. */
export async function composeEdits(deps: ServerDeps, wishes: readonly Wish[]): Promise<QuantityEdit[]> {
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
export async function request(deps: ServerDeps, number: number, edits: readonly QuantityEdit[]): Promise<BatchItem[]> {
  const write: WriteRequest = {
    actor: OPERATOR,
    idempotency: { hash: `request-${number}`, bodyHash: JSON.stringify(edits) },
    correlationId: `correlation-${number}`,
    clientIp: undefined,
  };
  return (await submitChanges(deps, write, TENANT, edits, undefined)).items;
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
