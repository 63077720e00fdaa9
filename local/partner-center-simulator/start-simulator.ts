import type { AddressInfo } from "node:net";
import { PortInUseError, type StandIn, type StandInOptions } from "../stand-in";
import { VirtualClock } from "../virtual-clock";
import type { VerifyToken } from "./authenticate";
import { buildWorld } from "./build-world";
import { createClockwork } from "./clock-events";
import { registerControlApi } from "./control/control-api";
import { defaultSeed } from "./default-seed";
import { createFaults } from "./faults";
import { registerFeatures } from "./features";
import type { Simulation } from "./route";
import type { SimulatorSeed } from "./seed";
import { seedSubscriptions } from "./seed-subscriptions";
import { createServer } from "./server";
import { nextEventOf } from "./subscriptions/next-event";
import { defaultSwitches, setSwitches, type SwitchSettings } from "./switches";
import { acceptAnySignature, verifyAgainstEntra } from "./verify-token";

export interface SimulatorOptions extends StandInOptions {
  /** Default: one reseller, three customers and a subscription of every kind (`default-seed.ts`). */
  seed?: SimulatorSeed;
  /** Switches in other than their default position; they survive a reset. */
  switches?: SwitchSettings;
  /** How tokens are checked. Wins over `entraUrl`. */
  verifyToken?: VerifyToken;
  /** Base address of an Entra (stand-in) whose signing keys are trusted. Neither: any signature passes. */
  entraUrl?: string;
}

/** A running Partner Center. `simulation` is its inside: tests may look, clients use HTTP. */
export interface Simulator extends StandIn {
  readonly clock: VirtualClock;
  readonly simulation: Simulation;
  /** Replaces everything; also what later resets go back to. */
  load(seed: SimulatorSeed): void;
}

/** Starts the Partner Center simulator on 127.0.0.1. Throws PortInUseError when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const ownsClock = options.clock === undefined;
  const clock = options.clock ?? new VirtualClock();
  const switches = defaultSwitches();
  const stopped = new AbortController();
  let seed = options.seed ?? defaultSeed();
  let url = "";
  const clockwork = createClockwork(() => simulation);
  const simulation: Simulation = {
    world: buildWorld({ partners: [], customers: [], subscriptions: [] }),
    clock,
    switches,
    faults: createFaults(),
    url: () => url,
    wakeAt: (atMs) => clockwork.wakeAt(atMs),
    nextEventOf: (subscription) => nextEventOf(subscription, switches)?.atMs ?? Infinity,
    onSubscriptionChange: [],
    onReset: [],
  };
  const load = (next: SimulatorSeed): void => {
    // A seed that cannot be loaded leaves what is there.
    const world = buildWorld(next);
    seed = next;
    clockwork.stop();
    forgetTimers(simulation);
    simulation.faults.reset();
    setSwitches(switches, { ...defaultSwitches(), ...options.switches, ...next.switches });
    simulation.world = world;
    seedSubscriptions(simulation, next.subscriptions);
  };
  load(seed);
  const verifyToken =
    options.verifyToken ?? (options.entraUrl ? verifyAgainstEntra(options.entraUrl) : acceptAnySignature);
  const { app, add, routeNames } = createServer({ simulation, verifyToken, stopped: stopped.signal, tls: options.tls });
  registerFeatures(add, simulation);
  const reset = (): void => load(seed);
  registerControlApi(app, { simulation, routeNames, ownsClock, load, reset, refresh: () => clockwork.refresh() });
  const port = await listen(app, options.port ?? 0);
  url = `${options.tls ? "https" : "http"}://127.0.0.1:${port}`;
  return {
    url,
    port,
    clock,
    simulation,
    load,
    reset: () => {
      reset();
      return Promise.resolve();
    },
    close: async () => {
      stopped.abort();
      simulation.faults.reset();
      clockwork.stop();
      forgetTimers(simulation);
      if (ownsClock) clock.stop();
      await app.close();
    },
  };
}

function forgetTimers(simulation: Simulation): void {
  for (const forget of simulation.onReset.splice(0)) forget();
}

async function listen(app: ReturnType<typeof createServer>["app"], port: number): Promise<number> {
  try {
    await app.listen({ host: "127.0.0.1", port });
  } catch (error) {
    // Not by class: errors of Node are of another realm in some test runners.
    const isTaken = typeof error === "object" && error !== null && "code" in error && error.code === "EADDRINUSE";
    throw isTaken ? new PortInUseError("Partner Center simulator", port) : error;
  }
  const address = app.server.address() as AddressInfo;
  return address.port;
}
