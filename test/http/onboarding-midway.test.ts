import { customerTenants, resellerTenants } from "../../local/presets/tenants";
import { anyText } from "./matchers";
import { eventually, startWorld, type World } from "./platform-fixture";
import { authorizedReseller, authorizeReseller, onboard } from "./steps";
import type { Answer } from "./wire";

const { mueller, baeckerei, kanzlei, klinik, schule, spedition, larkspur, larkspurCare } = customerTenants;

/** The plan and the check before applying read the list of customers too: a fault for the batch lets these two pass. */
const FIRST_SLICE = { route: "listCustomers", skip: 2 };

let world: World;
let resellerId: string;
beforeAll(async () => {
  world = await startWorld();
  resellerId = await authorizedReseller(world);
});
afterAll(() => world.close());

interface Batch {
  state: string;
  isFinal: boolean;
  items: { outcome: string; code?: string }[];
  [field: string]: unknown;
}

const simulator = (method: string, path: string, body?: unknown): Promise<unknown> =>
  world.control("simulator", method, path, body);

async function started(tenants: readonly { tenantId: string }[]): Promise<() => Promise<Batch>> {
  const answer = await onboard(world, resellerId, { cspCustomerIds: tenants.map(({ tenantId }) => tenantId) });
  const address = answer.headers.get("operation-location") ?? "";
  return async () => (await world.send("GET", address)).body as Batch;
}

const outcomes = ({ items }: Batch): string[] => items.map(({ outcome, code }) => code ?? outcome);

describe("while an onboarding runs (C67)", () => {
  test("a customer leaves the reseller: that item is answered so, the others are connected", async () => {
    const { id } = (await simulator("POST", "/faults", { kind: "holdBefore", ...FIRST_SLICE })) as { id: string };
    const batch = await started([mueller, baeckerei]);
    await eventually(
      () => simulator("GET", "/faults") as Promise<{ faults: { holding: number }[] }>,
      ({ faults }) => faults.some(({ holding }) => holding > 0),
    );
    expect(await batch()).toMatchObject({ state: "Running", counts: { total: 2, pending: 2 } });
    const gone = { relationships: { [resellerTenants.nordlicht.tenantId]: "none" } };
    await simulator("PATCH", `/customers/${baeckerei.tenantId}`, gone);
    await simulator("POST", `/faults/${id}/release`);
    const done = await eventually(batch, ({ isFinal }) => isFinal);
    expect(outcomes(done)).toEqual(["connected", "customerNotFound"]);
    expect((await world.send("GET", `/api/v1/csp/tenants/${baeckerei.tenantId}`)).status).toBe(404);
  });

  test("Partner Center throttles: the batch waits so long, says so, and goes on by itself", async () => {
    await simulator("POST", "/faults", { kind: "throttle", seconds: 40, ...FIRST_SLICE });
    const batch = await started([kanzlei, klinik]);
    const waiting = await eventually(batch, ({ state }) => state === "Waiting");
    expect(waiting).toMatchObject({ isFinal: false, parkedReason: "throttled", dueAt: anyText });
    expect(outcomes(waiting)).toEqual(["pending", "pending"]);
    await world.platform.advance(41_000);
    const done = await eventually(batch, ({ isFinal }) => isFinal);
    expect(outcomes(done)).toEqual(["connected", "connected"]);
    expect(done).not.toHaveProperty("parkedReason");
  });

  test("the reseller's sign-in is refused: the batch waits until it is authorised again, and goes on by itself", async () => {
    // The token is refreshed once, and refused again.
    await simulator("POST", "/faults", { kind: "errorBefore", status: 401, code: "800001", count: 2, ...FIRST_SLICE });
    const batch = await started([schule, spedition]);
    const waiting = await eventually(batch, ({ state }) => state === "Waiting");
    expect(waiting).toMatchObject({ parkedReason: "resellerNotAuthorized", dueAt: anyText });
    await world.platform.advance(11 * 60_000);
    expect(outcomes(await batch())).toEqual(["pending", "pending"]);
    await authorizeReseller(world, resellerId, { reauthorize: true });
    await world.platform.advance(11 * 60_000);
    const done = await eventually(batch, ({ isFinal }) => isFinal);
    expect(outcomes(done)).toEqual(["connected", "connected"]);
  });

  test("the host is killed: another one goes on where it was, and no tenant is connected twice", async () => {
    const hold = (await simulator("POST", "/faults", { kind: "holdBefore", ...FIRST_SLICE })) as { id: string };
    const batch = await started([larkspur, larkspurCare]);
    await eventually(
      () => simulator("GET", "/faults") as Promise<{ faults: { holding: number }[] }>,
      ({ faults }) => faults.some(({ holding }) => holding > 0),
    );
    await world.platform.host?.kill();
    await simulator("DELETE", `/faults/${hold.id}`);
    await world.platform.host?.restart();
    expect(outcomes(await batch())).toEqual(["pending", "pending"]);
    // The dead host's message comes back when its lock ends.
    await world.platform.advance(61_000);
    expect(outcomes(await eventually(batch, ({ isFinal }) => isFinal))).toEqual(["connected", "connected"]);
    for (const { tenantId } of [larkspur, larkspurCare]) {
      const log: Answer = await world.send(
        "GET",
        `/api/v1/csp/tenants/${tenantId}/audit-logs?action=connection.create`,
      );
      expect((log.body as { value: unknown[] }).value).toHaveLength(1);
    }
  });
});
