import { customerTenants } from "../../local/presets/tenants";
import { anyText, textLike } from "./matchers";
import { editRow, eventually, expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import { authorizedReseller, buySeats, connectedTenant, subscription } from "./steps";
import { itemsIn, type Answer } from "./wire";

const { mueller } = customerTenants;
const TENANT = `/api/v1/csp/tenants/${mueller.tenantId}`;
const PARTITION = `tenant_${mueller.tenantId}`;
const add = (number: number): Record<string, unknown> => ({ subscriptionId: subscription(number), delta: 1 });

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await connectedTenant(world, await authorizedReseller(world), "mueller");
});
afterAll(() => world.close());
afterEach(() => world.control("simulator", "DELETE", "/faults"));

const get = (id: string): Promise<Answer> => world.send("GET", `${TENANT}/changes/${id}`);
const stateOf = ({ body }: Answer): unknown => (body as { state: unknown }).state;
const act = (id: string, action: string, body?: Record<string, unknown>, headers = {}): Promise<Answer> =>
  world.send("POST", `${TENANT}/changes/${id}/${action}`, { ...(body ? { body } : {}), headers });
const fault = (body: Record<string, unknown>): Promise<unknown> =>
  world.control("simulator", "POST", "/faults", { route: "patchSubscription", ...body });
const writesTo = async (number: number): Promise<unknown[]> => {
  const address = `/books?subscriptionId=${subscription(number)}&effective=true`;
  return ((await world.control("simulator", "GET", address)) as { entries: unknown[] }).entries;
};
const recorded = async (action: string): Promise<Record<string, unknown>[]> =>
  itemsIn(await world.send("GET", `${TENANT}/audit-logs?action=${action}`));

/** A change that Microsoft refused. */
async function failedChange(number: number): Promise<string> {
  await fault({ kind: "errorBefore", status: 400, code: "800061" });
  const [id = ""] = (await buySeats(world, mueller.tenantId, [add(number)], 15)).changeIds;
  expect(stateOf(await get(id))).toBe("PurchaseFailed");
  return id;
}

/** A change whose answer was lost, as it is a day later, when nobody could prove what became of it. */
async function changeInReview(number: number, kind: "dropBefore" | "dropAfter"): Promise<string> {
  await fault({ kind });
  const [id = ""] = (await buySeats(world, mueller.tenantId, [add(number)])).changeIds;
  await eventually(
    () => get(id),
    ({ body }) => (body as { attempts: { answer?: unknown }[] }).attempts[0]?.answer !== undefined,
  );
  await editRow(world, PARTITION, `change_${id}`, (change) => {
    const [step] = change["steps"] as { attempts: object[] }[];
    const sendBy = new Date(Date.now() - 24 * 3_600_000).toISOString();
    const attempts = step?.attempts.map((attempt) => ({ ...attempt, sendBy }));
    return { ...change, state: "NeedsReview", steps: [{ ...step, attempts }] };
  });
  return id;
}

const actionsOf = ({ body }: Answer): string[] =>
  (body as { allowedActions: { action: string; allowed: boolean }[] }).allowedActions.flatMap(({ action, allowed }) =>
    allowed ? [action] : [],
  );

describe("a change in review (C69)", () => {
  test("applied: it ends by the operator's word, which stands where the proof would", async () => {
    const id = await changeInReview(4, "dropAfter");
    expect(actionsOf(await get(id))).toEqual(["resolve", "lookAgain"]);
    const answer = await act(id, "resolve", { outcome: "applied", reason: "Order 123 shows it" });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("operation-location")).toBe(`${world.platform.apiUrl}${TENANT}/changes/${id}`);
    expect(answer.body).toMatchObject({
      ...{ state: "Completed", isFinal: true, steps: [{ kind: "write", state: "done" }] },
      attempts: [
        { state: "applied", proof: { by: "operator", reference: textLike(/^admin@.*: Order 123 shows it$/) } },
      ],
    });
    expect(actionsOf(answer)).toEqual([]);
    expect(await writesTo(4)).toHaveLength(1);
    expect((await recorded("change.resolve"))[0]).toMatchObject({
      ...{ changeId: id, reason: "Order 123 shows it", result: "success" },
      ...{ before: { state: "NeedsReview" }, after: { state: "Completed" } },
    });
  });

  test("notApplied: it is tried again, and whoever waits learns how that ended", async () => {
    const id = await changeInReview(5, "dropBefore");
    const body = { outcome: "notApplied", reason: "No order, no seats" };
    const answer = await act(id, "resolve", body, { prefer: "wait=15" });
    expect([answer.status, stateOf(answer), answer.headers.get("preference-applied")]).toEqual([
      202,
      "Completed",
      "wait=15",
    ]);
    expect(answer.body).toMatchObject({ attempts: [{ state: "notApplied" }, { state: "applied" }] });
    expect(await writesTo(5)).toHaveLength(1);
  });

  test("without a reason nothing is decided (reasonRequired)", async () => {
    const id = await changeInReview(6, "dropAfter");
    for (const body of [{ outcome: "applied" }, { outcome: "applied", reason: "   " }]) {
      const refused = await act(id, "resolve", body);
      expectProblem(refused, 400, "reasonRequired");
      expect(pointersOf(refused)).toEqual(["/body/reason"]);
    }
    expectProblem(await act(id, "resolve", { outcome: "perhaps", reason: "?" }), 400, "validation");
    expect(stateOf(await get(id))).toBe("NeedsReview");
    expect((await act(id, "resolve", { outcome: "applied", reason: "The order shows it" })).status).toBe(202);
  });

  test("looking again finds the record that came late, and sends nothing", async () => {
    const id = await changeInReview(7, "dropAfter");
    await world.platform.advance(30 * 60_000);
    const answer = await act(id, "look-again", {}, { prefer: "wait=15" });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ state: "Completed", attempts: [{ proof: { by: "auditRecord" } }] });
    expect(await writesTo(7)).toHaveLength(1);
    expect(await recorded("change.lookAgain")).toHaveLength(1);
  });

  test("while the write may still be on the wire nobody decides, and the answer says how long (writeInFlight)", async () => {
    const id = await changeInReview(6, "dropAfter");
    await editRow(world, PARTITION, `change_${id}`, (change) => {
      const [step] = change["steps"] as { attempts: object[] }[];
      const sendBy = world.platform.clock.now().toISOString();
      return { ...change, steps: [{ ...step, attempts: step?.attempts.map((attempt) => ({ ...attempt, sendBy })) }] };
    });
    const refused = await act(id, "resolve", { outcome: "notApplied", reason: "I looked" });
    expectProblem(refused, 409, "writeInFlight");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(60);
  });

  test("a change that nobody has to decide about is refused (notInReview)", async () => {
    const id = await failedChange(4);
    expectProblem(await act(id, "resolve", { outcome: "applied", reason: "I looked" }), 409, "notInReview");
    expectProblem(await act(id, "look-again"), 409, "notInReview");
  });
});

