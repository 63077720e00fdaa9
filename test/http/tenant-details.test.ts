import { customerTenants, resellerTenants } from "../../local/presets/tenants";
import { anyText } from "./matchers";
import { editRow, eventually, expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import {
  addedTenant,
  authorizedReseller,
  buySeats,
  connectedTenant,
  consent,
  createCustomer,
  registeredTenant,
  subscription,
} from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const { mueller, baeckerei, kanzlei, klinik } = customerTenants;
const TENANTS = "/api/v1/csp/tenants";

let world: World;
let resellerId: string;
beforeAll(async () => {
  world = await startWorld();
  resellerId = await authorizedReseller(world);
  await connectedTenant(world, resellerId, "mueller");
  await addedTenant(world, "baeckerei");
});
afterAll(() => world.close());

const tenant = (id: string, as: "admin" | "tenantUser" | "reader" = "admin"): Promise<Answer> =>
  world.send("GET", `${TENANTS}/${id}`, { as });
const list = async (query = ""): Promise<Record<string, unknown>[]> =>
  itemsIn(await world.send("GET", `${TENANTS}${query}`));
const actionsOf = ({ body }: Answer): Record<string, string | true> =>
  Object.fromEntries(
    (body as { allowedActions: { action: string; allowed: boolean; reason?: string }[] }).allowedActions.map(
      ({ action, allowed, reason }) => [action, allowed || (reason ?? "")],
    ),
  );
/** Waits until a change is parked: the worker has looked at it, and does not touch its row for a while. */
const untilParked = async (id: string, changeIds: readonly string[]): Promise<void> => {
  for (const changeId of changeIds) {
    await eventually(
      () => world.send("GET", `${TENANTS}/${id}/changes/${changeId}`),
      ({ text }) => text.includes("parkedReason"),
    );
  }
};
const relationship = (kind: string): Promise<unknown> =>
  world.control("simulator", "PATCH", `/customers/${mueller.tenantId}`, {
    relationships: { [resellerTenants.nordlicht.tenantId]: kind },
  });

describe("one tenant (C30)", () => {
  test("a connected tenant shows how it stands, by name, and what it was seen to have", async () => {
    const { body } = await eventually(
      () => tenant(mueller.tenantId),
      ({ text }) => text.includes("lastSyncedAt"),
    );
    expect(body).toMatchObject({
      ...{ connectionState: "Connected", customerName: mueller.name, resellerName: resellerTenants.nordlicht.name },
      ...{ lastSyncedAt: anyText, inModule: true },
      counters: { subscriptions: 7, openChanges: 0, needsReview: 0, asOf: anyText },
    });
    const live = itemsIn(await world.send("GET", `${TENANTS}/${mueller.tenantId}/subscriptions`));
    const active = live.filter(({ status }) => status === "active");
    const seats = active.reduce((sum, { quantity }) => sum + Number(quantity), 0);
    expect(body).toMatchObject({ counters: { activeSubscriptions: active.length, seats } });
  });

  test("open changes, and those a person has to look at, are counted", async () => {
    const partition = `tenant_${mueller.tenantId}`;
    await editRow(world, partition, "head", (head) => ({ ...head, writeMode: "off" }));
    const { changeIds } = await buySeats(world, mueller.tenantId, [
      { subscriptionId: subscription(4), delta: 1 },
      { subscriptionId: subscription(5), delta: 1 },
    ]);
    await untilParked(mueller.tenantId, changeIds);
    await editRow(world, partition, `change_${changeIds[0] ?? ""}`, (row) => ({ ...row, state: "NeedsReview" }));
    const { body } = await tenant(mueller.tenantId);
    expect(body).toMatchObject({
      counters: { openChanges: 2, needsReview: 1 },
      disconnectPreview: {
        ...{ cancelCount: 1, cancels: [{ changeId: changeIds[1] }], blockedBy: [{ changeId: changeIds[0] }] },
        notice: anyText,
      },
    });
    expect(actionsOf(await tenant(mueller.tenantId))).toMatchObject({
      removeConnection: "1 change(s) are under way at Microsoft or wait for a decision.",
    });
    await editRow(world, partition, `change_${changeIds[0] ?? ""}`, (row) => ({ ...row, state: "PendingPurchase" }));
    await editRow(world, partition, "head", ({ writeMode: _off, ...head }) => head);
  });

  test("every action that is denied has its reason", async () => {
    expect(actionsOf(await tenant(mueller.tenantId))).toEqual({
      ...{ consent: true, editConnection: true, removeConnection: true, disconnect: true },
      ...{ rename: true, move: true, changeSubscriptions: true },
      ...{ add: anyText, connect: anyText },
    });
    expect(actionsOf(await tenant(baeckerei.tenantId))).toEqual({
      ...{ consent: true, connect: true, disconnect: true, rename: true, move: true },
      ...{ add: anyText, editConnection: anyText, removeConnection: anyText, changeSubscriptions: anyText },
    });
  });

  test("a customer's own user may look, sees no customer record, and is told that the role allows no more", async () => {
    const own = await tenant(mueller.tenantId, "tenantUser");
    expect(own.body).toMatchObject({ connectionState: "Connected" });
    expect(own.body).not.toHaveProperty("customerName");
    expect(new Set(Object.values(actionsOf(own)))).toEqual(new Set(["Your role does not allow this."]));
  });
});

describe("a connection that is degraded (C17, C30)", () => {
  test("a customer who ended the relationship is shown, found by whoever reads the subscriptions, until it is back", async () => {
    await relationship("none");
    const read = await world.send("GET", `${TENANTS}/${mueller.tenantId}/subscriptions`);
    expectProblem(read, 409, "relationshipRemoved");
    const lost = await tenant(mueller.tenantId);
    expect(lost.body).toMatchObject({
      ...{ connectionState: "Degraded", connectionTrouble: { code: "relationshipRemoved", message: anyText } },
      connection: { resellerId },
    });
    expect(actionsOf(lost)).toMatchObject({ changeSubscriptions: anyText, removeConnection: true });
    await eventually(
      () => list("?state=Degraded"),
      (found) => found.length === 1,
    );
    await relationship("reseller");
    await world.send("GET", `${TENANTS}/${mueller.tenantId}/subscriptions`);
    expect((await tenant(mueller.tenantId)).body).toMatchObject({ connectionState: "Connected" });
    const log = itemsIn(await world.send("GET", `${TENANTS}/${mueller.tenantId}/audit-logs`)).map(
      ({ action }) => action,
    );
    expect(log.filter((action) => /connection\.(degraded|restored)/.test(String(action)))).toEqual([
      "connection.restored",
      "connection.degraded",
    ]);
  });

  test("a reseller that is not authorised any more degrades its tenants at once, also in the list", async () => {
    const state = (value: string): Promise<void> =>
      editRow(world, "msp", `reseller_${resellerId}`, (row) => ({ ...row, state: value }));
    for (const value of ["Revoked", "SecretInvalid"]) {
      await state(value);
      expect((await tenant(mueller.tenantId)).body).toMatchObject({
        ...{ connectionState: "Degraded", connectionTrouble: { code: "resellerNotAuthorized", message: anyText } },
      });
      expect(await list("?state=Degraded")).toMatchObject([{ tenantId: mueller.tenantId }]);
      expect(await list("?state=Connected")).toEqual([]);
    }
    await state("Authorized");
    expect(await list("?state=Connected")).toMatchObject([{ tenantId: mueller.tenantId }]);
  });
});

describe("the list of tenants (C17)", () => {
  test("each shows its consent, its connection, whom it belongs to, and when it was last read", async () => {
    const found = await eventually(
      () => list(`?search=${mueller.tenantId}`),
      ([item]) => item?.["lastSyncedAt"] !== undefined,
    );
    expect(found).toMatchObject([
      {
        ...{ connectionState: "Connected", customerName: mueller.name, resellerName: resellerTenants.nordlicht.name },
        ...{ consent: { state: "Consented" }, connection: { cspCustomerId: mueller.tenantId }, lastSyncedAt: anyText },
      },
    ]);
    expect(await list("?state=NotConnected")).toMatchObject([
      { tenantId: baeckerei.tenantId, connectionState: "NotConnected" },
    ]);
  });

  test("a state nobody knows is refused", async () => {
    const refused = await world.send("GET", `${TENANTS}?state=Broken`);
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused)).toEqual(["/query/state"]);
  });
});

