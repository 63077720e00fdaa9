import { availableParallelism, loadavg } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { copyRows, prepareRows } from "./baseline-sample";
import { REPOSITORY, startBaselineHost, startBenchSystem, startRequestHost, type BenchSystem } from "./bench-system";
import { describeCalls, minus } from "./call-counts";
import { keepCost, readMeasured, readPrices } from "./cost/cost-files";
import { costTable, useTable } from "./cost/cost-table";
import { readInstallations } from "./cost/installations";
import { measureUse } from "./cost/measure-use";
import { measureApply } from "./measure-apply";
import { measureColdStartAlone, measureColdStartInHost } from "./measure-cold-start";
import {
  measureAccept,
  measureGetOne,
  measureList,
  type RequestUrls,
  type WatchedComparison,
} from "./measure-requests";
import { makePackage, measurePackage } from "./measure-size";
import { measureNpmStart, measureSimulatorLoad } from "./measure-start";
import { residentBytes } from "./process-memory";
import { limitLine, megabytes, ratioLine, table, type Line } from "./report";

/** As decided for the product; a budget that is not met is printed as such, and fails nothing. */
const BUDGET = { request: 1.3, applied: 1.5, coldStart: 1.5, startSeconds: 60, loadSeconds: 5 };
const SCALE = 300;
/** Completed changes the tenant has, so that a page of a hundred is not all there is. */
const HISTORY = 250;

/** What a part of the bench found out: lines of the table, and the calls behind them. */
interface Findings {
  lines: Line[];
  calls: string[];
}

const PARTS: Record<string, () => Promise<Findings>> = {
  start: benchStart,
  cold: benchColdStart,
  requests: benchRequests,
  cost: benchCost,
};

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    update: { type: "boolean", default: false },
    kept: { type: "boolean", default: false },
  },
});

async function main(): Promise<void> {
  const wanted = Object.entries(PARTS).filter(([name]) => values.only === undefined || values.only === name);
  if (wanted.length === 0) throw new Error(`--only takes one of: ${Object.keys(PARTS).join(", ")}.`);
  const startedAt = performance.now();
  const busy = (loadavg()[0] ?? 0) / availableParallelism();
  const found: Findings[] = [];
  for (const [, run] of wanted) found.unshift(await run());
  const calls = found.flatMap((one) => one.calls);
  const lines = found.flatMap((one) => one.lines);
  if (lines.length > 0) console.log(`\n${table(lines)}\n`);
  if (calls.length > 0) console.log(`Calls of one repetition, seen on the wire:\n${calls.join("\n")}\n`);
  console.log(`Median (lower–upper quartile) n=repetitions, the sides taken in turn. ${since(startedAt)} in all.`);
  console.log(
    `Load of the machine before: ${busy.toFixed(1)} per core.${busy > 1 ? " That is too busy to rely on." : ""}`,
  );
}

async function benchStart(): Promise<Findings> {
  // First of all, while nothing of the simulator has run in this process.
  const load = await progress("simulator load", () => measureSimulatorLoad(SCALE));
  const start = await progress("npm start", () => measureNpmStart());
  const scaled = await progress(`npm start --scale ${SCALE}`, () => measureNpmStart("--scale", String(SCALE)));
  const loaded = `simulator: ${load.tenants} tenants, ${load.subscriptions} subscriptions loaded`;
  const lines = [
    limitLine("npm start until usable, build and demo data included", start.seconds, BUDGET.startSeconds),
    limitLine(`npm start -- --scale ${SCALE} until usable`, scaled.seconds, BUDGET.startSeconds),
    limitLine(loaded, load.seconds, BUDGET.loadSeconds),
    { measure: "memory of the platform process, demo data loaded", ours: megabytes(start.memory.platform) },
    { measure: `memory of the platform process, --scale ${SCALE}`, ours: megabytes(scaled.memory.platform) },
    { measure: "memory of the host process, demo data loaded", ours: megabytes(start.memory.host) },
  ];
  return { lines, calls: [] };
}

/** Size and start of what is deployed: the package, unpacked in a folder of its own. */
async function benchColdStart(): Promise<Findings> {
  const made = await progress("making the package", makePackage);
  try {
    const { packed, unpacked, bundle, bundleZipped } = await measurePackage(made);
    const inHost = await progress("cold start in the host", () => measureColdStartInHost(made.appDir));
    const alone = await progress("cold start alone", () => measureColdStartAlone(made.appDir));
    const lines = [
      { measure: "deployment package: zip, unpacked", ours: `${megabytes(packed)}, ${megabytes(unpacked)}` },
      { measure: "the bundle in it: plain, gzipped", ours: `${megabytes(bundle)}, ${megabytes(bundleZipped)}` },
      ratioLine("cold start of the package: process start → functions registered", inHost, BUDGET.coldStart),
      ratioLine("cold start: the same, Node.js and the package alone", alone, BUDGET.coldStart),
    ];
    return { lines, calls: [] };
  } finally {
    await made.remove();
  }
}

