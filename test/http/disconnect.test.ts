import { customerTenants, resellerTenants } from "../../local/presets/tenants";
import { anyText, fieldsWith } from "./matchers";
import { editRow, eventually, expectProblem, pointersOf, rowsOf, startWorld, type World } from "./platform-fixture";
import { addedTenant, authorizedReseller, buySeats, connect, connectedTenant, subscription } from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const { mueller, baeckerei, klinik } = customerTenants;
const TENANTS = "/api/v1/csp/tenants";

let world: World;
let nordlicht: string;
let northgate: string;
beforeAll(async () => {
  world = await startWorld();
  nordlicht = await authorizedReseller(world);
  northgate = await authorizedReseller(world, "northgate");
  for (const key of ["mueller", "baeckerei"] as const) {
    await connectedTenant(world, nordlicht, key);
    await relationship(customerTenants[key].tenantId, "northgate", "reseller");
  }
});
afterAll(() => world.close());
afterEach(() => world.control("simulator", "DELETE", "/faults"));

const relationship = (id: string, reseller: keyof typeof resellerTenants, kind: string): Promise<unknown> =>
  world.control("simulator", "PATCH", `/customers/${id}`, {
    relationships: { [resellerTenants[reseller].tenantId]: kind },
  });
const tenant = (id: string): Promise<Answer> => world.send("GET", `${TENANTS}/${id}`);
const etagOf = async (id: string): Promise<string> => (await tenant(id)).headers.get("etag") ?? "";
const changeOf = (id: string, changeId: string): Promise<Answer> =>
  world.send("GET", `${TENANTS}/${id}/changes/${changeId}`);
const logOf = async (id: string, action: string): Promise<Record<string, unknown>[]> =>
  itemsIn(await world.send("GET", `${TENANTS}/${id}/audit-logs?action=${action}`));

/** Replaces a connection; with the ETag of now unless another is named. */
async function replace(id: string, resellerId: string, etag?: string, key?: string): Promise<Answer> {
  return world.send("PUT", `${TENANTS}/${id}/connection`, {
    ...{ body: { resellerId, cspCustomerId: id }, headers: { "if-match": etag ?? (await etagOf(id)) } },
    ...(key === undefined ? {} : { key }),
  });
}

async function remove(id: string, etag?: string, key?: string): Promise<Answer> {
  return world.send("DELETE", `${TENANTS}/${id}/connection`, {
    headers: { "if-match": etag ?? (await etagOf(id)) },
    ...(key === undefined ? {} : { key }),
  });
}

const leave = (id: string, body: Record<string, unknown> = { confirmation: "Yes" }): Promise<Answer> =>
  world.send("POST", `${TENANTS}/${id}/disconnect`, { body });

/** A change that waits, because writes are off for its tenant. */
async function waitingChange(id: string, number: number): Promise<string> {
  await editRow(world, `tenant_${id}`, "head", (head) => ({ ...head, writeMode: "off" }));
  const { changeIds } = await buySeats(world, id, [{ subscriptionId: subscription(number), delta: 1 }]);
  const [changeId = ""] = changeIds;
  await eventually(
    () => changeOf(id, changeId),
    ({ body }) => "parkedReason" in (body as object),
  );
  await editRow(world, `tenant_${id}`, "head", ({ writeMode: _off, ...head }) => head);
  return changeId;
}

/** A change whose write is on its way to Microsoft, until the faults are lifted. */
async function changeUnderWay(id: string, number: number): Promise<string> {
  await world.control("simulator", "POST", "/faults", { route: "patchSubscription", kind: "holdBefore" });
  const { changeIds } = await buySeats(world, id, [{ subscriptionId: subscription(number), delta: 1 }]);
  await eventually(
    () => changeOf(id, changeIds[0] ?? ""),
    (answer) => textIn(answer, "state") === "Purchasing",
  );
  return changeIds[0] ?? "";
}

async function untilDone(id: string, changeId: string): Promise<void> {
  await world.control("simulator", "DELETE", "/faults");
  await eventually(
    () => changeOf(id, changeId),
    (answer) => textIn(answer, "state") === "Completed",
  );
}

/** The writes at Microsoft to a subscription. */
async function writesTo(number: number): Promise<unknown[]> {
  const address = `/books?subscriptionId=${subscription(number)}&effective=true`;
  return ((await world.control("simulator", "GET", address)) as { entries: unknown[] }).entries;
}

