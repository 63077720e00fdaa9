import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { HostProcess } from "../functions-host/host-process";
import type { StandIn } from "../stand-in";
import { createLoopbackServer, listenOnLoopback } from "../tls/loopback-server";
import type { VirtualClock } from "../virtual-clock";
import type { PartReport } from "./parts";
import { FunctionNotStartedError } from "./run-function";

export interface ControlOptions {
  port: number;
  clock: VirtualClock;
  /** Moves the whole platform; resolves when what fell due has run or started. */
  advance: (ms: number) => Promise<void>;
  host: HostProcess | undefined;
  /** Starts a function of the host now. */
  run: (functionName: string, input?: string) => Promise<void>;
  apiUrl: string;
  parts: () => readonly PartReport[];
}

interface ControlCall {
  method: "GET" | "POST";
  path: string;
  does: string;
  run: (body: unknown) => object | Promise<object>;
}

/** The caller asked for what cannot be done. */
class ControlError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "ControlError";
  }
}

/** Ten years: nobody means to play more at once. */
const LONGEST_MOVE_MS = 3_653 * 86_400_000;

const Advance = z
  .strictObject({
    ms: z.number().nonnegative().default(0),
    seconds: z.number().nonnegative().default(0),
    minutes: z.number().nonnegative().default(0),
    hours: z.number().nonnegative().default(0),
    days: z.number().nonnegative().default(0),
  })
  .transform(
    ({ ms, seconds, minutes, hours, days }) => ms + (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000,
  )
  .refine((ms) => ms <= LONGEST_MOVE_MS, "The clock moves ten years at most in one call.");

const Run = z.strictObject({ function: z.string().min(1), input: z.string().optional() });

const Nothing = z.strictObject({});

/** The controls of the whole platform: one clock for every part, and the host to kill. For people, tests and the tour. */
export async function startControl(options: ControlOptions): Promise<Omit<StandIn, "reset">> {
  const app = createLoopbackServer();
  answerInJson(app);
  const calls = [...clockCalls(options), ...hostCalls(options), statusCall(options)];
  app.get("/", () => ({ calls: calls.map(({ method, path, does }) => ({ call: `${method} ${path}`, does })) }));
  for (const { method, path, run } of calls) {
    app.route({ method, url: path, handler: (request) => run(request.body ?? {}) });
  }
  const address = await listenOnLoopback(app, "Platform control", { port: options.port });
  return { ...address, close: () => app.close() };
}

function clockCalls({ clock, advance }: ControlOptions): ControlCall[] {
  const time = () => ({ now: clock.now().toISOString(), offsetMs: Math.round(clock.offsetMs) });
  return [
    { method: "GET", path: "/clock", does: "the platform's time, and how far it is ahead of the machine's", run: time },
    {
      method: "POST",
      path: "/clock/advance",
      does: 'moves every part forward, such as {"days": 7, "minutes": 20}; answers when what fell due has started',
      run: async (body) => {
        await advance(Advance.parse(body));
        return time();
      },
    },
  ];
}

function hostCalls({ host, run }: ControlOptions): ControlCall[] {
  const ownHost = (): HostProcess => {
    if (host) return host;
    throw new ControlError(409, "The Functions host is not run by this platform.");
  };
  return [
    {
      method: "POST",
      path: "/host/kill",
      does: "kill -9 of the Functions host; it stays down until it is restarted",
      run: async (body) => {
        Nothing.parse(body);
        await ownHost().kill();
        return { killed: true };
      },
    },
    {
      method: "POST",
      path: "/host/restart",
      does: "a new Functions host on the same port with the same settings",
      run: async (body) => {
        Nothing.parse(body);
        await ownHost().restart();
        return { pid: ownHost().pid, url: ownHost().url };
      },
    },
    {
      method: "POST",
      path: "/host/run",
      does: 'starts a timer or queue function now, such as {"function": "sweepWork"}; "input" is its message',
      run: async (body) => {
        const { function: name, input } = Run.parse(body);
        ownHost();
        await run(name, input).catch((error: unknown) => {
          throw error instanceof FunctionNotStartedError ? new ControlError(404, error.message) : error;
        });
        return { started: name };
      },
    },
  ];
}

function statusCall({ clock, host, apiUrl, parts }: ControlOptions): ControlCall {
  const hostStatus = () =>
    host ? { pid: host.pid, running: host.pid !== 0, functions: host.functions.length, errors: host.errors } : null;
  return {
    method: "GET",
    path: "/status",
    does: "the parts with their addresses, and the process of the Functions host",
    run: () => ({ pid: process.pid, apiUrl, now: clock.now().toISOString(), host: hostStatus(), parts: parts() }),
  };
}

/** Bodies are JSON whatever their type says, and so is every answer. Pages of other sites are refused. */
function answerInJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, String(body).trim() === "" ? {} : JSON.parse(String(body)));
    } catch {
      done(new ControlError(400, "The body is no JSON."));
    }
  });
  app.addHook("onRequest", (request, _reply, done) => {
    done(isForeign(request) ? new ControlError(403, "Pages of other sites may not control this platform.") : undefined);
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `There is no ${request.method} ${request.url}; GET / lists the calls.` }),
  );
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof z.ZodError) return reply.code(400).send({ error: z.prettifyError(error) });
    const status = error instanceof ControlError ? error.status : statusOf(error);
    return reply.code(status).send({ error: error instanceof Error ? error.message : String(error) });
  });
}

function isForeign({ headers: { origin } }: FastifyRequest): boolean {
  if (origin === undefined) return false;
  return !URL.canParse(origin) || !/^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(origin).hostname);
}

/** Fastify's own refusals, such as a body that is too long, carry a status. */
function statusOf(error: unknown): number {
  const status = typeof error === "object" && error !== null && "statusCode" in error ? error.statusCode : undefined;
  return typeof status === "number" ? status : 500;
}
