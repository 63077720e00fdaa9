import { randomUUID } from "node:crypto";
import { accountId, customerTenants, mspTenant, resellerTenants } from "../../local/presets/tenants";
import { anyText, textLike } from "./matchers";
import { editRow, eventually, expectProblem, pointersOf, rowsOf, startWorld, type World } from "./platform-fixture";
import {
  addedTenant,
  addReseller,
  authorizedReseller,
  authorizeReseller,
  connect,
  connectedTenant,
  createCustomer,
  grantScope,
  onboard,
  planned,
  registeredTenant,
} from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const { mueller, baeckerei, kanzlei, klinik, schule, spedition, larkspur, larkspurCare, harbour, pennine, tidewater } =
  customerTenants;
const CSP = "/api/v1/csp";

interface Item {
  cspCustomerId: string;
  outcome: string;
  [field: string]: unknown;
}

let world: World;
let nordlicht: string;
let northgate: string;
beforeAll(async () => {
  world = await startWorld();
  nordlicht = await authorizedReseller(world);
  northgate = await authorizedReseller(world, "northgate");
});
afterAll(() => world.close());

const itemsOf = (answer: Answer): Item[] => (answer.body as { items: Item[] }).items;
const fault = (body: Record<string, unknown>): Promise<unknown> => world.control("simulator", "POST", "/faults", body);
const planOf = (cspCustomerIds: readonly string[], resellerId = nordlicht): Promise<Answer> =>
  world.send("POST", `${CSP}/resellers/${resellerId}/onboarding/plan`, { body: { cspCustomerIds } });
const auditOf = async (tenantId: string): Promise<unknown[]> =>
  itemsIn(await world.send("GET", `${CSP}/tenants/${tenantId}/audit-logs`)).map(({ action }) => action);

/** Waits until a batch is done; answers it. */
async function finished(started: Answer): Promise<Answer> {
  const address = started.headers.get("operation-location") ?? "";
  return eventually(
    () => world.send("GET", address),
    ({ body }) => (body as { isFinal: boolean }).isFinal,
  );
}

