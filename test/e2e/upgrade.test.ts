import { odata, TableClient } from "@azure/data-tables";
import { accessTokenOf } from "../../local/demo/access-token";
import { startHostProcess, type HostProcess } from "../../local/functions-host/host-process";
import { mspTenant } from "../../local/presets/tenants";
import type { MessageView } from "../../local/service-bus/inspection";
import { effectiveWrites, expectEachDoneOnce, submitRounds } from "./each-done-once";
import { buildReleases, type Release, type Releases } from "./releases";
import { startSystem, until, type RunningSystem } from "./running-system";

/*
 * A release takes another's place while work is in flight, and is taken back: kill -9 of the host, the other release put
 * where it was, on the same tables, queues and Partner Center. What counts is what the simulator's own books say.
 */
jest.setTimeout(240_000);

const MINUTE = 60_000;

let releases: Releases;
let system: RunningSystem;
let second: HostProcess | undefined;
beforeAll(() => {
  releases = buildReleases(["this", "additive", "exclusive"]);
});
afterAll(() => releases.remove());
beforeEach(async () => {
  releases.install("this");
  system = await startSystem({ packageDir: releases.installed });
});
afterEach(async () => {
  await second?.close();
  second = undefined;
  await system.close();
});

/** Nothing of the running release is asked whether it suits: it is gone in the middle of what it does. */
async function replaceBy(release: Release): Promise<void> {
  await system.platform.host?.kill();
  releases.install(release);
}

/**
 * Waits until `holds`, or until no message is ready or being handled; on a busy machine as well, a moved clock then takes no
 * lock away. What a killed host has locked is given up waiting for.
 */
