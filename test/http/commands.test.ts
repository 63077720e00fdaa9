import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { customerTenants } from "../../local/presets/tenants";
import { editRow, eventually, rowsOf, startWorld, type World } from "./platform-fixture";
import { furnishedWorld } from "./steps";
import { itemsIn } from "./wire";

const { mueller } = customerTenants;
const PROGRAM = path.resolve(__dirname, "../../dist/functions/commands/main.js");

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await furnishedWorld(world);
});
afterAll(() => world.close());

interface Run {
  code: number;
  out: string;
  err: string;
}

/** Runs a command as `npm run` does, with the settings of the running system. */
function run(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = world.platform.settings,
): Promise<Run> {
  const { PATH = "" } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { env: { PATH, ...settings }, cwd: tmpdir() }, (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, out, err }),
    );
  });
}

test("the audit logs of a working system hold", async () => {
  const { code, out } = await run(["verify-audit"]);
  expect([code, out]).toEqual([0, expect.stringMatching(/^The audit log holds: \d+ entries in \d+ partitions\.\n$/)]);
});

test("lists that were lost are made anew beside the running system", async () => {
  const list = async (address: string): Promise<unknown[]> =>
    itemsIn(await world.send("GET", `/api/v1/csp/${address}`)).map((item) => item["tenantId"]);
  await eventually(
    () => list("changes"),
    (found) => found.length > 0,
  );
  const before = [await list("tenants"), await list("changes")];
  const service = await import("@azure/data-tables");
  const table = service.TableClient.fromConnectionString(world.platform.tables.connectionString, "directory", {
    allowInsecureConnection: true,
  });
  for (const { partitionKey = "", rowKey = "" } of await rowsOf(world, "directory")) {
    await table.deleteEntity(partitionKey, rowKey);
  }
  expect(await list("tenants")).toEqual([]);
  const { code, out } = await run(["rebuild"]);
  expect([code, out]).toEqual([0, expect.stringContaining(`--after tenant_${mueller.tenantId}`)]);
  expect([await list("tenants"), await list("changes")]).toEqual(before);
});

test("rows of this version need no migration, and the settings may stand in a file", async () => {
  const file = path.join(await mkdtemp(path.join(tmpdir(), "settings-")), "local.settings.json");
  await writeFile(file, JSON.stringify({ IsEncrypted: false, Values: world.platform.settings }));
  const { code, out } = await run(["migrate", "--settings", file], {});
  expect(code).toBe(0);
  expect(out).toMatch(/Table state: \d+ rows seen, 0 migrated, 0 for a newer version alone\./);
});

test("an audit entry that somebody edited is named, and the command says so with its exit code", async () => {
  const partition = `tenant_${mueller.tenantId}`;
  const rows = await rowsOf(world, "state");
  const entry = rows.find(({ partitionKey, rowKey }) => partitionKey === partition && rowKey?.startsWith("audit_"));
  await editRow(world, partition, entry?.rowKey ?? "", (value) => ({ ...value, result: "failure" }));
  const { code, out } = await run(["verify-audit"]);
  expect([code, out]).toEqual([1, expect.stringContaining(`${partition}: the audit log of `)]);
  expect(out).toContain("changed after it was written");
});

test("a backup is taken on demand, and not without a place for it", async () => {
  const { code, out } = await run(["back-up"]);
  expect([code, out]).toEqual([0, expect.stringMatching(/^Backup \S+: \d+ rows in \d+ partitions, \d+ of them/)]);
  const { BACKUP_STORAGE: _place, ...settings } = world.platform.settings;
  const nowhere = await run(["back-up"], settings);
  expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining("BACKUP_STORAGE__blobServiceUri")]);
});

test("what cannot be done ends with exit code 2 and the reason", async () => {
  expect(await run(["rebuild"], {})).toMatchObject({
    code: 2,
    err: expect.stringContaining("KEY_VAULT_URL") as string,
  });
  expect(await run(["repair"])).toMatchObject({ code: 2, err: expect.stringContaining("Usage") as string });
  const { code, err } = await run(["migrate", "--after", "somewhere"]);
  expect([code, err]).toEqual([2, expect.stringContaining("--after must be a place")]);
});
