/**
 * The contract between the `@azure/functions` library and the worker that loads it: the shapes of the module
 * `@azure/functions-core`, which no npm package provides. Names and shapes are those of the library's own source (4.16).
 */

/** One value on its way between host and library; exactly one field is set. */
export interface TypedData {
  string?: string | null;
  json?: string | null;
  bytes?: Uint8Array | null;
  int?: number | string | null;
  double?: number | null;
  http?: HttpData | null;
  collectionString?: { string: string[] } | null;
  collectionBytes?: { bytes: Uint8Array[] } | null;
}

export interface Nullable<T> {
  value?: T | null;
}

export interface HttpCookie {
  name?: string;
  value?: string;
  domain?: Nullable<string> | undefined;
  path?: Nullable<string> | undefined;
  expires?: Nullable<{ seconds?: number | string | null }> | undefined;
  secure?: Nullable<boolean> | undefined;
  httpOnly?: Nullable<boolean> | undefined;
  maxAge?: Nullable<number> | undefined;
  sameSite?: "none" | "lax" | "strict" | "explicitNone";
}

export interface HttpData {
  method?: string;
  url?: string;
  nullableHeaders?: Record<string, Nullable<string>>;
  nullableParams?: Record<string, Nullable<string>>;
  nullableQuery?: Record<string, Nullable<string>>;
  headers?: Record<string, string>;
  statusCode?: string;
  cookies?: HttpCookie[];
  body?: TypedData | null;
}

export interface Duration {
  seconds?: number | string | null;
  nanos?: number | null;
}

interface RetryOptions {
  retryStrategy?: string;
  maxRetryCount?: number;
  delayInterval?: Duration | undefined;
  minimumInterval?: Duration | undefined;
  maximumInterval?: Duration | undefined;
}

export interface Binding {
  type: string;
  direction?: string;
  [setting: string]: unknown;
}

export interface FunctionMetadata {
  name: string;
  functionId?: string;
  bindings: Record<string, Binding>;
  retryOptions?: RetryOptions | undefined;
}

export type FunctionCallback = (...args: unknown[]) => unknown;

export interface RegisteredFunction {
  metadata: FunctionMetadata;
  callback: FunctionCallback;
}

export type LogLevel = "trace" | "debug" | "information" | "warning" | "error" | "critical" | "none";

export interface TraceContext {
  traceParent: string;
  traceState: string;
  attributes: Record<string, string>;
}

export interface RetryContext {
  retryCount: number;
  maxRetryCount: number;
  exception: { message: string; source: string; stackTrace: string };
}

export interface InvocationRequest {
  invocationId: string;
  functionId: string;
  inputData: { name: string; data: TypedData }[];
  triggerMetadata: Record<string, TypedData>;
  retryContext?: RetryContext | undefined;
  traceContext: TraceContext;
}

export interface InvocationResponse {
  outputData?: { name: string; data: TypedData }[];
  returnValue?: TypedData | null | undefined;
}

export interface CoreInvocationContext {
  invocationId: string;
  request: InvocationRequest;
  metadata: FunctionMetadata;
  state?: "preInvocationHooks" | "invocation" | "postInvocationHooks" | undefined;
  log(level: LogLevel, category: string, message: string): void;
}

interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<InvocationResponse>;
}

export interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

export const HOOK_NAMES = ["preInvocation", "postInvocation", "appStart", "appTerminate", "log"] as const;
export type HookName = (typeof HOOK_NAMES)[number];
export type HookCallback = (context: object) => unknown;

export interface CoreApi {
  version: string;
  hostVersion: string;
  Disposable: unknown;
  setProgrammingModel(model: ProgrammingModel): void;
  getProgrammingModel(): ProgrammingModel | undefined;
  registerHook(name: string, callback: HookCallback): object;
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): object;
  log(level: LogLevel, category: string, message: string): void;
}
