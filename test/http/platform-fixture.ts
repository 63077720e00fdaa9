import path from "node:path";
import { TableClient, type TableEntityResult } from "@azure/data-tables";
import { accessTokenOf } from "../../local/demo/access-token";
import { demo } from "../../local/partner-center-simulator/presets/demo";
import { ANY_PORTS } from "../../local/platform/ports";
import { startPlatform, type Platform, type PlatformOptions } from "../../local/platform/start-platform";
import { customerTenants, mspTenant } from "../../local/presets/tenants";
import { anyText, fieldsWith, textLike } from "./matchers";
import { missingHeaders } from "./safe-headers";
import { checkedFetch, readServedDocument } from "./served-document";
import { request, type Answer, type RequestOptions } from "./wire";

// A platform takes two seconds to start, more on a busy machine; what never comes is found by `eventually`.
jest.setTimeout(60_000);

/** The people of the demo world; `tenantUser` is a user of the customer "mueller". */
const ACCOUNTS = {
  admin: `admin@${mspTenant.domain}`,
  operator: `operator@${mspTenant.domain}`,
  approver: `approver@${mspTenant.domain}`,
  reader: `reader@${mspTenant.domain}`,
  tenantUser: `user@${customerTenants.mueller.domain}`,
} as const;
type Person = keyof typeof ACCOUNTS;

export interface SendOptions extends Omit<RequestOptions, "token"> {
  /** Who asks; `admin` when absent. `{ token }` for a token of the test's own making, `nobody` for none at all. */
  as?: Person | "nobody" | { token: string };
}

type StandInName = "simulator" | "entra" | "graph" | "keyVault";

