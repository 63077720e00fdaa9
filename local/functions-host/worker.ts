import { createHooks, type Hooks } from "./hooks";
import type {
  CoreApi,
  CoreInvocationContext,
  FunctionCallback,
  FunctionMetadata,
  InvocationRequest,
  InvocationResponse,
  LogLevel,
  ProgrammingModel,
  RegisteredFunction,
} from "./core-api";
import { toError, type Log } from "./log";

/** Plays the Node.js worker of Azure Functions: what the library registers with, and what calls its functions. */
export interface Worker {
  /** The module `@azure/functions-core`, as the library sees it. */
  readonly coreApi: CoreApi;
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  /** Runs the appStart hooks and ends the time in which functions may be registered. */
  finishStart(appDir: string): Promise<void>;
  /** Runs one invocation with its hooks. `onStarted` is called when the handler is about to run. Throws what it throws. */
  invoke(fn: RegisteredFunction, request: InvocationRequest, onStarted: () => void): Promise<InvocationResponse>;
  terminate(): Promise<void>;
}

/** What the library marks its own errors with. */
function systemError(message: string, error: Error = new Error(message)): Error {
  return Object.assign(error, { isAzureFunctionsSystemError: true });
}

class Disposable {
  constructor(private callback: (() => void) | undefined) {}
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => all.forEach((one) => one.dispose()));
  }
  dispose(): void {
    const callback = this.callback;
    this.callback = undefined;
    callback?.();
  }
}

interface WorkerState {
  functions: Map<string, RegisteredFunction>;
  hooks: Hooks;
  model: ProgrammingModel | undefined;
  started: boolean;
  /** Invocation contexts by invocation id, for log hooks. */
  running: Map<string, object>;
  log: Log;
}

export function createWorker(log: Log): Worker {
  const state: WorkerState = {
    functions: new Map(),
    hooks: createHooks(systemError),
    model: undefined,
    started: false,
    running: new Map(),
    log,
  };
  return {
    coreApi: createCoreApi(state),
    functions: state.functions,
    async finishStart(appDir) {
      // The real worker runs these after the entry points, so hooks registered anywhere in the app are called.
      await state.hooks.runAppHooks("appStart", { functionAppDirectory: appDir });
      const capabilities = await state.model?.getCapabilities?.({});
      state.started = true;
      if (capabilities?.HttpUri !== undefined) {
        throw new Error(
          "app.setup({ enableHttpStream: true }) is not supported by the local host: the library would listen on all network interfaces.",
        );
      }
    },
    invoke: (fn, request, onStarted) => invoke(state, fn, request, onStarted),
    terminate: () => state.hooks.runAppHooks("appTerminate", {}),
  };
}

function createCoreApi(state: WorkerState): CoreApi {
  return {
    version: "3.10.0-local",
    hostVersion: "4.1000.0-local",
    Disposable,
    setProgrammingModel: (model) => {
      state.model = model;
    },
    getProgrammingModel: () => state.model,
    registerHook: (name, callback) => new Disposable(state.hooks.register(name, callback)),
    registerFunction: (metadata, callback) => register(state, metadata, callback),
    log: (level, category, message) => write(state, { level, category, message }),
  };
}

function register(state: WorkerState, metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
  if (state.started) throw systemError("A function can only be registered during app startup.");
  const id = metadata.functionId ?? metadata.name;
  if (state.functions.has(id)) throw systemError(`A function with id "${id}" has already been registered.`);
  state.functions.set(id, { metadata: { ...metadata, functionId: id }, callback });
  return new Disposable(() => {
    if (state.started) throw systemError("A function can only be disposed during app startup.");
    state.functions.delete(id);
  });
}

async function invoke(
  state: WorkerState,
  fn: RegisteredFunction,
  request: InvocationRequest,
  onStarted: () => void,
): Promise<InvocationResponse> {
  if (!state.model) throw new Error("The app registered no programming model.");
  const { invocationId } = request;
  const core: CoreInvocationContext = {
    invocationId,
    metadata: fn.metadata,
    request,
    log: (level, category, message) =>
      write(state, { level, category, message, invocationId, functionName: fn.metadata.name }),
  };
  const model = await state.model.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();
  state.running.set(invocationId, context);
  const hooks = state.hooks.forInvocation(context);
  try {
    core.state = "preInvocationHooks";
    const before = await hooks.before(fn.callback, inputs);
    core.state = "invocation";
    let result: unknown = null;
    let error: unknown = null;
    onStarted();
    try {
      result = await model.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (thrown) {
      error = thrown;
    }
    core.state = "postInvocationHooks";
    const after = await hooks.after(before.inputs, result, error);
    core.state = undefined;
    if (after.error) throw toError(after.error);
    return await model.getResponse(context, after.result);
  } finally {
    state.running.delete(invocationId);
  }
}

interface WorkerLogEntry {
  level: LogLevel;
  category: string;
  message: string;
  invocationId?: string;
  functionName?: string;
}

function write(state: WorkerState, { level, category, message, invocationId, functionName }: WorkerLogEntry): void {
  const invocationContext = invocationId === undefined ? undefined : state.running.get(invocationId);
  const seen = state.hooks.runLogHooks({ level, message, category, invocationContext });
  // Hooks may rewrite what the app says, not what the library or the worker says.
  const shown = category === "user" ? seen : { level, message };
  state.log({ ...shown, functionName });
}
