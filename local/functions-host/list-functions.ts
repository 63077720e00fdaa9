import { readTrigger, triggerBinding } from "./bindings";
import type { RegisteredFunction } from "./core-api";
import { readHostJson } from "./host-json";
import { routeTemplate } from "./http-server";
import { loadApp } from "./load-app";
import type { Log } from "./log";
import { createWorker } from "./worker";

/**
 * Loads an app without serving it and returns one line per registered function, sorted: its name, the kind of trigger,
 * and where that listens, such as `getOrder http GET /api/orders/{id} function` or `sweep timer 0 0 3 * * *`.
 */
export async function listFunctions(appDir: string, log: Log): Promise<string[]> {
  const { routePrefix } = readHostJson(appDir).extensions.http;
  const worker = createWorker(log);
  await loadApp(appDir, worker.coreApi);
  await worker.finishStart(appDir);
  return [...worker.functions.values()].map((fn) => `${fn.metadata.name} ${describeTrigger(fn, routePrefix)}`).sort();
}

function describeTrigger(fn: RegisteredFunction, routePrefix: string): string {
  const { type } = triggerBinding(fn).binding;
  if (!["httptrigger", "timertrigger", "servicebustrigger"].includes(type.toLowerCase())) return type;
  const trigger = readTrigger(fn);
  switch (trigger.kind) {
    case "http": {
      const methods = trigger.options.methods.length > 0 ? [...trigger.options.methods].sort().join(",") : "*";
      return `http ${methods} /${routeTemplate(routePrefix, fn.metadata.name, trigger.options)} ${trigger.options.authLevel}`;
    }
    case "timer":
      return `timer ${trigger.options.schedule}`;
    case "serviceBus":
      return `serviceBus ${trigger.options.queueName}${trigger.options.isSessionsEnabled ? " sessions" : ""}`;
  }
}
