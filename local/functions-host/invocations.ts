import { randomUUID } from "node:crypto";
import type { HostClock } from "./clock";
import type { InvocationResponse, RegisteredFunction, RetryContext, TraceContext, TypedData } from "./core-api";
import { errorText, toError, type Log } from "./log";
import type { RetryPolicy } from "./retry-policy";
import { traceContextFrom } from "./trace-context";
import type { Worker } from "./worker";

/** What a trigger asks to be run. */
interface Invocation {
  /** Trigger input by binding name. */
  inputs: Record<string, TypedData>;
  triggerMetadata?: Record<string, TypedData>;
  traceContext?: TraceContext;
  /** Why, in the words of the real host's log. */
  reason: string;
  /** Absent: one attempt. */
  retry?: RetryPolicy | undefined;
  /** Called once, when the first attempt's handler is about to run or has failed before that. */
  onStarted?: () => void;
}

/** A function ran longer than host.json allows. The host process ends itself after reporting it. */
export class FunctionTimeoutError extends Error {
  constructor(functionName: string, timeoutMs: number) {
    super(`Timeout value of ${timeoutMs / 1000} seconds was exceeded by function: ${functionName}`);
    this.name = "FunctionTimeoutError";
  }
}

export interface Invocations {
  /** Runs a function to its end, retries included; throws the error of the last attempt. */
  run(fn: RegisteredFunction, invocation: Invocation): Promise<InvocationResponse>;
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
}

export interface InvocationDeps {
  worker: Worker;
  clock: HostClock;
  log: Log;
  /** `null`: no limit. Real time: moving the virtual clock never makes a running function late. */
  timeoutMs: number | null;
  stopping: AbortSignal;
  /** Sends what output bindings of a finished invocation hold. */
  sendOutputs: (fn: RegisteredFunction, response: InvocationResponse) => Promise<void>;
  onTimeout: (error: FunctionTimeoutError) => void;
}

export function createInvocations(deps: InvocationDeps): Invocations {
  const running = new Set<Promise<unknown>>();
  return {
    run(fn, invocation) {
      const promise = runWithRetries(deps, fn, invocation);
      const settled = promise
        .catch(() => undefined)
        .finally(() => {
          running.delete(settled);
        });
      running.add(settled);
      return promise;
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

async function runWithRetries(
  deps: InvocationDeps,
  fn: RegisteredFunction,
  invocation: Invocation,
): Promise<InvocationResponse> {
  const maxRetryCount = invocation.retry?.maxRetryCount ?? 0;
  let retryContext: RetryContext | undefined;
  for (let attempt = 0; ; attempt++) {
    try {
      return await runOnce(deps, fn, invocation, retryContext);
    } catch (thrown) {
      const error = toError(thrown);
      const isLast = (maxRetryCount !== -1 && attempt >= maxRetryCount) || error instanceof FunctionTimeoutError;
      if (!invocation.retry || isLast || deps.stopping.aborted) throw thrown;
      const delayMs = invocation.retry.delayMs(attempt);
      if (!(await deps.clock.waitUntil(deps.clock.nowMs() + delayMs, deps.stopping))) throw thrown;
      retryContext = {
        retryCount: attempt + 1,
        maxRetryCount,
        exception: { message: error.message, source: error.name, stackTrace: error.stack ?? "" },
      };
    }
  }
}

async function runOnce(
  deps: InvocationDeps,
  fn: RegisteredFunction,
  invocation: Invocation,
  retryContext: RetryContext | undefined,
): Promise<InvocationResponse> {
  const { name } = fn.metadata;
  const invocationId = randomUUID();
  const request = {
    invocationId,
    functionId: fn.metadata.functionId ?? name,
    inputData: Object.entries(invocation.inputs).map(([binding, data]) => ({ name: binding, data })),
    triggerMetadata: invocation.triggerMetadata ?? {},
    retryContext,
    traceContext: invocation.traceContext ?? traceContextFrom(undefined),
  };
  const began = performance.now();
  const outcome = (result: string) =>
    `Executed 'Functions.${name}' (${result}, Id=${invocationId}, Duration=${Math.round(performance.now() - began)}ms)`;
  const say = (level: "information" | "error", message: string) => deps.log({ level, message, functionName: name });

  say("information", `Executing 'Functions.${name}' (Reason='${invocation.reason}', Id=${invocationId})`);
  const started = onlyOnce(invocation.onStarted);
  try {
    const response = await withTimeout(deps, name, deps.worker.invoke(fn, request, started));
    await deps.sendOutputs(fn, response);
    say("information", outcome("Succeeded"));
    return response;
  } catch (error) {
    say("error", `${outcome("Failed")} ${errorText(error)}`);
    if (error instanceof FunctionTimeoutError) deps.onTimeout(error);
    throw error;
  } finally {
    started();
  }
}

async function withTimeout<T>(deps: InvocationDeps, functionName: string, work: Promise<T>): Promise<T> {
  const { timeoutMs } = deps;
  if (timeoutMs === null) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new FunctionTimeoutError(functionName, timeoutMs)),
      Math.min(timeoutMs, 2 ** 31 - 1),
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

function onlyOnce(run: (() => void) | undefined): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run?.();
  };
}