describe("a change that waits or has failed (C70)", () => {
  test("a failed change is given up, once, with the reason in its story", async () => {
    const id = await failedChange(4);
    expect(actionsOf(await get(id))).toEqual(["cancel", "retry"]);
    const answer = await act(id, "cancel", { reason: "Not needed any more" });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ state: "Cancelled", isFinal: true, outcome: { code: "cancelled" } });
    const { timeline } = answer.body as { timeline: { event: string; detail: string }[] };
    expect(timeline.map(({ event }) => event)).toEqual(["requested", "sent", "refused", "ended", "cancel", "ended"]);
    expect(timeline[4]?.detail).toMatch(/^by admin@.*: Not needed any more$/);
    expectProblem(await act(id, "cancel"), 409, "notPending");
    expectProblem(await act(id, "retry"), 409, "wrongState");
    expect((await recorded("change.cancel"))[0]).toMatchObject({ changeId: id, reason: "Not needed any more" });
  });

  test("a change that is being carried out cannot be given up (notPending)", async () => {
    await fault({ kind: "holdBefore" });
    const [id = ""] = (await buySeats(world, mueller.tenantId, [add(5)])).changeIds;
    await eventually(
      () => get(id),
      (answer) => stateOf(answer) === "Purchasing",
    );
    expectProblem(await act(id, "cancel"), 409, "notPending");
    await world.control("simulator", "DELETE", "/faults");
    await eventually(
      () => get(id),
      (answer) => stateOf(answer) === "Completed",
    );
  });

  test("a failed change is taken up again, and bought once", async () => {
    const before = await writesTo(4);
    const id = await failedChange(4);
    const answer = await act(id, "retry", { reason: "The window is open again" }, { prefer: "wait=15" });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(answer.body).toMatchObject({ state: "Completed", outcome: { code: "applied", message: anyText } });
    expect(await writesTo(4)).toHaveLength(before.length + 1);
    expect((await recorded("change.retry"))[0]).toMatchObject({ changeId: id, before: { state: "PurchaseFailed" } });
  });

  test("only a failed change can be taken up again (wrongState)", async () => {
    const [id = ""] = (await buySeats(world, mueller.tenantId, [add(4)], 15)).changeIds;
    expectProblem(await act(id, "retry"), 409, "wrongState");
  });

  test("a tenant whose connection is going, or is gone, takes nothing up again", async () => {
    const id = await failedChange(4);
    const connection = async (value: "Connected" | "Disconnecting"): Promise<void> =>
      editRow(world, PARTITION, "head", (head) => ({ ...head, connection: value }));
    await connection("Disconnecting");
    expectProblem(await act(id, "retry"), 409, "operationInProgress");
    await connection("Connected");
    await editRow(world, PARTITION, "tenant", (tenant) => ({ ...tenant, inModule: false }));
    expectProblem(await act(id, "retry"), 409, "tenantNotConnected");
    await editRow(world, PARTITION, "tenant", (tenant) => ({ ...tenant, inModule: true }));
  });

  test("a tenant with too many open changes takes no more up (tooManyOpenChanges)", async () => {
    const id = await failedChange(4);
    const open = Array.from({ length: 500 }, (_, i) => String(i).padStart(26, "0"));
    await editRow(world, PARTITION, "head", (head) => ({ ...head, openChanges: open }));
    expectProblem(await act(id, "retry"), 409, "tooManyOpenChanges");
    await editRow(world, PARTITION, "head", (head) => ({ ...head, openChanges: [] }));
  });
});

describe("the changes of a tenant (C68)", () => {
  test("they are chosen by kind and by subscription", async () => {
    const list = async (query: string): Promise<unknown[]> =>
      itemsIn(await world.send("GET", `${TENANT}/changes?${query}`)).map(({ subscriptionId }) => subscriptionId);
    expect(new Set(await list(`subscriptionId=${subscription(4)}`))).toEqual(new Set([subscription(4)]));
    expect((await list("kind=quantity")).length).toBeGreaterThan(3);
    const refused = await world.send("GET", `${TENANT}/changes?kind=colour&subscriptionId=4`);
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused).sort()).toEqual(["/query/kind", "/query/subscriptionId"]);
  });
});
