import { z } from "zod";
import { getOfTenant, postOneSeat } from "./api-calls";
import { call, type BenchSystem } from "./bench-system";
import { commonest, countCalls, type CallCounts } from "./call-counts";
import { compare, timed, type Compared, type Repetition } from "./measure";

/** A comparison, with the calls that one repetition of either side made. */
export interface WatchedComparison {
  compared: Compared;
  calls: { ours: CallCounts; baseline: CallCounts };
}

export interface RequestUrls {
  ours: string;
  baseline: string;
}

const PAGE_SIZE = 100;
const READ_PAIRS = 150;
const LIST_PAIRS = 60;
const ACCEPT_PAIRS = 40;
const WARM_UP = 15;
/** Answers of Partner Center are dated to the second; a later second makes the snapshots of the last one old. */
const NEXT_SECOND_MS = 1_100;
const FullPage = z.object({ value: z.array(z.unknown()).length(PAGE_SIZE) });

/** One row that has to be found in the caller's tenant. */
export function measureGetOne(system: BenchSystem, urls: RequestUrls, changeId: string): Promise<WatchedComparison> {
  return watch(system, {
    ...{ pairs: READ_PAIRS, warmUp: WARM_UP },
    ours: () => timed(() => getOfTenant(system, urls.ours, `changes/${changeId}`)),
    baseline: () => timed(() => call(`${urls.baseline}/one/change_${changeId}`)),
  });
}

/** A page of a hundred, of a tenant that has more. Throws when either side answers fewer. */
export async function measureList(
  system: BenchSystem,
  urls: RequestUrls,
  { path, prefix }: PagedList,
): Promise<WatchedComparison> {
  const ours = (): Promise<unknown> => getOfTenant(system, urls.ours, `${path}?$top=${PAGE_SIZE}`);
  const baseline = (): Promise<unknown> => call(`${urls.baseline}/page/${prefix}/${PAGE_SIZE}`);
  FullPage.parse(await ours());
  FullPage.parse(await baseline());
  return watch(system, {
    ...{ pairs: LIST_PAIRS, warmUp: WARM_UP },
    ours: () => timed(ours),
    baseline: () => timed(baseline),
  });
}

export interface PagedList {
  /** Under the tenant. */
  path: string;
  /** Of the row keys. */
  prefix: string;
}

/** From the POST to its 202. The worker is not there, so nothing is done with what was accepted. */
export function measureAccept(system: BenchSystem, urls: RequestUrls): Promise<WatchedComparison> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  return watch(system, {
    ...{ pairs: ACCEPT_PAIRS, warmUp: WARM_UP },
    before: () => system.platform.clock.advance(NEXT_SECOND_MS),
    ours: () => timed(() => postOneSeat(system, urls.ours)),
    baseline: () => timed(() => call(`${urls.baseline}/accept`, init)),
  });
}

/** Compares, and notes the calls of every repetition. They are over when the answer has come. */
async function watch(system: BenchSystem, options: Parameters<typeof compare>[0]): Promise<WatchedComparison> {
  const seen = { ours: [] as CallCounts[], baseline: [] as CallCounts[] };
  const watched = (run: Repetition, into: CallCounts[]) => async (): Promise<number> => {
    system.tap.clear();
    const ms = await run();
    into.push(countCalls(system.tap.calls, system.platform));
    return ms;
  };
  const compared = await compare({
    ...options,
    ours: watched(options.ours, seen.ours),
    baseline: watched(options.baseline, seen.baseline),
  });
  return { compared, calls: { ours: commonest(seen.ours), baseline: commonest(seen.baseline) } };
}
