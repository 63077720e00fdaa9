import { customerTenants, resellerTenants } from "../../local/presets/tenants";
import { anyText, textLike } from "./matchers";
import { eventually, expectProblem, rowsOf, runTimer, startWorld, type World } from "./platform-fixture";
import {
  addedTenant,
  addReseller,
  authorizedReseller,
  authorizeReseller,
  buySeats,
  connect,
  registeredTenant,
  subscription,
} from "./steps";
import { itemsIn, type Answer } from "./wire";

const { mueller, baeckerei, kanzlei, pennine, tidewater } = customerTenants;
const TENANTS = "/api/v1/csp/tenants";

let world: World;
let resellerId: string;
beforeAll(async () => {
  world = await startWorld();
  resellerId = await authorizedReseller(world);
  for (const key of ["mueller", "baeckerei", "pennine", "tidewater"] as const) await addedTenant(world, key);
});
afterAll(() => world.close());

const tenant = (id: string): Promise<Answer> => world.send("GET", `${TENANTS}/${id}`);
const fault = (body: Record<string, unknown>): Promise<unknown> => world.control("simulator", "POST", "/faults", body);

describe("connecting a tenant (C27)", () => {
  test("the tenant is mapped to its customer record at the reseller", async () => {
    const before = await tenant(mueller.tenantId);
    const connected = await connect(world, mueller.tenantId, resellerId);
    expect(connected.status).toBe(201);
    expect(connected.body).toEqual({
      ...{ resellerId, cspCustomerId: mueller.tenantId, connectedBy: textLike(/^admin@/) },
      connectedAt: anyText,
    });
    const after = await tenant(mueller.tenantId);
    expect(before.body).toMatchObject({ connectionState: "NotConnected" });
    expect(after.body).toMatchObject({ connectionState: "Connected", connection: connected.body });
    expect(after.headers.get("etag")).toBe(connected.headers.get("etag"));
    expect(after.headers.get("etag")).not.toBe(before.headers.get("etag"));
  });

  test("the first sync starts by itself, and keeps what Microsoft shows", async () => {
    const snapshots = async (): Promise<string[]> =>
      (await rowsOf(world, "state"))
        .filter(({ partitionKey }) => partitionKey === `tenant_${mueller.tenantId}`)
        .flatMap(({ rowKey = "" }) => (rowKey.startsWith("sub_") ? [rowKey] : []));
    expect(await eventually(snapshots, (rows) => rows.length > 0)).toHaveLength(7);
  });

  test("once a day, and after each change, what Microsoft shows is kept anew", async () => {
    const syncedAt = async (): Promise<string> => {
      const rows = await rowsOf(world, "state");
      const row = rows.find((one) => one.partitionKey === `tenant_${mueller.tenantId}` && one.rowKey === "synced");
      return JSON.stringify(row);
    };
    const first = await syncedAt();
    await buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(4), delta: 1 }], 15);
    await world.platform.clock.advance(2 * 60_000);
    await eventually(syncedAt, (found) => found !== first);

    const second = await syncedAt();
    await runTimer(world, "syncTenants");
    await world.platform.clock.advance(3 * 3_600_000);
    await eventually(syncedAt, (found) => found !== second);
  });

  test("a connected tenant is not connected again, to nobody (customerAlreadyMapped)", async () => {
    expectProblem(await connect(world, mueller.tenantId, resellerId), 409, "customerAlreadyMapped");
  });

  test("it is in the tenant's audit log, with the reseller", async () => {
    const log = await world.send("GET", `${TENANTS}/${mueller.tenantId}/audit-logs?action=connection.create`);
    expect(itemsIn(log)).toMatchObject([
      { result: "success", resellerId, after: { reseller: resellerTenants.nordlicht.name } },
    ]);
  });
});

describe("a connection that cannot be made (C27)", () => {
  test("a tenant that is known and no more is added first (tenantNotAdded)", async () => {
    await registeredTenant(world, "kanzlei");
    expectProblem(await connect(world, kanzlei.tenantId, resellerId), 409, "tenantNotAdded");
  });

  test("a reseller nobody authorised cannot be used (resellerNotAuthorized)", async () => {
    const northgate = await addReseller(world, "northgate");
    expectProblem(await connect(world, baeckerei.tenantId, northgate), 409, "resellerNotAuthorized");
  });

  test("another directory's customer record is refused: its seats would land there (customerTenantMismatch)", async () => {
    const refused = await connect(world, baeckerei.tenantId, resellerId, { cspCustomerId: mueller.tenantId });
    expectProblem(refused, 422, "customerTenantMismatch");
  });

  test("a customer of another reseller, or one who left, is none of this reseller's (customerNotFound)", async () => {
    expectProblem(await connect(world, pennine.tenantId, resellerId), 422, "customerNotFound");
    expectProblem(await connect(world, tidewater.tenantId, resellerId), 422, "customerNotFound");
  });

  test("a tenant or a reseller nobody knows is not found", async () => {
    expectProblem(await connect(world, customerTenants.harbour.tenantId, resellerId), 404, "notFound");
    expectProblem(await connect(world, baeckerei.tenantId, "7ybqxpym18gw9d3atgs6tbch4z"), 404, "notFound");
  });

  test("a refusal of Partner Center nobody foresaw is named with its code (upstreamError)", async () => {
    await fault({ kind: "errorBefore", route: "getCustomer", status: 400, code: "812345" });
    const refused = await connect(world, baeckerei.tenantId, resellerId);
    expectProblem(refused, 502, "upstreamError");
    expect(refused.body).toMatchObject({ remoteStatus: 400, remoteCode: "812345" });
  });

  test("a token without MFA is refused by Partner Center (mfaRequired)", async () => {
    await fault({ kind: "errorBefore", route: "getCustomer", status: 401, code: "900421" });
    expectProblem(await connect(world, baeckerei.tenantId, resellerId), 409, "mfaRequired");
    await authorizeReseller(world, resellerId, { reauthorize: true });
  });

  test("a throttle says how long to wait (upstreamThrottled)", async () => {
    await fault({ kind: "throttle", route: "getCustomer", seconds: 40 });
    const refused = await connect(world, baeckerei.tenantId, resellerId);
    expectProblem(refused, 503, "upstreamThrottled");
    expect(refused.headers.get("retry-after")).toBe("40");
    await world.platform.advance(41_000);
  });

  test("after all of these the tenant is as it was, and is connected when nothing is in the way", async () => {
    expect((await tenant(baeckerei.tenantId)).body).not.toHaveProperty("connection");
    expect((await connect(world, baeckerei.tenantId, resellerId)).status).toBe(201);
  });
});
