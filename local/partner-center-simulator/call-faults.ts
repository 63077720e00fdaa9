import type { FastifyReply } from "fastify";
import { Refusal } from "./errors";
import type { Fault, FaultTarget, Faults } from "./faults";
import type { Answer } from "./route";

/** The connection is cut and no answer is given. */
export const dropped = Symbol("dropped");

/** What happens to a call before it reaches the service; an answer or `dropped` ends it. */
export async function faultsBefore(
  faults: Faults,
  target: FaultTarget,
  stopped: AbortSignal,
): Promise<Answer | typeof dropped | undefined> {
  const latency = faults.take("latency", target);
  if (latency) await pause(latency.ms, stopped);
  const held = faults.take("holdBefore", target);
  if (held) await faults.hold(held);
  if (faults.take("dropBefore", target)) return dropped;
  const throttle = faults.take("throttle", target);
  if (throttle) return gatewayThrottle(throttle.seconds ?? 57);
  const failed = faults.take("errorBefore", target);
  return failed && errorAnswer(failed);
}

/** What happens to an answer on its way back, after everything was applied. */
export async function faultsAfter(
  faults: Faults,
  target: FaultTarget,
  answer: Answer,
): Promise<Answer | typeof dropped> {
  const held = faults.take("holdAfter", target);
  if (held) await faults.hold(held);
  if (faults.take("dropAfter", target)) return dropped;
  const failed = faults.take("errorAfter", target);
  return failed ? errorAnswer(failed) : answer;
}

/** The 429 of the gateway in front of Partner Center: a shape of its own. */
export function gatewayThrottle(seconds: number): Answer {
  const message = `Rate limit is exceeded. Try again in ${seconds} seconds.`;
  return { status: 429, headers: { "retry-after": String(seconds) }, body: { statusCode: 429, message } };
}

export function dropConnection(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.socket?.destroy();
}

function errorAnswer(fault: Fault): Answer {
  const { status, code, shape, seconds } = fault;
  const headers: Record<string, string> = seconds === undefined ? {} : { "retry-after": String(seconds) };
  if (shape === "empty") return { status, headers };
  if (shape === "html") {
    const body = `<html><head><title>${status}</title></head><body><h1>Service unavailable</h1></body></html>`;
    return { status, headers: { ...headers, "content-type": "text/html" }, body };
  }
  throw new Refusal(status, code ?? defaultCode(status), "The operation failed (injected fault).", [], headers);
}

const defaultCode = (status: number): string => (status >= 500 ? "800094" : "800002");

/** Network latency is real time: a client measures it with its own clock. */
function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stopped.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stopped.addEventListener("abort", done);
  });
}