describe("replacing a connection (C28)", () => {
  test("the tenant is connected through the other reseller, and its open changes are cancelled", async () => {
    const changeId = await waitingChange(mueller.tenantId, 4);
    const before = await tenant(mueller.tenantId);
    expect(before.body).toMatchObject({
      disconnectPreview: {
        ...{ cancelCount: 1, blockedBy: [], notice: anyText },
        cancels: [fieldsWith({ changeId, state: "PendingPurchase", ask: { kind: "add", delta: 1 } })],
      },
    });
    const writes = await writesTo(4);
    const replaced = await replace(mueller.tenantId, northgate);
    expect({ status: replaced.status, body: replaced.body }).toEqual({
      status: 200,
      body: {
        ...{ resellerId: northgate, cspCustomerId: mueller.tenantId },
        connectedAt: anyText,
        connectedBy: anyText,
      },
    });
    expect(replaced.headers.get("etag")).toBe(await etagOf(mueller.tenantId));
    expect((await changeOf(mueller.tenantId, changeId)).body).toMatchObject({
      state: "Cancelled",
      outcome: { code: "connectionRemoved" },
    });
    expect(await writesTo(4)).toEqual(writes);
    expect((await tenant(mueller.tenantId)).body).toMatchObject({
      ...{ connectionState: "Connected", resellerName: resellerTenants.northgate.name },
      disconnectPreview: { cancelCount: 0, cancels: [] },
    });
  });

  test("the audit log has the replacement and every change it cancelled, by whoever asked", async () => {
    const [update] = await logOf(mueller.tenantId, "connection.update");
    expect(update).toMatchObject({
      ...{ result: "success", actor: { kind: "user" } },
      before: { resellerId: nordlicht },
      after: { resellerId: northgate },
    });
    const cancelled = await logOf(mueller.tenantId, "change.cancel");
    expect(cancelled).toMatchObject([
      { reason: "connectionRemoved", actor: update?.["actor"], correlationId: update?.["correlationId"] },
    ]);
  });

  test("its subscriptions are read again by themselves, and only what the new reseller shows is counted", async () => {
    const synced = await eventually(
      () => tenant(mueller.tenantId),
      ({ body }) => "lastSyncedAt" in (body as object),
    );
    expect(synced.body).toMatchObject({ counters: { subscriptions: 0, seats: 0, openChanges: 0 } });
  });

  test("the mapping it has already is only read anew: nothing is cancelled", async () => {
    await replace(mueller.tenantId, nordlicht);
    const changeId = await waitingChange(mueller.tenantId, 4);
    const again = await replace(mueller.tenantId, nordlicht);
    expect(again.status).toBe(200);
    expect((await changeOf(mueller.tenantId, changeId)).body).toMatchObject({ state: "PendingPurchase" });
    await world.platform.advance(11 * 60_000);
    await untilDone(mueller.tenantId, changeId);
  });

  test("while a change is under way at Microsoft the connection stays (operationInProgress)", async () => {
    const changeId = await changeUnderWay(mueller.tenantId, 4);
    const refused = await replace(mueller.tenantId, northgate);
    expectProblem(refused, 409, "operationInProgress");
    expect(refused.body).toMatchObject({ changes: [{ changeId, state: "Purchasing", subscriptionName: anyText }] });
    expect((await tenant(mueller.tenantId)).body).toMatchObject({
      ...{ connectionState: "Connected", connection: { resellerId: nordlicht } },
      disconnectPreview: { cancelCount: 0, blockedBy: [{ changeId, state: "Purchasing" }] },
    });
    await untilDone(mueller.tenantId, changeId);
  });

  test("a tenant without a connection has none to replace (notConnected)", async () => {
    await addedTenant(world, "klinik");
    expectProblem(await replace(klinik.tenantId, nordlicht), 409, "notConnected");
  });

  test("who replaces what they did not read is refused (etagMismatch)", async () => {
    expectProblem(await replace(mueller.tenantId, northgate, '"an-older-one"'), 412, "etagMismatch");
    expect((await tenant(mueller.tenantId)).body).toMatchObject({ connection: { resellerId: nordlicht } });
  });

  test("a reseller that does not have the customer is no choice, and nothing is cancelled (customerNotFound)", async () => {
    await relationship(mueller.tenantId, "northgate", "none");
    expectProblem(await replace(mueller.tenantId, northgate), 422, "customerNotFound");
    await relationship(mueller.tenantId, "northgate", "reseller");
    expect((await tenant(mueller.tenantId)).body).toMatchObject({ connectionState: "Connected" });
  });

  test("a request sent again with its key is answered again, and replaces nothing twice", async () => {
    const etag = await etagOf(mueller.tenantId);
    const first = await replace(mueller.tenantId, northgate, etag, "replace-1");
    const again = await replace(mueller.tenantId, northgate, etag, "replace-1");
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    await replace(mueller.tenantId, nordlicht);
    expectProblem(await replace(mueller.tenantId, nordlicht, etag, "replace-1"), 422, "idempotencyKeyReused");
  });
});

