import { readTrigger, type ServiceBusTrigger, type TimerTrigger } from "./bindings";
import type { HostClock } from "./clock";
import type { RegisteredFunction } from "./core-api";
import type { HostJson } from "./host-json";
import { routeTemplate, type HttpFunction } from "./http-server";
import type { Invocations } from "./invocations";
import { toError, type Log } from "./log";
import { retryPolicyOf } from "./retry-policy";
import { compileRoutes, type Route } from "./routes";
import { parseSchedule } from "./schedule";
import type { ServiceBusClients } from "./service-bus-clients";
import { prepareServiceBusTrigger } from "./service-bus-triggers";
import { isDisabled, resolveSettings, type Environment } from "./settings";
import { prepareTimer } from "./timers";

export interface FunctionDeps {
  hostJson: HostJson;
  invocations: Invocations;
  clients: ServiceBusClients;
  stopping: AbortSignal;
  env: Environment;
  clock: HostClock;
  log: Log;
}

/** Everything that is known about the functions of an app before the first of them is served. */
export interface PreparedFunctions {
  readonly routes: readonly Route<HttpFunction>[];
  /** One line per function that is registered but cannot run, and why. */
  readonly errors: readonly string[];
  /** Starts timers and queue listeners. Returns what stops the listeners and waits for their messages at hand. */
  start(): () => Promise<void>;
  /** Runs a timer or queue function now; false when there is none of that name. */
  runNow(functionName: string, input: string): boolean;
}

interface Preparation extends FunctionDeps {
  routes: Route<HttpFunction>[];
  errors: string[];
  /** What a function does once the host serves; returns how to stop it, where that needs waiting. */
  starts: (() => (() => Promise<void>) | undefined)[];
  runners: Map<string, (input: string) => void>;
}

/** Reads the triggers of all functions. One that cannot run is reported and leaves the others alone, as in Azure. */
export function prepareFunctions(functions: Iterable<RegisteredFunction>, deps: FunctionDeps): PreparedFunctions {
  const preparation: Preparation = { ...deps, routes: [], errors: [], starts: [], runners: new Map() };
  for (const fn of functions) {
    try {
      prepareFunction(fn, preparation);
    } catch (error) {
      const { name } = fn.metadata;
      const message = `The '${name}' function is in error: ${toError(error).message}`;
      preparation.errors.push(message);
      deps.log({ level: "error", functionName: name, message });
    }
  }
  const { routes, errors, starts, runners } = preparation;
  return {
    routes,
    errors,
    start() {
      const stops = starts.map((start) => start());
      return async () => {
        await Promise.allSettled(stops.map(async (stop) => stop?.()));
      };
    },
    runNow(functionName, input) {
      const run = runners.get(functionName);
      run?.(input);
      return run !== undefined;
    },
  };
}

function prepareFunction(fn: RegisteredFunction, preparation: Preparation): void {
  const disabled = isDisabled(fn.metadata.name, preparation.env);
  if (disabled) {
    preparation.log({ level: "information", functionName: fn.metadata.name, message: "The function is disabled." });
  }
  const trigger = readTrigger(fn);
  switch (trigger.kind) {
    case "http": {
      const { options, name: bindingName } = trigger;
      const template = routeTemplate(preparation.hostJson.extensions.http.routePrefix, fn.metadata.name, options);
      const route = { template, methods: options.methods, target: { fn, bindingName, options, disabled } };
      compileRoutes([route]);
      preparation.routes.push(route);
      return;
    }
    case "timer":
      prepareTimerFunction(fn, trigger.name, trigger.options, disabled, preparation);
      return;
    case "serviceBus":
      prepareQueueFunction(fn, trigger.name, trigger.options, disabled, preparation);
  }
}

function prepareTimerFunction(
  fn: RegisteredFunction,
  bindingName: string,
  options: TimerTrigger,
  disabled: boolean,
  { env, hostJson, invocations, clock, stopping, starts, runners }: Preparation,
): void {
  const schedule = parseSchedule(resolveSettings(options.schedule, env));
  const retry = retryPolicyOf(fn, hostJson);
  const timer = prepareTimer(fn, bindingName, options, schedule, { invocations, clock, retry, stopping });
  runners.set(fn.metadata.name, () => timer.runNow());
  if (disabled) return;
  starts.push(() => {
    timer.start();
    return undefined;
  });
}

function prepareQueueFunction(
  fn: RegisteredFunction,
  bindingName: string,
  options: ServiceBusTrigger,
  disabled: boolean,
  preparation: Preparation,
): void {
  const { hostJson, invocations, starts, runners } = preparation;
  const start = prepareServiceBusTrigger(fn, bindingName, options, {
    ...preparation,
    options: hostJson.extensions.serviceBus,
  });
  runners.set(fn.metadata.name, (input) => {
    const reason = "This function was programmatically called via the host APIs.";
    invocations.run(fn, { inputs: { [bindingName]: { string: input } }, reason }).catch(() => undefined);
  });
  if (!disabled) starts.push(start);
}