async function untilCalm(holds: () => boolean, patienceMs: number): Promise<void> {
  const isCalm = (): boolean => system.platform.serviceBus.peek("changes").every(({ state }) => state === "scheduled");
  const deadline = Date.now() + patienceMs;
  while (!holds() && !isCalm() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
}

interface StoredRow {
  rowKey: string;
  etag: string;
  schemaVersion: number;
  readableFrom: number;
  body0: string;
}

/** Rows of the tenant as they are stored, whichever release wrote them. */
async function rowsWith(prefix: string): Promise<StoredRow[]> {
  const { platform, tenantId } = system;
  const table = TableClient.fromConnectionString(platform.tables.connectionString, "state", {
    allowInsecureConnection: true,
  });
  const queryOptions = { filter: odata`PartitionKey eq ${`tenant_${tenantId}`}` };
  const rows: StoredRow[] = [];
  for await (const row of table.listEntities<StoredRow>({ queryOptions })) {
    if (row.rowKey.startsWith(prefix)) rows.push(row);
  }
  return rows;
}

interface ChangeBody {
  costCentre?: string;
  state: string;
  steps: { attempts: { region?: string; state: string }[] }[];
}
const bodyOf = ({ body0 }: StoredRow): ChangeBody => JSON.parse(body0) as ChangeBody;

function isForNext(body: unknown): boolean {
  return (body as { readableFrom?: number }).readableFrom === 2;
}

async function askFor(apiUrl: string, address: string): Promise<{ status: number; headers: Headers; body: unknown }> {
  const token = await accessTokenOf(system.platform.entra.url, `admin@${mspTenant.domain}`);
  const response = await fetch(`${apiUrl}/api/v1/csp/tenants/${system.tenantId}${address}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function dataVersionAt(apiUrl: string): Promise<unknown> {
  const response = await fetch(`${apiUrl}/api/openapi.json`);
  return ((await response.json()) as { info: Record<string, unknown> }).info["x-data-version"];
}

test("20 changes in flight, the next release comes midway and is taken back: each is done exactly once, and its fields stay", async () => {
  const { faults } = system.platform.simulator.simulation;
  const pass = (skip: number) => faults.add({ kind: "holdBefore", route: "writes", skip, count: null });

  const firstPart = pass(4);
  const submitted = await submitRounds(system, 4);
  await until(() => firstPart.holding >= 2, "this release has done four changes, and others are on their way");
  await replaceBy("additive");
  // Microsoft carries out what was on its way, and nobody hears of it.
  faults.clear(firstPart.id);
  const secondPart = pass(3);
  await system.platform.host?.restart();
  expect(await dataVersionAt(system.platform.apiUrl)).toBe(2);
  for (let minute = 0; secondPart.holding < 2 && minute < 30; minute++) {
    await system.platform.advance(MINUTE);
    await untilCalm(() => secondPart.holding >= 2, 10_000);
  }
  expect(secondPart.holding).toBeGreaterThanOrEqual(2);
  await replaceBy("this");
  // Read now that nobody writes: another change could be begun at the last moment.
  const atRollBack = await rowsWith("change_");
  faults.clear(secondPart.id);
  await system.platform.host?.restart();
  expect(await dataVersionAt(system.platform.apiUrl)).toBe(1);

  await expectEachDoneOnce(system, submitted);

  // What the next release had begun, this one has ended, and left it the fields that only that one knows.
  const begun = atRollBack.filter((row) => row.schemaVersion === 2 && bodyOf(row).state !== "Completed");
  expect(begun.length).toBeGreaterThanOrEqual(2);
  const ended = new Map((await rowsWith("change_")).map((row) => [row.rowKey, row]));
  for (const { rowKey } of begun) {
    const row = ended.get(rowKey);
    expect(row).toMatchObject({ schemaVersion: 1, readableFrom: 1 });
    expect(row && bodyOf(row)).toMatchObject({ state: "Completed", costCentre: "4711" });
  }
  const begunAttempts = begun.flatMap((row) => bodyOf(row).steps.flatMap(({ attempts }) => attempts));
  const keptAttempts = begun.flatMap((row) => {
    const now = ended.get(row.rowKey);
    return now
      ? bodyOf(now).steps.flatMap(({ attempts }) => attempts.filter(({ region }) => region !== undefined))
      : [];
  });
  expect(begunAttempts.filter(({ region }) => region === "westeurope").length).toBeGreaterThanOrEqual(2);
  expect(keptAttempts.length).toBe(begunAttempts.filter(({ region }) => region !== undefined).length);
  const lanes = (await rowsWith("lane_")).map(({ body0 }) => JSON.parse(body0) as { tier?: number });
  expect(lanes.filter(({ tier }) => tier === 7).length).toBeGreaterThanOrEqual(1);
});

test("what the next release keeps to itself is untouched after the roll-back, said so, and ended by it when it is back", async () => {
  const { faults } = system.platform.simulator.simulation;
  const [one = "", two = "", ...others] = (await system.buyable()).slice(0, 5);
  expect(others).toHaveLength(3);
  const ids = await system.addSeats(others, 2);
  await system.settle(30);

  await replaceBy("exclusive");
  await system.platform.host?.restart();
  const holds = [one, two].map((subscriptionId) =>
    faults.add({ kind: "holdBefore", route: "writes", count: null, subscriptionId }),
  );
  const own = await system.addSeats([one, two], 3);
  await until(() => holds.every(({ holding }) => holding === 1), "the next release has begun with both subscriptions");
  await replaceBy("this");
  for (const { id } of holds) faults.clear(id);
  const before = (await rowsWith("change_")).filter(({ readableFrom }) => readableFrom === 2);
  expect(before.map(({ rowKey }) => rowKey).sort()).toEqual(own.map((id) => `change_${id}`).sort());
  await system.platform.host?.restart();

  // The rest goes on, and waits for none of them.
  const later = await system.addSeats(others, 2);
  const changes = await system.settle(30);
  expect(changes.map(({ id }) => id).sort()).toEqual([...ids, ...later].sort());
  expect(changes.filter(({ state }) => state !== "Completed")).toEqual([]);
  // A new change of the same subscription is taken in, and waits for its turn.
  const [waiting = ""] = await system.addSeats([one], 1);
  await system.platform.advance(30 * MINUTE);
  expect((await system.changes()).find(({ id }) => id === waiting)).toMatchObject({ state: "PendingPurchase" });

  // Their messages come back again and again, as they were written; none is given up.
  const left = (): MessageView[] => system.platform.serviceBus.peek("changes").filter(({ body }) => isForNext(body));
  const isPutOff = ({ messageId, state }: MessageView): boolean => /\^\d+$/.test(messageId) && state === "scheduled";
  await until(() => left().length >= 2 && left().every(isPutOff), "this release has put off what is not for it");
  const asWritten = { version: 2, readableFrom: 2, sentBy: "next" };
  for (const message of left()) {
    expect(message.body).toMatchObject(asWritten);
    expect(message.sessionId).toContain(system.tenantId);
  }
  expect(system.platform.serviceBus.counts("changes")).toMatchObject({ deadLetter: 0 });

  const list = await askFor(system.platform.apiUrl, "/changes?$top=200");
  expect(list).toMatchObject({ status: 200, body: { notShown: own.length } });
  const alone = await askFor(system.platform.apiUrl, `/changes/${own[0] ?? ""}`);
  expect(alone).toMatchObject({ status: 503, body: { code: "newerVersion" } });
  expect(alone.headers.get("retry-after")).toBe("60");
  expect((await rowsWith("change_")).filter(({ readableFrom }) => readableFrom === 2)).toEqual(before);

  await replaceBy("exclusive");
  await system.platform.host?.restart();
  const all = [...ids, ...own, ...later, waiting];
  const settled = await system.settle(120);
  expect(settled.map(({ id, state }) => `${id} ${state}`).sort()).toEqual(all.map((id) => `${id} Completed`).sort());
  const writes = effectiveWrites(system);
  expect(writes.map(({ effects }) => effects.map(({ delta }) => delta))).toEqual(all.map(() => [1]));
  const owners = writes.map(
    ({ requestId }) => settled.find(({ attempts }) => attempts.some((attempt) => attempt.requestId === requestId))?.id,
  );
  expect(new Set(owners)).toEqual(new Set(all));
});

test.each(["additive", "exclusive"] as const)(
  "both releases at work on the same tables and queues, as in a rolling update (%s): each change is done exactly once",
  async (release) => {
    const { platform } = system;
    second = await startHostProcess({
      ...{ appDir: releases.folderOf(release), env: platform.settings, clock: platform.clock },
      onLine: () => undefined,
    });
    expect([await dataVersionAt(platform.apiUrl), await dataVersionAt(second.url)]).toEqual([1, 2]);
    const submitted = await submitRounds(system, 4);
    const isGoodPartDone = (): boolean => effectiveWrites(system).length >= 12;
    await untilCalm(isGoodPartDone, 20_000);
    for (let minute = 0; !isGoodPartDone() && minute < 30; minute++) {
      await platform.advance(MINUTE);
      await second.setClock(platform.clock.offsetMs);
      await untilCalm(isGoodPartDone, 20_000);
    }
    expect(effectiveWrites(system).length).toBeGreaterThanOrEqual(12);
    // The last step of a rolling update: of the older one nothing is left.
    await replaceBy(release);
    await platform.host?.restart();
    await second.close();
    await expectEachDoneOnce(system, submitted);
    const writers = new Set((await rowsWith("audit_")).map(({ schemaVersion }) => schemaVersion));
    expect(writers).toEqual(new Set([1, 2]));
  },
);