describe("the plan of an onboarding (C67)", () => {
  test("each customer is answered by what would happen, and nothing is written", async () => {
    await connectedTenant(world, nordlicht, "mueller");
    await addedTenant(world, "baeckerei");
    await registeredTenant(world, "kanzlei");
    await addedTenant(world, "harbour");
    await connect(world, harbour.tenantId, northgate);
    const before = JSON.stringify(await settledRows());
    const plan = await planned(world, nordlicht, {
      cspCustomerIds: [mueller, baeckerei, kanzlei, schule, harbour, pennine, tidewater].map(
        ({ tenantId }) => tenantId,
      ),
    });
    expect(itemsOf(plan).map(({ outcome, code, steps }) => steps ?? code ?? outcome)).toEqual([
      "alreadyConnected",
      ["connect"],
      ["addTenant", "connect"],
      ["createCustomer", "registerTenant", "addTenant", "connect"],
      "customerAlreadyMapped",
      "customerNotFound",
      "customerNotFound",
    ]);
    expect(plan.body).toMatchObject({
      resellerId: nordlicht,
      counts: { connect: 3, alreadyConnected: 1, refused: 3 },
      planHash: anyText,
    });
    expect(itemsOf(plan)[1]).toMatchObject({ customer: { action: "keep", name: baeckerei.name }, needsConsent: false });
    expect(itemsOf(plan)[3]).toMatchObject({
      ...{ displayName: schule.name, domain: schule.domain, needsConsent: true },
      customer: { action: "create", name: schule.name },
    });
    // What is none of this reseller's is told by nothing but its id.
    expect(itemsOf(plan)[5]).toMatchObject({ displayName: "", domain: "" });
    expect(JSON.stringify(await settledRows())).toBe(before);
  });

  /** All rows of the state, after what runs in the background has come to rest. */
  async function settledRows(): Promise<unknown> {
    let last = "";
    return eventually(
      () => rowsOf(world, "state"),
      (rows) => {
        const text = JSON.stringify(rows);
        const isSame = text === last && !text.includes('"outbox_');
        last = text;
        return isSame;
      },
    );
  }

  test("a customer who was ours and left is told apart from a stranger (relationshipRemoved)", async () => {
    await connectedTenant(world, nordlicht, "klinik");
    await leave(klinik.tenantId, "none");
    expect(itemsOf(await planOf([klinik.tenantId]))).toMatchObject([
      { outcome: "refused", status: 409, code: "relationshipRemoved" },
    ]);
    await leave(klinik.tenantId, "reseller");
    expect(itemsOf(await planOf([klinik.tenantId]))).toMatchObject([{ outcome: "alreadyConnected" }]);
  });

  function leave(tenantId: string, relationship: string): Promise<unknown> {
    return world.control("simulator", "PATCH", `/customers/${tenantId}`, {
      relationships: { [resellerTenants.nordlicht.tenantId]: relationship },
    });
  }

  test("a tenant that is being disconnected has to be done with that first (operationInProgress)", async () => {
    const head = (connection: string): Promise<void> =>
      editRow(world, `tenant_${mueller.tenantId}`, "head", (value) => ({ ...value, connection }));
    await head("Disconnecting");
    expect(itemsOf(await planOf([mueller.tenantId]))).toMatchObject([
      { outcome: "refused", status: 409, code: "operationInProgress" },
    ]);
    await head("Connected");
  });

  test("a name that is taken gets the domain behind it, is shared, or is refused (duplicate), as the caller asks", async () => {
    const customerId = await createCustomer(world, spedition.name.toUpperCase());
    const plan = async (whenTaken?: string): Promise<Item | undefined> =>
      itemsOf(
        await planned(world, nordlicht, {
          cspCustomerIds: [spedition.tenantId],
          ...(whenTaken === undefined ? {} : { customerNaming: { whenTaken } }),
        }),
      )[0];
    const longer = `${spedition.name} (${spedition.domain})`;
    expect(await plan()).toMatchObject({
      customer: { action: "create", name: longer, nameTaken: spedition.name },
    });
    expect(await plan("reuse")).toMatchObject({ customer: { action: "reuse", customerId } });
    expect(await plan("refuse")).toMatchObject({ outcome: "refused", status: 409, code: "duplicate" });
  });

  test("who may act for some tenants only is told of no others, and creates nothing", async () => {
    const operator = `${mspTenant.tenantId}_${accountId(mspTenant, "operator")}`;
    await grantScope(world, operator, { kind: "some", customerIds: [], tenantIds: [baeckerei.tenantId] });
    const plan = await world.send("POST", `${CSP}/resellers/${nordlicht}/onboarding/plan`, {
      as: "operator",
      body: { cspCustomerIds: [baeckerei.tenantId, mueller.tenantId, schule.tenantId] },
    });
    expect(itemsOf(plan)).toMatchObject([
      // The customer record that owns a visible tenant is not itself visible.
      { outcome: "connect", customer: { action: "keep", name: "" } },
      { outcome: "refused", code: "customerNotFound", displayName: "" },
      { outcome: "refused", code: "customerNotFound", displayName: "" },
    ]);
  });

  test.each([
    ["no customer at all", []],
    ["five hundred and one", Array.from({ length: 501 }, () => randomUUID())],
    ["one customer twice", [mueller.tenantId, mueller.tenantId.toUpperCase()]],
  ])("%s is refused (validation)", async (_name, ids) => {
    const refused = await planOf(ids);
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused)).toEqual(["/body/cspCustomerIds"]);
  });

  test("five hundred customers are planned in one answer", async () => {
    const plan = await planOf(Array.from({ length: 500 }, () => randomUUID()));
    expect(plan.body).toMatchObject({ counts: { connect: 0, alreadyConnected: 0, refused: 500 } });
  });
});

