import { HOOK_NAMES, type FunctionCallback, type HookCallback, type HookName, type LogLevel } from "./core-api";

interface LogHookContext {
  level: LogLevel;
  message: string;
  category: string;
  invocationContext: object | undefined;
}

interface InvocationHooks {
  /** Runs the preInvocation hooks; they may replace the inputs and the handler. */
  before(
    callback: FunctionCallback,
    inputs: unknown[],
  ): Promise<{ functionCallback: FunctionCallback; inputs: unknown[] }>;
  /** Runs the postInvocation hooks; they may replace the result and the error. */
  after(inputs: unknown[], result: unknown, error: unknown): Promise<{ result: unknown; error: unknown }>;
}

/** The five kinds of hook an app can register, and the order and data with which the worker calls them. */
export interface Hooks {
  /** Returns what unregisters the hook. Throws the library's own kind of error for an unknown name. */
  register(name: string, callback: HookCallback): () => void;
  runAppHooks(name: "appStart" | "appTerminate", extra: object): Promise<void>;
  forInvocation(invocationContext: object): InvocationHooks;
  runLogHooks(entry: LogHookContext): { level: LogLevel; message: string };
}

export function createHooks(systemError: (message: string, error?: Error) => Error): Hooks {
  const registered = new Map<HookName, HookCallback[]>(HOOK_NAMES.map((name) => [name, []]));
  /** Shared by every hook of this app. */
  const appHookData: Record<string, unknown> = {};
  /** Shared by appStart and appTerminate hooks. */
  const appLevelHookData: Record<string, unknown> = {};

  const run = async (name: HookName, context: object) => {
    for (const callback of [...(registered.get(name) ?? [])]) await callback(context);
  };

  const readOnly = (values: Record<string, unknown>): object => {
    const context = {};
    for (const [name, value] of Object.entries(values)) {
      Object.defineProperty(context, name, {
        enumerable: true,
        get: () => value,
        set: () => {
          throw systemError(`Cannot assign to read only property "${name}"`);
        },
      });
    }
    return context;
  };

  return {
    register(name, callback) {
      const kind = HOOK_NAMES.find((known) => known === name);
      const list = kind && registered.get(kind);
      if (!list) {
        const message = `Unrecognized hook "${name}"`;
        throw systemError(message, new RangeError(message));
      }
      list.push(callback);
      return () => {
        const index = list.indexOf(callback);
        if (index >= 0) list.splice(index, 1);
      };
    },

    runAppHooks: (name, extra) => run(name, { ...extra, hookData: appLevelHookData, appHookData }),

    forInvocation(invocationContext) {
      const hookData: Record<string, unknown> = {};
      const fixed = () => readOnly({ hookData, appHookData, invocationContext });
      return {
        async before(functionCallback, inputs) {
          const context = Object.assign(fixed(), { functionCallback, inputs });
          await run("preInvocation", context);
          return context;
        },
        async after(inputs, result, error) {
          const context = Object.assign(fixed(), { inputs, result, error });
          await run("postInvocation", context);
          return context;
        },
      };
    },

    runLogHooks(entry) {
      const context = { ...entry, hookData: {}, appHookData };
      for (const callback of registered.get("log") ?? []) {
        try {
          callback(context);
        } catch {
          // A log hook may not break logging.
        }
      }
      return context;
    },
  };
}
