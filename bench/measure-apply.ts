import { z } from "zod";
import { postOneSeat, waitUntilCompleted } from "./api-calls";
import { call, type BenchSystem } from "./bench-system";
import { commonest, countCalls, type CallCounts } from "./call-counts";
import type { SeenCall } from "./call-tap";
import { compare } from "./measure";
import type { WatchedComparison } from "./measure-requests";

const PAIRS = 25;
const WARM_UP = 6;
const NEXT_SECOND_MS = 1_100;
const BaselineAnswer = z.object({ ms: z.number() });

/**
 * From the commit that accepts a change to the commit that completes it: the send, the queue, the worker. The baseline is the
 * time its calls take one after another, without a queue. Ours counts the calls of the POST as well, which go on beside
 * the worker.
 */
export async function measureApply(system: BenchSystem, baselineUrl: string): Promise<WatchedComparison> {
  const seen = { ours: [] as CallCounts[], baseline: [] as CallCounts[] };
  const compared = await compare({
    ...{ pairs: PAIRS, warmUp: WARM_UP },
    before: () => system.platform.advance(NEXT_SECOND_MS),
    ours: async () => {
      const calls = await applyOne(system);
      seen.ours.push(countCalls(calls, system.platform));
      return timeToComplete(calls);
    },
    baseline: async () => {
      system.tap.clear();
      const { ms } = BaselineAnswer.parse(await call(`${baselineUrl}/apply`, { method: "POST" }));
      seen.baseline.push(countCalls(system.tap.calls, system.platform));
      return ms;
    },
  });
  return { compared, calls: { ours: commonest(seen.ours), baseline: commonest(seen.baseline) } };
}

/** One change from the POST to its end; all calls made on the way. */
async function applyOne(system: BenchSystem): Promise<SeenCall[]> {
  system.tap.clear();
  const changeId = await postOneSeat(system, system.platform.apiUrl);
  return waitUntilCompleted(system, changeId);
}

/**
 * Right after the accepting commit the message is sent, and then its row looked up in the outbox: the last commit before that
 * is the accepting one. The worker cannot have committed by then, it reads half a dozen rows first.
 */
function timeToComplete(calls: readonly SeenCall[]): number {
  const commits = calls.filter(({ path }) => path.includes("$batch"));
  const sentAt = calls.find(({ method, path }) => method === "GET" && path.includes("RowKey='outbox_"))?.startedAt;
  if (sentAt === undefined) throw new Error("The message of the change was not seen to leave the outbox.");
  const accepted = commits.filter(({ finishedAt }) => finishedAt !== undefined && finishedAt < sentAt).at(-1);
  const completed = commits.at(-1);
  if (accepted?.finishedAt === undefined || completed?.finishedAt === undefined)
    throw new Error("A commit is missing.");
  return completed.finishedAt - accepted.finishedAt;
}
