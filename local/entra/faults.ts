import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { VirtualClock } from "../virtual-clock";

/** A disturbance of coming requests, as the control API takes it. */
export const FaultRule = z.strictObject({
  /** Name of a route, or `*`. */
  route: z.string().default("*"),
  /** How many requests it meets; null: until cleared. */
  times: z.int().positive().nullable().default(1),
  /** Answered in place of the route. */
  status: z.int().min(400).max(599).optional(),
  /** `Retry-After` beside `status`. */
  retryAfterSeconds: z.int().nonnegative().optional(),
  /** Milliseconds of the virtual clock before anything happens. */
  delayMs: z.int().nonnegative().default(0),
  /** The connection is cut: `before` the request is looked at, or `after` it was carried out. */
  drop: z.enum(["before", "after"]).optional(),
});
export type FaultRule = z.infer<typeof FaultRule>;

export interface Faults {
  add(rule: FaultRule): void;
  list(): FaultRule[];
  clear(): void;
  /** The first rule for this route; it counts as met. */
  take(route: string): FaultRule | undefined;
}

export function createFaults(): Faults {
  let rules: FaultRule[] = [];
  return {
    add: (rule) => void rules.push({ ...rule }),
    list: () => rules.map((rule) => ({ ...rule })),
    clear() {
      rules = [];
    },
    take(route) {
      const rule = rules.find((candidate) => candidate.route === "*" || candidate.route === route);
      if (!rule || rule.times === null) return rule;
      rule.times -= 1;
      if (rule.times === 0) rules = rules.filter((candidate) => candidate !== rule);
      return rule;
    },
  };
}

/** How one server takes part in faults. */
export interface FaultHooks {
  clock: VirtualClock;
  faults: Faults;
  /** Name of the route for `FaultRule.route`; undefined: no fault ever meets this request. */
  routeOf(request: FastifyRequest): string | undefined;
  /** Body of an answer with `FaultRule.status`. */
  body(status: number, request: FastifyRequest): unknown;
}

/** Makes the faults happen to the requests of `app`. */
export function addFaultHooks(app: FastifyInstance, hooks: FaultHooks): void {
  const cutAfter = new WeakSet<FastifyRequest>();
  app.addHook("preHandler", async (request, reply) => {
    const route = hooks.routeOf(request);
    const rule = route === undefined ? undefined : hooks.faults.take(route);
    if (!rule) return undefined;
    if (rule.delayMs > 0) await delay(hooks.clock, rule.delayMs, reply);
    if (rule.drop === "before") return cut(request, reply);
    if (rule.drop === "after") cutAfter.add(request);
    if (rule.status === undefined) return undefined;
    if (rule.retryAfterSeconds !== undefined) reply.header("Retry-After", rule.retryAfterSeconds);
    return reply.code(rule.status).send(hooks.body(rule.status, request));
  });
  app.addHook("onSend", async (request, _reply, payload) => {
    if (cutAfter.has(request)) request.raw.socket.destroy();
    return Promise.resolve(payload);
  });
}

function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

/** Ends early when the client goes away or the server stops. */
function delay(clock: VirtualClock, ms: number, reply: FastifyReply): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    reply.raw.once("close", () => {
      cancel();
      resolve();
    });
  });
}
