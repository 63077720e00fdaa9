import { parseSchedule } from "../../local/functions-host/schedule";
import { getOfTenant, postOneSeat, waitUntilCompleted } from "../api-calls";
import { functionLines, startBenchSystem, tableOf, type BenchSystem } from "../bench-system";
import type { Measured, Use } from "./monthly-cost";
import { createUseMeter, type UseMeter } from "./use-meter";

const DAY_MS = 86_400_000;
const SWEEPER = "sweepWork";
const SYNC = "syncTenants";
/** After the comparison with Microsoft's record, and the reading anew. */
const AFTERMATH_MS = 16 * 60_000;
/** The syncs of a day are spread over three hours. */
const SPREAD_MS = 3 * 3_600_000;
/** Repetitions of what differs from time to time; the mean counts. */
const TIMES = 5;
/** Right after a minute has begun no timer of ours falls due by itself. */
const MINUTE_MS = 60_000;

/** What each activity uses on the running system, with the demo's tenants. */
export async function measureUse(now: Date): Promise<Measured> {
  const meter = createUseMeter();
  const byPeople = await withSystem(meter, [], async (system) => ({
    visit: await mean(TIMES, () => measureVisit(system, meter)),
    change: await mean(TIMES, () => measureChange(system, meter)),
    bytesPerTenant: await bytesOfTenant(system),
  }));
  const sync = await withSystem(meter, [SYNC], (system) => measureSync(system, meter));
  const timers = await withSystem(meter, "all", (system) => measureTimers(system, meter));
  const { bytesPerTenant, ...use } = { ...byPeople, ...timers, sync };
  return { on: now.toISOString().slice(0, 10), use, bytesPerTenant };
}

/** Runs the platform for a part of the measurement, with these timers on. */
async function withSystem<T>(
  meter: UseMeter,
  timers: readonly string[] | "all",
  measure: (system: BenchSystem) => Promise<T>,
): Promise<T> {
  const system = await startBenchSystem({ onHostLine: meter.onHostLine, timers });
  try {
    meter.kinds = new Map((await functionLines(system)).map(({ name, kind }) => [name, kind]));
    // What the demo data left to be done is not what is measured.
    await system.platform.advance(AFTERMATH_MS);
    return await measure(system);
  } finally {
    await system.close();
  }
}

function measureVisit(system: BenchSystem, meter: UseMeter): Promise<Use> {
  const { platform, tap } = system;
  return meter.measure(platform, tap, async () => {
    for (const rest of ["", "subscriptions", "changes", "audit-logs"]) await getOfTenant(system, platform.apiUrl, rest);
  });
}

/** From the request to the last thing that follows from it; the person who asked looks three times in between. */
function measureChange(system: BenchSystem, meter: UseMeter): Promise<Use> {
  const { platform, tap } = system;
  return meter.measure(platform, tap, async () => {
    const changeId = await postOneSeat(system, platform.apiUrl);
    await waitUntilCompleted(system, changeId);
    for (let look = 0; look < 2; look++) await getOfTenant(system, platform.apiUrl, `changes/${changeId}`);
    await platform.advance(AFTERMATH_MS);
  });
}

/** The round of the daily sync has all tenants; what it uses is told for one. */
async function measureSync({ platform, tap }: BenchSystem, meter: UseMeter): Promise<Use> {
  const all = await meter.measure(platform, tap, async () => {
    await platform.runFunction(SYNC);
    await platform.advance(SPREAD_MS);
  });
  // A message for each connected tenant, and one timer for all of them.
  return scaled(all, 1 / all.messages);
}

/** Every timer beside the daily sync, run by hand and counted as often as its schedule says. */
async function measureTimers(system: BenchSystem, meter: UseMeter): Promise<Pick<Measured["use"], "sweep" | "daily">> {
  const { platform, tap } = system;
  await platform.advance(MINUTE_MS - (platform.clock.now().getTime() % MINUTE_MS) + 2_000);
  const run = (name: string): Promise<Use> => meter.measure(platform, tap, () => platform.runFunction(name));
  const sweep = await mean(TIMES, () => run(SWEEPER));
  const others: Use[] = [];
  for (const { name, kind, rest } of await functionLines(system)) {
    if (kind !== "timer" || name === SWEEPER || name === SYNC) continue;
    others.push(scaled(await run(name), runsPerDay(rest)));
  }
  return { sweep, daily: sum(others) };
}

/** How often a schedule falls due on the first of a month. */
function runsPerDay(schedule: string): number {
  const parsed = parseSchedule(schedule);
  const begin = Date.UTC(2026, 10, 1) - 1;
  let runs = 0;
  for (let at = parsed.next(begin); at <= begin + DAY_MS; at = parsed.next(at)) runs++;
  return runs;
}

async function bytesOfTenant(system: BenchSystem): Promise<number> {
  const queryOptions = { filter: `PartitionKey eq 'tenant_${system.tenantId}'` };
  let bytes = 0;
  for await (const row of tableOf(system, "state").listEntities({ queryOptions })) {
    bytes += Buffer.byteLength(JSON.stringify(row));
  }
  return bytes;
}

async function mean(count: number, measure: () => Promise<Use>): Promise<Use> {
  const all: Use[] = [];
  for (let i = 0; i < count; i++) all.push(await measure());
  return scaled(sum(all), 1 / count);
}

function sum(all: readonly Use[]): Use {
  const of = (member: keyof Use): number => all.reduce((total, use) => total + use[member], 0);
  return {
    executions: of("executions"),
    httpSeconds: of("httpSeconds"),
    backgroundSeconds: of("backgroundSeconds"),
    tableTransactions: of("tableTransactions"),
    vaultOperations: of("vaultOperations"),
    messages: of("messages"),
    logBytes: of("logBytes"),
  };
}

/** Rounded, so that a measurement that is written down stays readable. */
function scaled(use: Use, factor: number): Use {
  const of = (member: keyof Use): number => Number((use[member] * factor).toPrecision(4));
  return {
    executions: of("executions"),
    httpSeconds: of("httpSeconds"),
    backgroundSeconds: of("backgroundSeconds"),
    tableTransactions: of("tableTransactions"),
    vaultOperations: of("vaultOperations"),
    messages: of("messages"),
    logBytes: of("logBytes"),
  };
}
