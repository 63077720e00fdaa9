import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { IncomingMessage } from "node:http";
import { z } from "zod";

/** A request that one of the stand-ins of this process answered. Times are those of `performance.now()`. */
export interface SeenCall {
  method: string;
  /** Path and query, decoded. */
  path: string;
  port: number;
  startedAt: number;
  finishedAt: number | undefined;
}

/** Watches every HTTP request that reaches this process, at no cost to the caller: Node itself tells. */
export interface CallTap {
  /** What came since the last `clear`, in order. */
  readonly calls: readonly SeenCall[];
  clear(): void;
  /** Resolves when nothing has been going on for so long. */
  idle(quietMs: number): Promise<void>;
  stop(): void;
}

const Started = z.object({ request: z.instanceof(IncomingMessage) });

export function startCallTap(): CallTap {
  const running = new Map<IncomingMessage, SeenCall>();
  let calls: SeenCall[] = [];
  let lastSign = performance.now();

  const onStart = (event: unknown): void => {
    const { request } = Started.parse(event);
    const { method = "", url = "", socket } = request;
    lastSign = performance.now();
    const path = decodeURIComponent(url.replaceAll("+", "%20"));
    const call: SeenCall = { method, path, port: socket.localPort ?? 0, startedAt: lastSign, finishedAt: undefined };
    running.set(request, call);
    calls.push(call);
  };
  const onFinish = (event: unknown): void => {
    const { request } = Started.parse(event);
    const call = running.get(request);
    running.delete(request);
    lastSign = performance.now();
    if (call) call.finishedAt = lastSign;
  };
  subscribe("http.server.request.start", onStart);
  subscribe("http.server.response.finish", onFinish);
  return {
    get calls() {
      return calls;
    },
    clear: () => {
      calls = [];
    },
    idle: async (quietMs) => {
      while (running.size > 0 || performance.now() - lastSign < quietMs) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    stop: () => {
      unsubscribe("http.server.request.start", onStart);
      unsubscribe("http.server.response.finish", onFinish);
    },
  };
}