describe("an onboarding that is applied (C67)", () => {
  test("every item is answered; those that can be are registered, added and connected, and synced", async () => {
    const ids = [mueller, baeckerei, kanzlei, schule, pennine].map(({ tenantId }) => tenantId);
    const started = await onboard(world, nordlicht, { cspCustomerIds: ids });
    expect(started.status).toBe(202);
    expect(started.headers.get("retry-after")).toBe("2");
    const done = await finished(started);
    expect(itemsOf(done).map(({ outcome, code, steps }) => [outcome, steps ?? code])).toEqual([
      ["alreadyConnected", undefined],
      ["connected", ["connect"]],
      ["connected", ["addTenant", "connect"]],
      ["connected", ["registerTenant", "addTenant", "connect"]],
      ["failed", "customerNotFound"],
    ]);
    expect(done.body).toMatchObject({
      ...{ state: "Finished", requestedBy: textLike(/^admin@/) },
      counts: { total: 5, pending: 0, connected: 3, alreadyConnected: 1, failed: 1 },
    });
    const tenant = await world.send("GET", `${CSP}/tenants/${schule.tenantId}`);
    expect(tenant.body).toMatchObject({
      ...{ inModule: true, domain: schule.domain, displayName: schule.name },
      consent: { state: "NeedsConsent" },
      connection: { resellerId: nordlicht, cspCustomerId: schule.tenantId, connectedBy: textLike(/^admin@/) },
    });
    expect(await auditOf(schule.tenantId)).toEqual(["connection.create", "tenant.add", "tenant.register"]);
    const [customer] = itemsIn(await world.send("GET", `${CSP}/customers?search=${encodeURIComponent(schule.name)}`));
    expect(customer?.["id"]).toBe(itemsOf(done)[3]?.["customerId"]);
    const snapshots = async (): Promise<unknown[]> =>
      (await rowsOf(world, "state")).filter(
        ({ partitionKey, rowKey = "" }) => partitionKey === `tenant_${schule.tenantId}` && rowKey.startsWith("sub_"),
      );
    expect((await eventually(snapshots, (rows) => rows.length > 0)).length).toBeGreaterThan(0);
  });

  test("a tenant without consent has its subscriptions and changes: they need the connection alone", async () => {
    const subscriptions = await world.send("GET", `${CSP}/tenants/${schule.tenantId}/subscriptions`);
    expect(itemsIn(subscriptions).length).toBeGreaterThan(0);
    expect((await world.send("GET", `${CSP}/tenants/${schule.tenantId}/changes`)).status).toBe(200);
  });

  test("the request sent again, even at the same moment, is one batch; nothing is done twice", async () => {
    const body = { cspCustomerIds: [larkspur.tenantId, larkspurCare.tenantId] };
    const planHash = textIn(await planned(world, nordlicht, body), "planHash");
    const apply = (): Promise<Answer> =>
      world.send("POST", `${CSP}/resellers/${nordlicht}/onboarding/apply`, {
        ...{ body: { ...body, planHash }, key: "onboard-once" },
      });
    const [first, second] = await Promise.all([apply(), apply()]);
    await finished(first);
    // The world has moved, by this very batch: the answer is the batch all the same.
    const third = await apply();
    expect([first, second, third].map((answer) => [answer.status, textIn(answer, "id")])).toEqual(
      [first, second, third].map(() => [202, textIn(first, "id")]),
    );
    expect(third.body).toMatchObject({ state: "Finished", counts: { connected: 2 } });
    expect(await auditOf(larkspur.tenantId)).toEqual(["connection.create", "tenant.add", "tenant.register"]);
    const other = await world.send("POST", `${CSP}/resellers/${nordlicht}/onboarding/apply`, {
      ...{ body: { cspCustomerIds: [spedition.tenantId], planHash }, key: "onboard-once" },
    });
    expectProblem(other, 422, "idempotencyKeyReused");
  });

  test("what has changed since the plan is not done unseen: the new plan is shown (planStale)", async () => {
    const body = { cspCustomerIds: [larkspur.tenantId, spedition.tenantId] };
    const planHash = textIn(await planned(world, nordlicht, { cspCustomerIds: [spedition.tenantId] }), "planHash");
    const apply = (hash: string): Promise<Answer> =>
      world.send("POST", `${CSP}/resellers/${nordlicht}/onboarding/apply`, { body: { ...body, planHash: hash } });
    const stale = await apply(planHash);
    expectProblem(stale, 409, "planStale");
    const { plan } = stale.body as { plan: { planHash: string; items: Item[] } };
    expect(plan.items.map(({ outcome }) => outcome)).toEqual(["alreadyConnected", "connect"]);
    const done = await finished(await apply(plan.planHash));
    expect(done.body).toMatchObject({ counts: { total: 2, connected: 1, alreadyConnected: 1 } });
  });

  test("start and end of a batch are in the log, with the counts and who asked", async () => {
    const entries = (await rowsOf(world, "state")).filter(
      ({ partitionKey, rowKey = "" }) => partitionKey === "msp" && rowKey.startsWith("audit_"),
    );
    const of = (action: string): Record<string, unknown>[] =>
      entries
        .map(({ body0 }) => JSON.parse(String(body0)) as Record<string, unknown>)
        .filter((entry) => entry["action"] === action);
    expect(of("onboarding.start")).toHaveLength(of("onboarding.finish").length);
    expect(of("onboarding.finish")[0]).toMatchObject({
      ...{ resellerId: nordlicht, actor: { kind: "user", name: textLike(/^admin@/) } },
      after: { customers: 2, connected: 1, alreadyConnected: 1, failed: 0 },
    });
    expect(of("connection.create")).toMatchObject([{ result: "failure", errorCode: "customerNotFound" }]);
  });

  test("a batch is found under its own reseller only, by whoever started it or may see everything", async () => {
    const started = await onboard(world, nordlicht, { cspCustomerIds: [mueller.tenantId] });
    const id = textIn(started, "id");
    expectProblem(await world.send("GET", `${CSP}/resellers/${northgate}/onboarding/${id}`), 404, "notFound");
    const address = `${CSP}/resellers/${nordlicht}/onboarding/${id}`;
    expectProblem(await world.send("GET", address, { as: "operator" }), 404, "notFound");
    await finished(started);
  });
});

