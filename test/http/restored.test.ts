import { TableClient } from "@azure/data-tables";
import { customerTenants } from "../../local/presets/tenants";
import { toEntity } from "../../shared/storage/row-codec";
import { editRow, expectProblem, startWorld, type World } from "./platform-fixture";
import { authorizedReseller, buySeats, connectedTenant, subscription } from "./steps";
import type { Answer } from "./wire";

/** What people meet in an installation that was restored; how it is restored, `restore` of the e2e tests shows. */
const { mueller } = customerTenants;
const SETTING = "/api/v1/csp/settings/write-mode";
const TENANT = `/api/v1/csp/tenants/${mueller.tenantId}`;
const PARTITION = `tenant_${mueller.tenantId}`;
const AT = "2026-01-02T03:04:05.678Z";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await connectedTenant(world, await authorizedReseller(world), "mueller");
});
afterAll(() => world.close());

const put = async (path: string, mode: string): Promise<Answer> => {
  const headers = { "if-match": (await world.send("GET", path)).headers.get("etag") ?? "" };
  return world.send("PUT", path, { body: { mode }, headers });
};
const act = (id: string, action: string, body?: Record<string, unknown>): Promise<Answer> =>
  world.send("POST", `${TENANT}/changes/${id}/${action}`, body ? { body } : {});
const writes = async (): Promise<number> =>
  ((await world.control("simulator", "GET", "/books?effective=true")) as { entries: unknown[] }).entries.length;

/** A change that Microsoft refused, and that a reconciliation could not prove, in this state. */
async function heldChange(number: number, state: "PurchaseFailed" | "NeedsReview"): Promise<string> {
  await world.control("simulator", "POST", "/faults", {
    ...{ kind: "errorBefore", route: "patchSubscription", status: 400, code: "800061" },
  });
  const asked = [{ subscriptionId: subscription(number), delta: 1 }];
  const [id = ""] = (await buySeats(world, mueller.tenantId, asked, 15)).changeIds;
  const recovery = { backup: "yesterday", restoredAt: AT, at: AT, became: "held" };
  await editRow(world, PARTITION, `change_${id}`, (value) => ({ ...value, state, recovery }));
  return id;
}

test("until a restored installation is reconciled nobody switches writes on (reconcileRequired); off is possible", async () => {
  const table = TableClient.fromConnectionString(world.platform.tables.connectionString, "state", {
    allowInsecureConnection: true,
  });
  const recovery = { backup: "yesterday", takenAt: AT, restoredAt: AT, state: "reconciling" };
  await table.createEntity(toEntity("msp", "setting_recovery", recovery));
  expect((await put(SETTING, "off")).status).toBe(200);
  for (const mode of ["on", "listed"]) expectProblem(await put(SETTING, mode), 409, "reconcileRequired");
  expectProblem(await put(`${TENANT}/write-mode`, "on"), 409, "reconcileRequired");
  expect((await world.send("GET", SETTING)).body).toMatchObject({ mode: "off" });
  await editRow(world, "msp", "setting_recovery", (value) => ({ ...value, state: "done" }));
  expect((await put(SETTING, "on")).status).toBe(200);
});

test("a failed change that nobody could prove is not taken up again (reconcileRequired)", async () => {
  const id = await heldChange(4, "PurchaseFailed");
  const before = await writes();
  expectProblem(await act(id, "retry"), 409, "reconcileRequired");
  const { body } = await world.send("GET", `${TENANT}/changes/${id}`);
  expect(body).toMatchObject({ state: "PurchaseFailed" });
  expect(await writes()).toBe(before);
});

test("looking again is no proof for one that a restore brought back (reconcileRequired); a person's word is", async () => {
  const id = await heldChange(5, "NeedsReview");
  expectProblem(await act(id, "look-again"), 409, "reconcileRequired");
  expect((await act(id, "resolve", { outcome: "applied", reason: "Seen in Partner Center." })).status).toBe(202);
  const { body } = await world.send("GET", `${TENANT}/changes/${id}`);
  expect(body).toMatchObject({ state: "Completed" });
});
