import { fastify, type FastifyInstance } from "fastify";
import { z } from "zod";
import type { HostProcess } from "../functions-host/host-process";
import { PortInUseError, type StandIn } from "../stand-in";
import type { VirtualClock } from "../virtual-clock";

export interface ControlOptions {
  port: number;
  clock: VirtualClock;
  advance: (ms: number) => Promise<void>;
  host: HostProcess | undefined;
}

const Advance = z
  .strictObject({
    seconds: z.number().nonnegative().default(0),
    minutes: z.number().nonnegative().default(0),
    hours: z.number().nonnegative().default(0),
    days: z.number().nonnegative().default(0),
  })
  .transform(({ seconds, minutes, hours, days }) => (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);

/** The controls of the whole platform: one clock for every part, and the host to kill. For people, tests and the tour. */
export async function startControl(options: ControlOptions): Promise<Omit<StandIn, "reset">> {
  const { clock, host } = options;
  const app = fastify({ forceCloseConnections: true });
  app.get("/clock", () => ({ now: clock.now().toISOString(), offsetMs: Math.round(clock.offsetMs) }));
  app.post("/clock/advance", async (request, reply) => {
    const ms = Advance.safeParse(request.body ?? {});
    if (!ms.success) return reply.code(400).send({ error: z.prettifyError(ms.error) });
    await options.advance(ms.data);
    return { now: clock.now().toISOString(), offsetMs: Math.round(clock.offsetMs) };
  });
  app.post("/host/kill", async (_request, reply) => {
    if (!host) return reply.code(409).send({ error: "The Functions host is not run by this platform." });
    await host.kill();
    return { killed: true };
  });
  app.post("/host/restart", async (_request, reply) => {
    if (!host) return reply.code(409).send({ error: "The Functions host is not run by this platform." });
    await host.restart();
    await host.setClock(clock.offsetMs);
    return { pid: host.pid, url: host.url };
  });
  const port = await listen(app, options.port);
  return { url: `http://127.0.0.1:${port}`, port, close: () => app.close() };
}

async function listen(app: FastifyInstance, wanted: number): Promise<number> {
  try {
    await app.listen({ host: "127.0.0.1", port: wanted });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") throw new PortInUseError("Platform control", wanted);
    throw error;
  }
  const address = app.server.address();
  if (address === null || typeof address === "string") throw new Error("The control server has no port.");
  return address.port;
}