describe("the tenants of a customer (C19)", () => {
  test("those that can be added are listed with their consent, and no others", async () => {
    await registeredTenant(world, "kanzlei");
    const customerId = textIn(await tenant(kanzlei.tenantId), "customerId");
    const ofCustomer = async (query = ""): Promise<Record<string, unknown>[]> =>
      itemsIn(await world.send("GET", `/api/v1/csp/customers/${customerId}/tenants${query}`));
    const available = await eventually(
      () => ofCustomer("?available=true"),
      (found) => found.length > 0,
    );
    expect(available).toMatchObject([
      {
        tenantId: kanzlei.tenantId,
        inModule: false,
        consent: { state: "NeedsConsent" },
        connectionState: "NotConnected",
      },
    ]);
    await consent(world, "kanzlei");
    await eventually(
      () => ofCustomer("?available=true"),
      ([item]) => (item?.["consent"] as { state?: string } | undefined)?.state === "Consented",
    );
    await world.send("POST", TENANTS, { body: { tenantId: kanzlei.tenantId } });
    await eventually(
      () => ofCustomer("?available=true"),
      (found) => found.length === 0,
    );
    expect(await ofCustomer()).toMatchObject([{ tenantId: kanzlei.tenantId, inModule: true }]);
  });

  test("a customer nobody knows has none, and a cursor made up is refused (cursorInvalid)", async () => {
    const unknown = await world.send("GET", "/api/v1/csp/customers/7ybqxpym18gw9d3atgs6tbch4z/tenants");
    expectProblem(unknown, 404, "notFound");
    const customerId = textIn(await tenant(mueller.tenantId), "customerId");
    const bad = await world.send("GET", `/api/v1/csp/customers/${customerId}/tenants?cursor=e30.AAAA`);
    expectProblem(bad, 400, "cursorInvalid");
    expectProblem(
      await world.send("GET", `/api/v1/csp/customers/${customerId}/tenants?available=maybe`),
      400,
      "validation",
    );
  });
});

