import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { accounts, filterBooks } from "../books";
import { FaultRule, faultKinds } from "../faults";
import type { Simulation } from "../route";
import type { SimulatorSeed } from "../seed";
import { setSwitches, switchDefinitions } from "../switches";
import { ControlError, controlRoutes, type AddControlRoute } from "./control-route";
import { registerInspection } from "./inspection";
import { changeOutside } from "./outside-change";
import { readSeed } from "./read-seed";

export interface ControlOptions {
  simulation: Simulation;
  routeNames: string[];
  /** False: the clock belongs to a whole platform and is moved there. */
  ownsClock: boolean;
  load: (seed: SimulatorSeed) => void;
  reset: () => void;
  /** Looks at all dates again, after a switch moved some. */
  refresh: () => void;
}

/** The control API under `/_control`: everything a test or a demo of another process needs. No token; loopback only. */
export function registerControlApi(app: FastifyInstance, options: ControlOptions): void {
  const register = controlRoutes(app);
  const calls: string[] = [];
  const add: AddControlRoute = (method, path, handler) => {
    calls.push(`${method} /_control${path}`);
    register(method, path, handler);
  };
  const { simulation } = options;
  add("GET", "/", () => ({ calls }));
  add("POST", "/reset", () => {
    options.reset();
    return { reset: true };
  });
  add("POST", "/seed", ({ body }) => {
    options.load(readSeed(body));
    const { partners, customers, subscriptions } = simulation.world;
    return { partners: partners.size, customers: customers.size, subscriptions: subscriptions.size };
  });
  add("GET", "/routes", () => ({ routes: options.routeNames }));
  add("GET", "/calls", () => {
    const byRoute = Object.fromEntries(simulation.world.callCounts);
    return { total: Object.values(byRoute).reduce((sum, count) => sum + count, 0), byRoute };
  });
  add("POST", "/outside-change", ({ body }) => changeOutside(simulation, body));
  registerClock(add, options);
  registerSwitches(add, options);
  registerFaults(add, simulation);
  registerBooks(add, simulation);
  registerInspection(add, simulation);
}

const Advance = z.strictObject({
  ms: z.number().nonnegative().default(0),
  seconds: z.number().nonnegative().default(0),
  minutes: z.number().nonnegative().default(0),
  hours: z.number().nonnegative().default(0),
  days: z.number().nonnegative().default(0),
});

function registerClock(add: AddControlRoute, { simulation: { clock }, ownsClock }: ControlOptions): void {
  add("GET", "/clock", () => ({ now: clock.now().toISOString(), offsetMs: clock.offsetMs }));
  add("POST", "/clock/advance", async ({ body }) => {
    if (!ownsClock) throw new ControlError(409, "This clock belongs to the platform; advance it there.");
    const { ms, seconds, minutes, hours, days } = Advance.parse(body);
    await clock.advance(ms + seconds * 1000 + minutes * 60_000 + hours * 3_600_000 + days * 86_400_000);
    return { now: clock.now().toISOString(), offsetMs: clock.offsetMs };
  });
}

function registerSwitches(add: AddControlRoute, { simulation: { switches }, refresh }: ControlOptions): void {
  const shown = () =>
    Object.entries(switchDefinitions).map(([name, definition]) => ({
      name,
      value: switches[name as keyof typeof switches],
      ...definition,
    }));
  add("GET", "/switches", () => ({ switches: shown() }));
  add("PUT", "/switches", ({ body }) => {
    setSwitches(switches, body);
    refresh();
    return { switches: shown() };
  });
}

function registerFaults(add: AddControlRoute, { faults }: Simulation): void {
  add("GET", "/faults", () => ({ faults: faults.list(), fired: faults.fired(), kinds: faultKinds }));
  add("POST", "/faults", ({ body }) => faults.add(FaultRule.parse(body)));
  add("DELETE", "/faults", () => faults.clear());
  add("DELETE", "/faults/:id", ({ params }) => faults.clear(params["id"]));
  add("POST", "/faults/release", () => ({ released: faults.release() }));
  add("POST", "/faults/:id/release", ({ params }) => ({ released: faults.release(params["id"]) }));
}

function registerBooks(add: AddControlRoute, simulation: Simulation): void {
  add("GET", "/books", ({ query }) => ({ entries: filterBooks(simulation.world.books, query) }));
  add("GET", "/books/accounts", ({ query }) => ({
    accounts: accounts(simulation.world.books).filter(
      ({ subscriptionId }) => !query["subscriptionId"] || subscriptionId === query["subscriptionId"].toLowerCase(),
    ),
  }));
}
