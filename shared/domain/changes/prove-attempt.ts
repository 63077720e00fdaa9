import { AppError } from "../../errors";
import type { ResellerId } from "../access/ids";
import type { Log } from "../access/log";
import type { DecideDeps } from "../decisions/decide";
import type { ResellerIdentity } from "../resellers/reseller-identity";
import type { SubscriptionSource } from "../subscriptions/subscription-source";
import { alertOperators } from "./alert-operators";
import type { Attempt, Change } from "./change";
import type { LedgerSettings } from "./ledger-settings";
import type { RemoteHistory } from "./remote-history";
import { saveTransition } from "./save-transition";
import type { Evidence } from "./weigh-evidence";
import { decideProof } from "./worker-decisions";

export interface ProveDeps extends DecideDeps {
  settings: LedgerSettings;
  resellerIdentity(id: ResellerId): Promise<ResellerIdentity | undefined>;
  subscriptions: SubscriptionSource;
  history: RemoteHistory;
  log: Log;
}

/** Records older than the read cannot be about the write; an hour covers any difference between clocks. */
const RECORD_MARGIN_MS = 3_600_000;

/**
 * Settles an open write by what Microsoft recorded, with the reseller of the intent (change ledger §5). Never sends
 * anything. Evidence that cannot be read leaves the write open and looks again later.
 */
export async function proveAttempt(deps: ProveDeps, change: Change, attempt: Attempt): Promise<void> {
  const target = { tenantId: change.tenantId, changeId: change.id };
  const evidence = await readEvidence(deps, change, attempt);
  const saved = await saveTransition(deps, target, (current, _lane, decision) =>
    decideProof(current, attempt, evidence, { now: decision.now, settings: deps.settings }),
  );
  alertOperators(deps.log, saved);
}

/** The evidence, or the reason why it cannot be read. */
async function readEvidence(deps: ProveDeps, change: Change, attempt: Attempt): Promise<Evidence | string> {
  const identity = await deps.resellerIdentity(attempt.resellerId);
  if (!identity) return "the reseller is not authorised";
  const askedAt = deps.clock();
  const from = new Date(Date.parse(attempt.readAt) - RECORD_MARGIN_MS);
  try {
    // The subscription first: a record that explains its quantity is then visible in the records read after it.
    const read = await deps.subscriptions.get(identity, change.cspCustomerId, change.subscriptionId);
    if (!read) return "Microsoft does not show the subscription";
    const orderLines = await deps.history.orderLines(identity, {
      customer: change.cspCustomerId,
      subscription: change.subscriptionId,
    });
    const records = await deps.history.auditRecords(identity, {
      customer: change.cspCustomerId,
      from,
      to: deps.clock(),
    });
    return { records, orderLines, subscription: read.subscription, askedAt };
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}