describe("changing a tenant (C64)", () => {
  const change = async (id: string, body: Record<string, unknown>, etag?: string): Promise<Answer> =>
    world.send("PATCH", `${TENANTS}/${id}`, {
      ...{ body, headers: { "if-match": etag ?? (await tenant(id)).headers.get("etag") ?? "" } },
    });

  test("a tenant is renamed, and who changes what they did not read is refused (etagMismatch)", async () => {
    const before = await tenant(baeckerei.tenantId);
    const renamed = await change(baeckerei.tenantId, { displayName: "  Grünwald Brot " });
    expect(renamed.status).toBe(200);
    expect(renamed.body).toMatchObject({ displayName: "Grünwald Brot", customerId: textIn(before, "customerId") });
    expect(renamed.headers.get("etag")).toBe((await tenant(baeckerei.tenantId)).headers.get("etag"));
    const late = await change(baeckerei.tenantId, { displayName: "x" }, before.headers.get("etag") ?? "");
    expectProblem(late, 412, "etagMismatch");
    const log = await world.send("GET", `${TENANTS}/${baeckerei.tenantId}/audit-logs?action=tenant.update`);
    expect(itemsIn(log)).toMatchObject([
      { before: { displayName: baeckerei.name }, after: { displayName: "Grünwald Brot" } },
    ]);
  });

  test("a move to another customer wants the word Yes (confirmationRequired), and shows in the lists", async () => {
    const customerId = await createCustomer(world, "The new owner");
    expectProblem(await change(baeckerei.tenantId, { customerId }), 400, "confirmationRequired");
    expectProblem(await change(baeckerei.tenantId, { customerId, confirmation: "yes" }), 400, "confirmationRequired");
    const moved = await change(baeckerei.tenantId, { customerId, confirmation: "Yes" });
    expect(moved.body).toMatchObject({ customerId, displayName: "Grünwald Brot" });
    await eventually(
      () => list(`?customerId=${customerId}`),
      (found) => found.length === 1,
    );
    expect((await tenant(baeckerei.tenantId)).body).toMatchObject({ customerName: "The new owner" });
  });

  test("a customer nobody knows is not found, and the tenant stays where it is", async () => {
    const body = { customerId: "7ybqxpym18gw9d3atgs6tbch4z", confirmation: "Yes" };
    expectProblem(await change(baeckerei.tenantId, body), 404, "notFound");
    expect((await tenant(baeckerei.tenantId)).body).toMatchObject({ customerName: "The new owner" });
  });

  test("a tenant with a change under way is not moved, but renamed (operationInProgress)", async () => {
    const partition = `tenant_${mueller.tenantId}`;
    await editRow(world, partition, "head", (head) => ({ ...head, writeMode: "off" }));
    const { changeIds } = await buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(4), delta: 1 }]);
    await untilParked(mueller.tenantId, changeIds);
    await editRow(world, partition, `change_${changeIds[0] ?? ""}`, (row) => ({ ...row, state: "NeedsReview" }));
    const customerId = await createCustomer(world, "Not now");
    expectProblem(await change(mueller.tenantId, { customerId, confirmation: "Yes" }), 409, "operationInProgress");
    expect((await change(mueller.tenantId, { displayName: "Müller" })).status).toBe(200);
  });

  test("a change of nothing is refused", async () => {
    expectProblem(await change(klinik.tenantId, { confirmation: "Yes" }, '"x"'), 400, "validation");
  });
});
