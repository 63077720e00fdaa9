import { z } from "zod";

export type Environment = Readonly<Record<string, string | undefined>>;

const NamedKeys = z.record(z.string(), z.string().min(1));

/** Access keys, in place of Azure's secret store. */
const HostKeys = z.strictObject({
  master: z.string().min(1).optional(),
  /** Open every function of the app. */
  host: NamedKeys.default({}),
  /** By function name: open that function only. */
  functions: z.record(z.string(), NamedKeys).default({}),
});
export type HostKeys = z.infer<typeof HostKeys>;

const DEFAULT_BODY_LIMIT = 104_857_600;

/** Replaces every `%NAME%` by the setting of that name, and throws when there is none. */
export function resolveSettings(text: string, env: Environment): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined) throw new Error(`'%${name}%' does not resolve to a value: there is no such setting.`);
    return value;
  });
}

/** `AzureWebJobs.<function>.Disabled` set to `true` or `1` switches one function off. */
export function isDisabled(functionName: string, env: Environment): boolean {
  const value = env[`AzureWebJobs.${functionName}.Disabled`];
  return value !== undefined && ["true", "1"].includes(value.toLowerCase());
}

/** Bytes a request body may have: 100 MB unless `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` says otherwise, as in Azure. */
export function requestBodyLimit(env: Environment): number {
  const value = env.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT;
  if (value === undefined) return DEFAULT_BODY_LIMIT;
  const limit = Number(value);
  if (!Number.isSafeInteger(limit) || limit <= 0)
    throw new Error(`FUNCTIONS_REQUEST_BODY_SIZE_LIMIT must be a number of bytes, not "${value}".`);
  return limit;
}

/** Keys from the setting `FUNCTIONS_HOST_KEYS`, JSON such as `{"master":"m","host":{"default":"h"},"functions":{}}`. */
export function readHostKeys(env: Environment): HostKeys {
  const text = env.FUNCTIONS_HOST_KEYS;
  if (text === undefined) return { host: {}, functions: {} };
  try {
    return HostKeys.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(
      'FUNCTIONS_HOST_KEYS must be JSON such as {"master":"m","host":{"default":"h"},"functions":{"name":{"default":"f"}}}.',
      { cause },
    );
  }
}
