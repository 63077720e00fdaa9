import { getLiveness, getReadiness, type Readiness } from "../api/health";
import { endpoint, type Endpoint } from "./endpoint";
import type { RequestLog } from "./http-handler";

const TIMEOUT_MS = 3_000;

/** One thing we depend on. `run` resolves when it answers; why it fails is logged and never shown. */
export interface HealthCheck {
  name: string;
  run: (signal: AbortSignal) => Promise<unknown>;
}

export interface HealthOptions {
  checks: readonly HealthCheck[];
  log: Pick<RequestLog, "warn">;
  /** For each check; they run side by side. 3000 when absent. */
  timeoutMs?: number;
}

/**
 * The two health endpoints. Callers of readiness at one moment share one run, so that anonymous requests cannot be
 * turned into load on what we depend on.
 */
export function healthEndpoints(options: HealthOptions): Endpoint[] {
  let running: Promise<Readiness> | undefined;
  const readiness = (): Promise<Readiness> => {
    running ??= runAll(options).finally(() => (running = undefined));
    return running;
  };
  return [
    endpoint(getLiveness, () => Promise.resolve({ status: 200, body: { status: "live" } })),
    endpoint(getReadiness, async () => {
      const body = await readiness();
      return { status: body.status === "ready" ? 200 : 503, body };
    }),
  ];
}

async function runAll({ checks, log, timeoutMs = TIMEOUT_MS }: HealthOptions): Promise<Readiness> {
  const results = await Promise.all(checks.map((check) => runOne(check, log, timeoutMs)));
  return { status: results.every(({ status }) => status === "pass") ? "ready" : "notReady", checks: results };
}

async function runOne(
  { name, run }: HealthCheck,
  log: HealthOptions["log"],
  timeoutMs: number,
): Promise<Readiness["checks"][number]> {
  const startedAt = performance.now();
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${timeoutMs} ms.`)), timeoutMs);
  });
  let status: "pass" | "fail" = "pass";
  try {
    await Promise.race([run(abort.signal), tooLate]);
  } catch (error) {
    status = "fail";
    log.warn("health check failed", { check: name, error });
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
  return { name, status, durationMs: Math.round(performance.now() - startedAt) };
}
