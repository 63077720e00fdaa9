import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { VirtualClock } from "../virtual-clock";
import type { Faults } from "./faults";
import { Fault } from "./faults";
import type { Journal } from "./journal";

export interface Control {
  faults: Faults;
  journal: Journal;
  clock: VirtualClock;
  reset: () => void;
}

/** `/_control/`: faults, and what the vault has seen. No token is asked for. */
export function addControlRoutes(app: FastifyInstance, { faults, journal, clock, reset }: Control): void {
  app.get("/_control/secrets", () => ({ secrets: journal.everStored(clock.nowMs()) }));
  app.get("/_control/calls", () => ({ calls: journal.everCalled() }));
  app.get("/_control/faults", () => ({ faults: faults.list() }));
  app.post("/_control/faults", (request, reply) => {
    const fault = Fault.safeParse(request.body);
    if (!fault.success) return reply.code(400).send({ error: z.prettifyError(fault.error) });
    faults.add(fault.data);
    return reply.code(201).send(fault.data);
  });
  app.delete("/_control/faults", (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
  app.post("/_control/reset", (_request, reply) => {
    reset();
    return reply.code(204).send();
  });
}