describe("disconnecting from Microsoft CSP (C29)", () => {
  test("while a change waits for a decision the connection stays (operationInProgress)", async () => {
    const changeId = await waitingChange(baeckerei.tenantId, 11);
    const row = `change_${changeId}`;
    await editRow(world, `tenant_${baeckerei.tenantId}`, row, (change) => ({ ...change, state: "NeedsReview" }));
    const refused = await remove(baeckerei.tenantId);
    expectProblem(refused, 409, "operationInProgress");
    expect(refused.body).toMatchObject({ changes: [{ changeId, state: "NeedsReview" }] });
    expect((await tenant(baeckerei.tenantId)).body).toMatchObject({ counters: { openChanges: 1, needsReview: 1 } });
    await editRow(world, `tenant_${baeckerei.tenantId}`, row, (change) => ({ ...change, state: "PendingPurchase" }));
  });

  test("the tenant stays in the module without a connection; nothing happens at Microsoft", async () => {
    const writes = await writesTo(11);
    const removed = await remove(baeckerei.tenantId);
    expect([removed.status, removed.text]).toEqual([204, ""]);
    const { body } = await tenant(baeckerei.tenantId);
    expect(body).toMatchObject({
      inModule: true,
      connectionState: "NotConnected",
      counters: { openChanges: 0, seats: 0 },
    });
    expect(body).not.toHaveProperty("connection");
    expect(await writesTo(11)).toEqual(writes);
    const subscriptions = await world.send("GET", `${TENANTS}/${baeckerei.tenantId}/subscriptions`);
    expectProblem(subscriptions, 409, "tenantNotConnected");
    expect(await logOf(baeckerei.tenantId, "change.cancel")).toHaveLength(1);
    expect(await logOf(baeckerei.tenantId, "connection.delete")).toMatchObject([{ before: { resellerId: nordlicht } }]);
  });

  test("the reseller is used no more, and the note of it says since when", async () => {
    const rows = (await rowsOf(world, "state")).filter(({ rowKey }) => rowKey?.startsWith("use_") === true);
    const use = rows.find(({ rowKey }) => rowKey === `use_${nordlicht}_${baeckerei.tenantId}`);
    expect(JSON.parse(String(use?.["body0"]))).toMatchObject({ endedAt: anyText });
  });

  test("what is not connected cannot be disconnected (notConnected)", async () => {
    expectProblem(await remove(baeckerei.tenantId), 409, "notConnected");
  });

  test("the tenant is connected anew, and its history is there", async () => {
    expect((await connect(world, baeckerei.tenantId, nordlicht)).status).toBe(201);
    const changes = itemsIn(await world.send("GET", `${TENANTS}/${baeckerei.tenantId}/changes`));
    expect(changes).toMatchObject([{ state: "Cancelled" }]);
  });

  test("of two who disconnect at the same moment, one does", async () => {
    const etag = await etagOf(baeckerei.tenantId);
    const answers = await Promise.all([remove(baeckerei.tenantId, etag), remove(baeckerei.tenantId, etag)]);
    const refused = answers.find(({ status }) => status !== 204);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(["notConnected", "operationInProgress", "etagMismatch"]).toContain(refused && textIn(refused, "code"));
    expect(await logOf(baeckerei.tenantId, "connection.delete")).toHaveLength(2);
    await connect(world, baeckerei.tenantId, nordlicht);
  });

  test("seats bought while the tenant is disconnected are either bought or cancelled, and the answer says which", async () => {
    const before = await writesTo(11);
    const etag = await etagOf(baeckerei.tenantId);
    const [removed, bought] = await Promise.all([
      remove(baeckerei.tenantId, etag),
      world.send("POST", `${TENANTS}/${baeckerei.tenantId}/subscriptions/apply-changes`, {
        body: { changes: [{ subscriptionId: subscription(11), delta: 1 }] },
      }),
    ]);
    const { results = [] } = (bought.body ?? {}) as { results?: { changeId?: string }[] };
    const changeId = results[0]?.changeId;
    const change = changeId === undefined ? undefined : await changeOf(baeckerei.tenantId, changeId);
    const state = change && textIn(change, "state");
    if (removed.status === 204) expect([undefined, "Cancelled", "Completed"]).toContain(state);
    else expectProblem(removed, 409, "operationInProgress");
    if (state === "Cancelled" || bought.status === 409) expect(await writesTo(11)).toEqual(before);
  });

  test("while the connection is going nothing is taken in, and nobody begins it again (operationInProgress)", async () => {
    if ((await tenant(baeckerei.tenantId)).text.includes('"NotConnected"')) {
      await connect(world, baeckerei.tenantId, nordlicht);
    }
    const partition = `tenant_${baeckerei.tenantId}`;
    const going = {
      ...{ then: { kind: "nothing" }, since: new Date().toISOString(), idempotency: { hash: "h", bodyHash: "b" } },
      by: { actor: { kind: "user", id: "u", name: "ada@msp.example" }, correlationId: "c" },
    };
    await editRow(world, partition, "tenant", (value) => ({ ...value, disconnecting: going }));
    await editRow(world, partition, "head", (head) => ({ ...head, connection: "Disconnecting" }));
    expect((await tenant(baeckerei.tenantId)).body).toMatchObject({ connectionState: "Disconnecting" });
    const body = { changes: [{ subscriptionId: subscription(11), delta: 1 }] };
    const buying = await world.send("POST", `${TENANTS}/${baeckerei.tenantId}/subscriptions/apply-changes`, { body });
    expectProblem(buying, 409, "operationInProgress");
    for (const refused of [
      await remove(baeckerei.tenantId),
      await leave(baeckerei.tenantId),
      await replace(baeckerei.tenantId, northgate),
      await connect(world, baeckerei.tenantId, nordlicht),
    ]) {
      expectProblem(refused, 409, "operationInProgress");
    }
    // A crash had left it so; the sweeper knows the tenant by the message that announced it.
    await world.platform.advance(61_000);
    await eventually(
      () => tenant(baeckerei.tenantId),
      ({ body: now }) => (now as { connectionState: string }).connectionState === "NotConnected",
    );
  });
});

