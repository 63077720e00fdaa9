export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

/** One line of the log: already free of secrets, and safe for `JSON.stringify`. */
export interface LogRecord {
  time: string;
  level: LogLevel;
  message: string;
  [field: string]: unknown;
}

/**
 * Facts as fields, never bodies. `error`: somebody must act now; `warn`: it healed or will be retried; `info`: something
 * happened to a customer. An error's code is logged as `errorCode`: a field called `code` may be an authorisation code
 * and is removed.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}

const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const satisfies Record<LogLevel, number>;

const SECRET_KEY =
  /secret|token|passw|passphrase|authorization|cookie|assertion|credential|api[-_]?key|private[-_]?key|connection[-_]?string|signature|code[-_]?verifier|^(auth(orization)?[-_]?)?code$/i;
const REMOVED = "[removed]";

/** Secrets inside text: JWTs, bearer values, Entra refresh tokens and codes, query or form values. */
const SECRET_TEXT: readonly [RegExp, string][] = [
  [/\beyJ[\w-]{5,}\.[\w-]+(\.[\w-]*){0,3}/g, REMOVED],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${REMOVED}`],
  [/\b[01]\.A[\w-]{30,}(\.[\w-]+)*/g, REMOVED],
  [
    /\b(client_secret|client_assertion|refresh_token|access_token|id_token|code_verifier|password|code|sig)=[^&\s"']+/gi,
    `$1=${REMOVED}`,
  ],
  // The state of a sign-in, where it stands in an address: with its cookie it could be finished by somebody else.
  [/([?&]state=)[^&\s"']+/gi, `$1${REMOVED}`],
];

const MAX_TEXT = 2_000;
const MAX_ITEMS = 50;
const MAX_DEPTH = 6;

/** Writes one JSON line per record. */
export function jsonLines(write: (line: string) => void): (record: LogRecord) => void {
  return (record) => write(`${JSON.stringify(record)}\n`);
}

/** A structured logger that removes secrets before anything leaves it. Logging never throws. */
export function createLogger(options: {
  /** Lines below this level are dropped. */
  level: LogLevel;
  /** Where records go; standard output as JSON lines when absent. */
  sink?: (record: LogRecord) => void;
  now?: () => Date;
  fields?: LogFields;
  /** Fields of whatever runs when a line is written. */
  context?: () => LogFields;
}): Logger {
  const { level: least, now = () => new Date(), fields: own = {}, context = () => ({}) } = options;
  const sink = options.sink ?? jsonLines((line) => process.stdout.write(line));
  const write = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (RANK[level] < RANK[least]) return;
    const time = now().toISOString();
    try {
      sink({ ...redactFields({ ...context(), ...own, ...fields }), time, level, message: redactText(message) });
    } catch (error) {
      const reason = error instanceof Error ? error.name : "unknown";
      sink({ time, level, message: redactText(message), fieldsLost: reason });
    }
  };
  return {
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
    child: (fields) => createLogger({ ...options, sink, fields: { ...own, ...fields } }),
  };
}

function redactText(text: string): string {
  // Cut first, with room to spare: a pattern run over megabytes would stall the process.
  let clean = text.slice(0, MAX_TEXT * 2);
  for (const [pattern, replacement] of SECRET_TEXT) clean = clean.replace(pattern, replacement);
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}…` : clean;
}

function redactFields(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, redactField(key, value, 0, new Set())]));
}

function redactField(key: string, value: unknown, depth: number, seen: Set<object>): unknown {
  if (SECRET_KEY.test(key) && value !== undefined && value !== null) return REMOVED;
  return redact(value, depth, seen);
}

function redact(value: unknown, depth: number, seen: Set<object>): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return `[${typeof value}]`;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (seen.has(value)) return "[circular]";
  if (depth >= MAX_DEPTH) return "[too deep]";
  const within = new Set(seen).add(value);
  if (value instanceof Error) return describeError(value, depth, within);
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redact(item, depth + 1, within));
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_ITEMS)
      .map(([key, item]) => [key, redactField(key, item, depth + 1, within)]),
  );
}

/** Only what is known to be harmless: SDK errors carry the request and the answer, and with them tokens and bodies. */
function describeError(error: Error, depth: number, seen: Set<object>): Record<string, unknown> {
  const { code, statusCode, kind } = error as { code?: unknown; statusCode?: unknown; kind?: unknown };
  const plain = (value: unknown): unknown =>
    typeof value === "string" || typeof value === "number" ? redact(value, depth, seen) : undefined;
  const frames = error.stack?.split("\n").filter((line) => line.startsWith("    at "));
  return {
    name: error.name,
    message: redactText(error.message),
    errorCode: plain(code),
    statusCode: plain(statusCode),
    kind: plain(kind),
    stack: frames?.slice(0, 12).join("\n"),
    cause: error.cause === undefined ? undefined : redact(error.cause, depth + 1, seen),
    errors: error instanceof AggregateError ? redact(error.errors, depth + 1, seen) : undefined,
  };
}