/**
 * What an installation costs in a month; `--update` keeps the figures, and the README shows the table they give. `--kept`
 * takes the figures kept before, for other prices.
 */
async function benchCost(): Promise<Findings> {
  const measured = values.kept
    ? readMeasured(REPOSITORY)
    : await progress("what things use", () => measureUse(new Date()));
  const installations = readInstallations(path.join(REPOSITORY, "infra"));
  const prices = readPrices(REPOSITORY);
  console.log(`\nUse of one activity (billed seconds: one at least per execution)\n${useTable(measured)}`);
  const told = `Cost of a month in ${prices.currency}, by the list prices of ${prices.asOf} in bench/cost/prices.json`;
  const costs = costTable(installations, measured, prices);
  console.log(`\n${told}\n${costs}`);
  if (values.update) keepCost(REPOSITORY, measured, costs);
  return { lines: [], calls: [] };
}

async function benchRequests(): Promise<Findings> {
  const system = await progress("starting the platform", startBenchSystem);
  const running: { close(): Promise<void> }[] = [system];
  try {
    const sample = await progress("preparing rows", () => prepareRows(system, HISTORY));
    const baseline = await startBaselineHost(system, sample);
    running.unshift(baseline);
    const applied = await progress("change applied", () => measureApply(system, baseline.url));
    // Requests are measured without the worker beside them, on rows that are the same for both.
    await system.platform.host?.kill("SIGTERM");
    await copyRows(system);
    const requests = await startRequestHost(system);
    running.unshift(requests);
    const urls = { ours: requests.url, baseline: baseline.url };
    const { reads, accepted } = await compareRequests(system, urls, sample.appliedChangeId);
    // What the worker calls is what the POST alone does not.
    const worker = { ...applied.calls, ours: minus(applied.calls.ours, accepted.calls.ours) };
    const compared: [name: string, budget: number, WatchedComparison][] = [
      ...reads,
      ["POST change accepted", BUDGET.request, accepted],
      ["change applied: accepted → Completed", BUDGET.applied, { ...applied, calls: worker }],
    ];
    const memory = [await residentBytes(requests.pid), await residentBytes(baseline.pid)].map(megabytes);
    const [ours = "", ofBaseline = ""] = memory;
    return {
      lines: [
        ...compared.map(([name, budget, watched]) => ratioLine(name, watched.compared, budget)),
        { measure: "memory of the host process after these requests", ours, baseline: ofBaseline },
      ],
      calls: compared.map(([name, , watched]) => callsLine(name, watched)),
    };
  } finally {
    for (const part of running) await part.close();
  }
}

async function compareRequests(
  system: BenchSystem,
  urls: RequestUrls,
  changeId: string,
): Promise<{ reads: [string, number, WatchedComparison][]; accepted: WatchedComparison }> {
  const one = await progress("GET one", () => measureGetOne(system, urls, changeId));
  const changesList = { path: "changes", prefix: "change_" };
  const changes = await progress("GET changes", () => measureList(system, urls, changesList));
  const auditList = { path: "audit-logs", prefix: "audit_" };
  const audit = await progress("GET audit logs", () => measureList(system, urls, auditList));
  const accepted = await progress("POST accepted", () => measureAccept(system, urls));
  return {
    reads: [
      ["GET one change", BUDGET.request, one],
      ["GET 100 changes", BUDGET.request, changes],
      ["GET 100 audit entries", BUDGET.request, audit],
    ],
    accepted,
  };
}

/** A comparison is fair when both sides made the same calls; where they did not, it says so. */
function callsLine(name: string, { calls }: WatchedComparison): string {
  const [ours, baseline] = [describeCalls(calls.ours), describeCalls(calls.baseline)];
  if (ours === baseline) return `  ${name}: ${ours}`;
  return `  ${name}: THE SIDES DIFFER\n    ours: ${ours}\n    baseline: ${baseline}`;
}

async function progress<T>(what: string, run: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await run();
  console.log(`  ${what.padEnd(28)} ${since(startedAt)}`);
  return result;
}

function since(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

// An exit lets go of every process that was started; the signal alone would not.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