describe("disconnecting a tenant (C24)", () => {
  test("it wants the word Yes, and nothing like it (confirmationRequired)", async () => {
    for (const body of [...["yes", "YES", " Yes", ""].map((confirmation) => ({ confirmation })), {}]) {
      const refused = await leave(mueller.tenantId, body);
      expectProblem(refused, 400, "confirmationRequired");
      expect(pointersOf(refused)).toEqual(["/body/confirmation"]);
    }
    expect((await tenant(mueller.tenantId)).body).toMatchObject({ inModule: true, connectionState: "Connected" });
  });

  test("while a change is under way the tenant stays (operationInProgress)", async () => {
    const changeId = await changeUnderWay(mueller.tenantId, 4);
    expectProblem(await leave(mueller.tenantId), 409, "operationInProgress");
    await untilDone(mueller.tenantId, changeId);
  });

  test("the tenant leaves the module with its connection; what was recorded of it stays", async () => {
    const waiting = await waitingChange(mueller.tenantId, 4);
    expect((await leave(mueller.tenantId)).status).toBe(204);
    const { body } = await tenant(mueller.tenantId);
    expect(body).toMatchObject({ inModule: false, connectionState: "NotConnected" });
    expect((await changeOf(mueller.tenantId, waiting)).body).toMatchObject({ state: "Cancelled" });
    expect(await logOf(mueller.tenantId, "tenant.disconnect")).toMatchObject([
      { result: "success", actor: { kind: "user" } },
    ]);
    expect((await logOf(mueller.tenantId, "connection.delete")).length).toBe(1);
    const listed = async (): Promise<unknown[]> =>
      itemsIn(await world.send("GET", TENANTS)).map((item) => item["tenantId"]);
    await eventually(listed, (ids) => !ids.includes(mueller.tenantId));
  });

  test("what is not in the module cannot leave it (tenantNotAdded)", async () => {
    expectProblem(await leave(mueller.tenantId), 409, "tenantNotAdded");
  });

  test("added again, it has its history and its consent, and no connection", async () => {
    expect((await world.send("POST", TENANTS, { body: { tenantId: mueller.tenantId } })).status).toBe(201);
    expect((await tenant(mueller.tenantId)).body).toMatchObject({
      ...{ inModule: true, consent: { state: "Consented" }, connectionState: "NotConnected" },
    });
    const changes = itemsIn(await world.send("GET", `${TENANTS}/${mueller.tenantId}/changes`));
    expect(changes.length).toBeGreaterThan(2);
    expect((await connect(world, mueller.tenantId, nordlicht)).status).toBe(201);
  });

  test("a tenant that is not connected leaves as well", async () => {
    expect((await leave(klinik.tenantId)).status).toBe(204);
    expect((await tenant(klinik.tenantId)).body).toMatchObject({ inModule: false });
  });
});