describe("an onboarding that cannot begin (C67)", () => {
  const asks = (id = nordlicht): (() => Promise<Answer>)[] => {
    const body = { cspCustomerIds: [mueller.tenantId] };
    const apply = { body: { ...body, planHash: "of-no-plan" } };
    return [
      () => world.send("POST", `${CSP}/resellers/${id}/onboarding/plan`, { body }),
      () => world.send("POST", `${CSP}/resellers/${id}/onboarding/apply`, apply),
    ];
  };

  test("a reseller that nobody knows is not found", async () => {
    for (const ask of asks("7ybqxpym18gw9d3atgs6tbch4z")) expectProblem(await ask(), 404, "notFound");
  });

  test("a refusal of Partner Center nobody foresaw is named with its code (upstreamError)", async () => {
    await fault({ kind: "errorBefore", route: "listCustomers", status: 400, code: "812345", count: 2 });
    for (const ask of asks()) expectProblem(await ask(), 502, "upstreamError");
  });

  test("a token without MFA is refused by Partner Center (mfaRequired)", async () => {
    for (const ask of asks()) {
      await fault({ kind: "errorBefore", route: "listCustomers", status: 401, code: "900421" });
      expectProblem(await ask(), 409, "mfaRequired");
      // Whom Microsoft refused once is not used again before somebody signs in.
      expectProblem(await ask(), 409, "resellerNotAuthorized");
      await authorizeReseller(world, nordlicht, { reauthorize: true });
    }
  });

  test("a throttle says how long to wait (upstreamThrottled)", async () => {
    await fault({ kind: "throttle", route: "listCustomers", seconds: 40 });
    for (const ask of asks()) {
      const answer = await ask();
      expectProblem(answer, 503, "upstreamThrottled");
      expect(answer.headers.get("retry-after")).toBe("40");
    }
    await world.platform.advance(41_000);
  });

  test("a reseller that was never authorised cannot be used (resellerNotAuthorized)", async () => {
    const fresh = await startWorld();
    try {
      const id = await addReseller(fresh, "northgate");
      const body = { cspCustomerIds: [pennine.tenantId] };
      const path = `${CSP}/resellers/${id}/onboarding`;
      expectProblem(await fresh.send("POST", `${path}/plan`, { body }), 409, "resellerNotAuthorized");
      const applied = await fresh.send("POST", `${path}/apply`, { body: { ...body, planHash: "of-no-plan" } });
      expectProblem(applied, 409, "resellerNotAuthorized");
    } finally {
      await fresh.close();
    }
  });
});