/** The whole system on ephemeral ports, and what these tests do to it. */
export interface World {
  readonly platform: Platform;
  /** Every line that the host and the app wrote so far. */
  readonly hostLines: readonly string[];
  /** Every answer of the API so far. */
  readonly answers: readonly Answer[];
  /** Asks the API. Every answer is held against the OpenAPI document that the system serves, and has the security headers. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  /** As a browser asks; what the API answers is held against the document, too. */
  readonly fetch: typeof globalThis.fetch;
  tokenOf(person: Person): Promise<string>;
  /** Turns a switch of a stand-in: a call of its `/_control` API. Returns what it answers. */
  control(part: StandInName, method: string, path: string, body?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export async function startWorld(more: Pick<PlatformOptions, "settings" | "cors"> = {}): Promise<World> {
  const hostLines: string[] = [];
  const answers: Answer[] = [];
  const tokens = new Map<Person, Promise<string>>();
  const platform = await startPlatform({
    ports: ANY_PORTS,
    appDir: path.resolve(__dirname, "../.."),
    simulatorSeed: () => demo(),
    onHostLine: (line) => hostLines.push(line),
    ...more,
  });

  const document = await readServedDocument(platform.apiUrl);

  const tokenOf = (person: Person): Promise<string> => {
    const token = tokens.get(person) ?? accessTokenOf(platform.entra.url, ACCOUNTS[person]);
    tokens.set(person, token);
    return token;
  };

  return {
    ...{ platform, hostLines, answers, tokenOf, fetch: checkedFetch(document, platform.apiUrl) },
    async send(method, pathOrUrl, { as = "admin", ...options } = {}) {
      const address = new URL(pathOrUrl, platform.apiUrl);
      const token = as === "nobody" ? undefined : typeof as === "string" ? await tokenOf(as) : as.token;
      const answer = await request(address.href, method, { ...options, ...(token === undefined ? {} : { token }) });
      answers.push(answer);
      document.check(method, address.href, answer);
      const missing = missingHeaders(answer.headers);
      if (missing.length > 0) throw new Error(`${method} ${address.pathname} lacks ${missing.join(", ")}`);
      return answer;
    },
    async control(part, method, controlPath, body) {
      const answer = await request(`${platform[part].url}/_control${controlPath}`, method, {
        key: null,
        ...(body === undefined ? {} : { body }),
      });
      if (answer.status >= 300) throw new Error(`${part} ${controlPath}: ${answer.status} ${answer.text}`);
      return answer.body;
    },
    close: () => platform.close(),
  };
}

/** Every row of a table, as it is stored. */
export async function rowsOf(
  { platform }: World,
  table: "state" | "directory" | "work",
): Promise<TableEntityResult<Record<string, unknown>>[]> {
  const rows: TableEntityResult<Record<string, unknown>>[] = [];
  for await (const row of tableOf(platform, table).listEntities()) rows.push(row);
  return rows;
}

/** Changes a row of the table `state` behind the app's back: the state of long work, made short. */
export async function editRow(
  { platform }: World,
  partition: string,
  row: string,
  edit: (value: Record<string, unknown>) => unknown,
): Promise<void> {
  const table = tableOf(platform, "state");
  const entity = await table.getEntity<{ body0: string }>(partition, row);
  const body0 = JSON.stringify(edit(JSON.parse(entity.body0) as Record<string, unknown>));
  await table.updateEntity({ partitionKey: partition, rowKey: row, body0 }, "Merge", { etag: entity.etag });
}

/** Marks a row as one that only the next version may read, its value untouched. Returns what takes the mark away. */
export async function leftToNewer(
  { platform }: World,
  name: "state" | "directory",
  partitionKey: string,
  rowKey: string,
): Promise<() => Promise<void>> {
  const table = tableOf(platform, name);
  const { schemaVersion, readableFrom } = await table.getEntity(partitionKey, rowKey);
  const mark = async (versions: object): Promise<void> => {
    await table.updateEntity({ partitionKey, rowKey, ...versions }, "Merge", { etag: "*" });
  };
  await mark({ schemaVersion: 2, readableFrom: 2 });
  return () => mark({ schemaVersion, readableFrom });
}

/** Audit entries of long ago that nobody wrote, with numbers from 100,001 on: what years of work leave behind. */
export async function addOldEntries({ platform }: World, partition: string, count: number): Promise<void> {
  const entry = (seq: number): object => ({
    ...{ action: "old.entry", actor: { kind: "automation", id: "history", name: "history" }, result: "success" },
    ...{ object: { type: "tenant", id: partition }, seq, at: "2020-01-01T00:00:00.000Z" },
    ...{ attemptId: "history", previousHash: "" },
  });
  const table = tableOf(platform, "state");
  for (let from = 1; from <= count; from += 100) {
    const some = Array.from({ length: Math.min(100, count - from + 1) }, (_, i) => 100_000 + from + i);
    await table.submitTransaction(
      some.map((seq) => {
        const rowKey = `audit_${String(999_999_999_999 - seq)}`;
        return ["create", { partitionKey: partition, rowKey, schemaVersion: 1, body0: JSON.stringify(entry(seq)) }];
      }),
    );
  }
}

/** Gives a row new ETags without end, so that whoever wants to change it comes too late. Returns what ends it. */
export function winEveryRace({ platform }: World, partition: string, row: string, rivals = 2): () => Promise<void> {
  const table = tableOf(platform, "state");
  let racing = true;
  const race = async (): Promise<void> => {
    while (racing) await table.updateEntity({ partitionKey: partition, rowKey: row }, "Merge", { etag: "*" });
  };
  const races = Promise.all(Array.from({ length: rivals }, race));
  return async () => {
    racing = false;
    await races;
  };
}

function tableOf({ tables }: Platform, name: string): TableClient {
  return TableClient.fromConnectionString(tables.connectionString, name, { allowInsecureConnection: true });
}

/** Deletes a secret behind the app's back, as somebody with access to the vault can. */
export async function deleteFromVault({ platform }: World, name: string): Promise<void> {
  const { accessToken } = await platform.entra.issueServiceToken("https://vault.azure.net");
  const address = `${platform.keyVault.url}/secrets/${name}?api-version=7.5`;
  const { status, text } = await request(address, "DELETE", { token: accessToken, key: null });
  if (status !== 200) throw new Error(`Not deleted: ${status} ${text}`);
}

/** Asserts that an answer is a problem document (RFC 9457) with this status and code, and nothing else. */
export function expectProblem(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: fieldsWith({
      ...{ status, code, type: `urn:csp-marketplace:problem:${code}` },
      title: anyText,
      detail: anyText,
      instance: textLike(/^\//),
      correlationId: answer.headers.get("x-correlation-id"),
    }),
  });
  expect(answer.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  expect(answer.headers.get("cache-control")).toBe("no-store");
}

/** The JSON pointers of the fields a problem names. */
export function pointersOf(answer: Answer): string[] {
  const { errors = [] } = answer.body as { errors?: { pointer: string }[] };
  return errors.map(({ pointer }) => pointer);
}

/** Asks again until `isThere`; for what arrives a moment later, such as read models. Throws after ten seconds. */
export async function eventually<T>(ask: () => Promise<T>, isThere: (found: T) => boolean): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await ask();
    if (isThere(found)) return found;
    if (Date.now() > deadline) throw new Error(`Not seen within ten seconds. The last: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs a timer function of the app now, through the host's admin API. */
export async function runTimer({ platform }: World, name: string): Promise<void> {
  await platform.runFunction(name);
}
