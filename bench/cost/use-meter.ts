import type { Platform } from "../../local/platform/start-platform";
import type { CallTap } from "../call-tap";
import type { Use } from "./monthly-cost";

/** What Log Analytics stores beside the text of a line: ids, times, names of the app and the operation. An estimate. */
const ROW_OVERHEAD_BYTES = 500;
/** Each execution is billed for a second at least (Flex Consumption). */
const LEAST_SECONDS = 1;

const EXECUTED = /Executed 'Functions\.(\w+)' \((?:Succeeded|Failed), Id=[^,]+, Duration=(\d+)ms\)/;

/** Adds up what an activity uses: from the lines of the host, and from the calls that the stand-ins answered. */
export interface UseMeter {
  /** The kind of trigger of each function: `http`, `timer` or `serviceBus`. */
  kinds: ReadonlyMap<string, string>;
  /** Takes the lines that the host writes. */
  onHostLine: (line: string) => void;
  /** What was used while it ran and until the platform fell silent. */
  measure(platform: Platform, tap: CallTap, activity: () => Promise<unknown>): Promise<Use>;
}

export function createUseMeter(): UseMeter {
  let lines: string[] = [];
  const meter: UseMeter = {
    kinds: new Map(),
    onHostLine: (line) => void lines.push(line),
    async measure(platform, tap, activity) {
      await silence(platform, tap);
      tap.clear();
      lines = [];
      await activity();
      await silence(platform, tap);
      return { ...readLines(lines, meter.kinds), ...readCalls(platform, tap) };
    },
  };
  return meter;
}

/** Longer than a worker pauses between two calls, and than a queue takes to deliver. */
const QUIET_MS = 500;
const QUEUES = ["changes", "directory", "sync", "tokens"];

/** Until every message that is due has been handled, and nobody has called anybody for a while since. */
async function silence({ serviceBus }: Platform, tap: CallTap): Promise<void> {
  do {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    await tap.idle(QUIET_MS);
  } while (QUEUES.some((queue) => serviceBus.counts(queue).active > 0));
}

function readLines(
  lines: readonly string[],
  kinds: ReadonlyMap<string, string>,
): Pick<Use, "executions" | "httpSeconds" | "backgroundSeconds" | "messages" | "logBytes"> {
  const executed = lines.flatMap((line) => {
    const [, name, ms] = EXECUTED.exec(line) ?? [];
    return name === undefined ? [] : [{ name, seconds: Math.max(LEAST_SECONDS, Number(ms) / 1000) }];
  });
  const seconds = (isHttp: boolean): number =>
    executed.filter(({ name }) => (kinds.get(name) === "http") === isHttp).reduce((sum, one) => sum + one.seconds, 0);
  return {
    executions: executed.length,
    httpSeconds: seconds(true),
    backgroundSeconds: seconds(false),
    messages: executed.filter(({ name }) => kinds.get(name) === "serviceBus").length,
    logBytes: lines.reduce((sum, line) => sum + Buffer.byteLength(line) + ROW_OVERHEAD_BYTES, 0),
  };
}

function readCalls({ tables, keyVault }: Platform, tap: CallTap): Pick<Use, "tableTransactions" | "vaultOperations"> {
  const to = (url: string): number => tap.calls.filter(({ port }) => port === Number(new URL(url).port)).length;
  return { tableTransactions: to(tables.url), vaultOperations: to(keyVault.url) };
}
