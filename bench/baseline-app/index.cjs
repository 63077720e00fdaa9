/**
 * The baseline: a Functions app that makes the same calls as ours with the bare SDKs, and does nothing else: no sign-in, no
 * validation, no rules, no audit chain. It works on a table of its own with the same rows. Which calls these are is checked
 * on the wire by the bench, so this file cannot fall behind unseen.
 */
const { randomBytes, randomUUID } = require("node:crypto");
const { app } = require("@azure/functions");
const sdk = require("./sdk-calls.cjs");

/** Names and rows as the real system wrote them: `tenantId`, `subscriptionId`, `resellerRow`, `bodies`. */
const sample = JSON.parse(process.env.BASELINE_SAMPLE);
const partition = `tenant_${sample.tenantId}`;
const customer = `/v1/customers/${sample.tenantId}`;
const anonymous = { authLevel: "anonymous" };

/** What every request begins with: the caller's scope, which an Admin without a grant has no row for. */
const readScope = () => sdk.getRow("msp", "grant_of_nobody");

/** GET of one: the tenant, for the scope, and the row. */
async function readOne(row) {
  await readScope();
  await sdk.getRow(partition, "tenant");
  return JSON.parse((await sdk.getRow(partition, row)).body0);
}

/** GET of a list: the tenant, for the scope, and as many rows as are answered. */
async function readPage(prefix, size) {
  await readScope();
  await sdk.getRow(partition, "tenant");
  return (await sdk.getPage(partition, prefix, size)).map((row) => JSON.parse(row.body0));
}

/** Everything that happens between a POST and its 202. */
async function accept() {
  const { bodies } = sample;
  const idempotencyRow = `idem_${randomBytes(32).toString("hex")}`;
  await readScope();
  await sdk.getRow(partition, "head");
  await sdk.getRow(partition, idempotencyRow);
  await sdk.getRow(partition, "tenant");
  await sdk.getRow("msp", sample.resellerRow);
  const { items } = await sdk.callPartnerCenter("GET", `${customer}/subscriptions`);
  await saveSnapshots(items);
  const head = await sdk.getRow(partition, "head");
  await sdk.getRow(partition, idempotencyRow);
  await sdk.getRow(partition, "tenant");
  await sdk.getRow(partition, idempotencyRow);
  const changeId = newId();
  const batchId = newId();
  const body = { tenantId: sample.tenantId, changeId, n: 1 };
  const message = { messageId: `${changeId}:1`, sessionId: `${sample.tenantId}/${sample.subscriptionId}`, body };
  const outboxRow = `outbox_changes_${message.messageId}`;
  await sdk.commit([
    sdk.replaceRow(head, head.body0),
    sdk.createRow(partition, `change_${changeId}`, bodies.accepted),
    sdk.createRow(partition, `batch_${batchId}`, bodies.batch),
    sdk.createRow(partition, idempotencyRow, bodies.idempotency),
    auditRow(),
    sdk.createRow(partition, outboxRow, JSON.stringify({ queue: "changes", ...message })),
  ]);
  await sdk.send({ ...message, contentType: "application/json" });
  await sdk.deleteRow(await sdk.getRow(partition, outboxRow));
  await sdk.getRow(partition, `batch_${batchId}`);
  await sdk.getRow(partition, "tenant");
  await sdk.getRow(partition, `change_${changeId}`);
  return { changeId };
}

async function saveSnapshots(subscriptions) {
  const marks = await sdk.getSnapshotMarks(partition);
  const asOf = new Date().toISOString();
  const actions = subscriptions.map((raw) => {
    const found = { partitionKey: partition, ...marks.get(`sub_${raw.id}`) };
    const [kind, row, ...rest] = sdk.replaceRow(found, JSON.stringify({ asOf, raw }));
    return [kind, { ...row, asOf }, ...rest];
  });
  await sdk.commit(actions);
}

/** Everything between the message and Completed: claim, look, intent, write, result. */
async function apply() {
  const { bodies, subscriptionId } = sample;
  const change = `change_${sample.appliedChangeId}`;
  await sdk.getRow(partition, change);
  await sdk.getRow("msp", "setting_writeMode");
  await transition(change, bodies.accepted, true);
  await sdk.getRow("msp", sample.resellerRow);
  const seen = await sdk.callPartnerCenter("GET", `${customer}/subscriptions/${subscriptionId}`);
  await sdk.callPartnerCenter("GET", `${customer}/orders`);
  await sdk.getRow("msp", "setting_writeMode");
  await transition(change, bodies.completed, false);
  const more = { ...seen, quantity: seen.quantity + 1 };
  const answer = await sdk.callPartnerCenter("PATCH", `${customer}/subscriptions/${subscriptionId}`, more);
  await transition(change, bodies.completed, true);
  return { quantity: answer.quantity };
}

/** One step of a change: head, change, lane where it changes hands, and the audit entry, in one transaction. */
async function transition(change, body, movesLane) {
  const head = await sdk.getRow(partition, "head");
  const found = await sdk.getRow(partition, change);
  const lane = await sdk.getRow(partition, `lane_${sample.subscriptionId}`);
  const actions = [sdk.replaceRow(head, head.body0), sdk.replaceRow(found, body), auditRow()];
  await sdk.commit(movesLane ? [...actions, sdk.replaceRow(lane, lane.body0)] : actions);
}

const auditRow = () => sdk.createRow(partition, `audit_${newId()}`, sample.bodies.audit);
const newId = () => randomUUID().replaceAll("-", "");

app.http("one", {
  ...{ methods: ["GET"], route: "one/{row}", ...anonymous },
  handler: async ({ params }) => ({ jsonBody: await readOne(params.row) }),
});
app.http("page", {
  ...{ methods: ["GET"], route: "page/{prefix}/{size}", ...anonymous },
  handler: async ({ params }) => ({ jsonBody: { value: await readPage(params.prefix, Number(params.size)) } }),
});
app.http("accept", {
  ...{ methods: ["POST"], route: "accept", ...anonymous },
  handler: async (request) => {
    await request.json();
    return { status: 202, jsonBody: await accept() };
  },
});
app.http("apply", {
  ...{ methods: ["POST"], route: "apply", ...anonymous },
  handler: async () => {
    const startedAt = performance.now();
    const { quantity } = await apply();
    return { jsonBody: { quantity, ms: performance.now() - startedAt } };
  },
});
