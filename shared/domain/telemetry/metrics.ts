import { ChangeKind, ChangeState, ParkedReason } from "../changes/change";
import { QueueName } from "../decisions/outgoing-message";
import { ResellerState } from "../resellers/reseller";

/** What values an attribute may have: one of a list, a name from this code, or an id of ours. Never a name of anybody. */
type AttributeValues = readonly string[] | "name" | "id";

interface MetricDefinition {
  kind: "counter" | "histogram" | "gauge";
  /** In the notation of UCUM, as OpenTelemetry wants it. */
  unit: string;
  description: string;
  attributes: Readonly<Record<string, AttributeValues>>;
}

const QUEUE = QueueName.options;
const API = ["partnerCenter", "graph", "entra"] as const;
/** Of an HTTP answer; `none`: there was none. */
export const STATUS_CLASSES = ["2xx", "3xx", "4xx", "401", "429", "5xx", "none"] as const;
const DONE_OR_FAILED = ["done", "failed"] as const;

/**
 * Every metric there is. Alerts and the workbook name these (a test compares them), so a name is never given another
 * meaning. Ages are in seconds and are 0 when there is nothing of that kind.
 */
export const METRICS = {
  "csp.changes.ended": {
    ...{ kind: "counter", unit: "{change}", description: "Changes that came to an end." },
    attributes: { kind: ChangeKind.options, outcome: ["Completed", "PurchaseFailed", "Rejected", "Cancelled"] },
  },
  "csp.changes.parked": {
    ...{ kind: "counter", unit: "{change}", description: "Changes that began to wait for something." },
    attributes: { reason: ParkedReason.options },
  },
  "csp.changes.review": {
    ...{ kind: "counter", unit: "{change}", description: "Changes that came to need a person." },
    attributes: {},
  },
  "csp.changes.findings": {
    ...{ kind: "counter", unit: "{change}", description: "Contradictions that a person should know of." },
    attributes: { finding: ["overwroteExternalChange", "scheduleLost"] },
  },
  "csp.writes.answered": {
    ...{ kind: "counter", unit: "{write}", description: "Paid writes by what their answer meant." },
    attributes: { answer: ["done", "refused", "later", "notSent", "unknown"] },
  },
  "csp.writes.proof_time": {
    ...{ kind: "histogram", unit: "s", description: "From sending a write of unknown outcome to its proof." },
    attributes: { proven: ["applied", "notApplied"] },
  },
  "csp.changes.open": {
    ...{ kind: "gauge", unit: "{change}", description: "Changes that are not over." },
    attributes: { state: ChangeState.options },
  },
  "csp.changes.waiting": {
    ...{ kind: "gauge", unit: "{change}", description: "Released changes that wait for something." },
    attributes: { reason: ParkedReason.options },
  },
  "csp.changes.overdue_age": {
    ...{ kind: "gauge", unit: "s", description: "How long the oldest released change is overdue." },
    attributes: {},
  },
  "csp.changes.unknown_age": {
    ...{ kind: "gauge", unit: "s", description: "Age of the oldest write whose outcome is not proven." },
    attributes: {},
  },
  "csp.changes.review_age": {
    ...{ kind: "gauge", unit: "s", description: "How long the oldest change in review waits for a person." },
    attributes: {},
  },
  "csp.work.partitions": {
    ...{ kind: "gauge", unit: "{partition}", description: "Partitions that may have work left." },
    attributes: {},
  },
  "csp.outbox.rows": {
    ...{ kind: "gauge", unit: "{message}", description: "Messages that are stored and not sent yet." },
    attributes: {},
  },
  "csp.outbox.oldest_age": {
    ...{ kind: "gauge", unit: "s", description: "Age of the oldest message that is not sent yet." },
    attributes: {},
  },
  "csp.resellers.count": {
    ...{ kind: "gauge", unit: "{reseller}", description: "Resellers by state of their sign-in." },
    attributes: { state: ResellerState.options },
  },
  "csp.resellers.token_age": {
    ...{ kind: "gauge", unit: "s", description: "Since the sign-in of a reseller was last redeemed; ends at 90 days." },
    attributes: { reseller: "id" },
  },
  "csp.resellers.secret_days": {
    ...{ kind: "gauge", unit: "d", description: "Until the application secret of a reseller ends; negative after." },
    attributes: { reseller: "id" },
  },
  "csp.tokens.refreshed": {
    ...{ kind: "counter", unit: "{token}", description: "Access tokens asked for with the sign-in of a reseller." },
    attributes: { result: ["done", "Revoked", "SecretInvalid", "failed"] },
  },
  "csp.upstream.duration": {
    ...{ kind: "histogram", unit: "ms", description: "Calls of Microsoft's APIs, each try by itself." },
    attributes: { api: API, method: ["read", "write"], status: STATUS_CLASSES },
  },
  "csp.upstream.throttled": {
    ...{ kind: "counter", unit: "{call}", description: "Calls that were answered with 429." },
    attributes: { api: API },
  },
  "csp.upstream.retry_after": {
    ...{ kind: "histogram", unit: "s", description: "How long a 429 asked us to wait." },
    attributes: { api: API },
  },
  "csp.queue.age": {
    ...{ kind: "histogram", unit: "s", description: "From a message's arrival in its queue to its handling." },
    attributes: { queue: QUEUE },
  },
  "csp.queue.handled": {
    ...{ kind: "counter", unit: "{message}", description: "Messages handled; a failed one is delivered again." },
    attributes: { queue: QUEUE, result: DONE_OR_FAILED },
  },
  "csp.queue.dead_letters": {
    ...{ kind: "counter", unit: "{message}", description: "Dead letters taken up again." },
    attributes: { queue: QUEUE, result: DONE_OR_FAILED },
  },
  "csp.http.duration": {
    ...{ kind: "histogram", unit: "ms", description: "Requests answered." },
    attributes: { operation: "name", status: STATUS_CLASSES },
  },
  "csp.timer.runs": {
    ...{ kind: "counter", unit: "{run}", description: "Runs of a timer: the heartbeat of what nobody asks for." },
    attributes: { timer: "name", result: DONE_OR_FAILED },
  },
  "csp.backup.completed": {
    ...{ kind: "counter", unit: "{backup}", description: "Backups that are complete and can be restored." },
    attributes: {},
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

type ValueOf<A> = A extends readonly (infer V extends string)[] ? V : string;
type AttributesOf<N extends MetricName> = {
  readonly [K in keyof (typeof METRICS)[N]["attributes"]]: ValueOf<(typeof METRICS)[N]["attributes"][K]>;
};

/** One value of one metric, ready to be counted. */
export type Measurement = {
  [N in MetricName]: { readonly name: N; readonly value: number; readonly attributes: AttributesOf<N> };
}[MetricName];

/** Counts, or says how much. Never throws, and does nothing where nobody measures. */
export type Measure = <N extends MetricName>(name: N, value: number, attributes: AttributesOf<N>) => void;

/** The class of an HTTP status; 401 and 429 are told apart, since each has a remedy of its own. */
export function statusClass(status: number | undefined): (typeof STATUS_CLASSES)[number] {
  if (status === undefined) return "none";
  if (status === 401 || status === 429) return `${status}`;
  return STATUS_CLASSES.find((known) => known === `${Math.floor(status / 100)}xx`) ?? "none";
}
