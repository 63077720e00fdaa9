import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROLES } from "../../../shared/domain/access/permissions";

jest.setTimeout(180_000);

const repository = path.resolve(__dirname, "../../..");
const MSP = "3a7c1f52-64d0-4b1e-9f0a-5c2e8d71b001";
const VAULT = ["--vault", "vault", "--resource-group", "rg", "--public-url", "https://csp.example/"];

interface Application {
  uniqueName: string;
  appId: string;
  signInAudience: string;
  identifierUris: string[];
  api: {
    requestedAccessTokenVersion: number;
    oauth2PermissionScopes: { value: string }[];
    preAuthorizedApplications: object[];
  };
  appRoles: { id: string; value: string; allowedMemberTypes: string[]; isEnabled: boolean }[];
  web: { redirectUris: string[] };
  requiredResourceAccess: { resourceAccess: { id: string; type: string }[] }[];
  passwordCredentials: { keyId: string; displayName: string; endDateTime: string }[];
}

interface Directory {
  applications: Application[];
  servicePrincipals: { appId: string }[];
  vault: Record<string, { value: string; tags: { keyId: string }; properties: { attributes: { exp: number } } }>;
  secretsGiven: string[];
  calls: string[][];
  writes: number;
  account: { id: string; tenantId: string; user: { type: string } };
}

/** A directory of its own with a fake `az` in front of it. */
function newDirectory() {
  const folder = mkdtempSync(path.join(tmpdir(), "fake-az-"));
  const file = path.join(folder, "state.json");
  const save = (state: Directory): void => writeFileSync(file, JSON.stringify(state));
  const read = (): Directory => JSON.parse(readFileSync(file, "utf8")) as Directory;
  const account = { id: "11111111-1111-4111-8111-111111111111", tenantId: MSP, user: { type: "user" } };
  save({ applications: [], servicePrincipals: [], vault: {}, secretsGiven: [], calls: [], writes: 0, account });
  const az = path.join(folder, "az");
  writeFileSync(az, `#!/bin/sh\nexec "${process.execPath}" "${path.join(__dirname, "fake-az.cjs")}" "$@"\n`);
  chmodSync(az, 0o755);
  const run = (args: string[], more: Record<string, string> = {}) => {
    save({ ...read(), calls: [], writes: 0 });
    const script = path.join(repository, "scripts/register-entra-apps.mjs");
    const env = {
      PATH: `${folder}:/usr/bin:/bin`,
      TMPDIR: folder,
      FAKE_AZ_STATE: file,
      AZ_RETRY_PAUSE_MS: "1",
      ...more,
    };
    return spawnSync(process.execPath, [script, "--name", "prod", ...args], { env, encoding: "utf8" });
  };
  return { folder, read, save, run, remove: () => rmSync(folder, { recursive: true }) };
}

let directory: ReturnType<typeof newDirectory>;
beforeEach(() => (directory = newDirectory()));
afterEach(() => {
  directory.remove();
});

const api = (): Application => directory.read().applications.find((app) => app.uniqueName.includes("-api-"))!;
const tenants = (): Application => directory.read().applications.find((app) => app.uniqueName.includes("-tenants-"))!;

test("the API is registered with its scope and the roles of the permission table, for people of many directories", () => {
  const { status, stdout } = directory.run([]);
  expect(status).toBe(0);
  expect(api()).toMatchObject({
    signInAudience: "AzureADMultipleOrgs",
    identifierUris: [`api://${api().appId}`],
    api: { requestedAccessTokenVersion: 2, oauth2PermissionScopes: [{ value: "access_as_user" }] },
  });
  expect(api().appRoles.map(({ value }) => value)).toEqual([...ROLES]);
  const forScripts = api().appRoles.filter(({ allowedMemberTypes }) => allowedMemberTypes.includes("Application"));
  expect(forScripts.map(({ value }) => value)).toEqual(["ApiApp"]);
  expect(api().appRoles.every(({ id }) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))).toBe(true);
  expect(stdout.split("\n")).toEqual([
    `MSP_TENANT_ID=${MSP}`,
    `API_CLIENT_ID=${api().appId}`,
    `TENANT_APP_CLIENT_ID=${tenants().appId}`,
    "FIRST_ADMIN_OBJECT_ID=29e83690-ef90-4e68-858b-dda67cdb1623",
    "",
  ]);
});

test("the tenant app asks customers for one permission, and is sent back to the consent callback", () => {
  directory.run(VAULT);
  expect(tenants()).toMatchObject({
    signInAudience: "AzureADMultipleOrgs",
    web: { redirectUris: ["https://csp.example/app/TenantConsentCallback"] },
    requiredResourceAccess: [
      {
        resourceAppId: "00000003-0000-0000-c000-000000000000",
        resourceAccess: [{ id: "498476ce-e0fe-48b0-b801-37ba7e2685c6", type: "Role" }],
      },
    ],
  });
  expect(directory.read().servicePrincipals.map(({ appId }) => appId)).toEqual([api().appId, tenants().appId]);
});

test("its secret goes into the vault for a year, and is seen nowhere else", () => {
  const { stdout, stderr } = directory.run(VAULT);
  const { vault, secretsGiven, calls } = directory.read();
  expect(secretsGiven).toEqual([vault["tenant-app"]?.value]);
  const [credential] = tenants().passwordCredentials;
  expect(vault["tenant-app"]?.tags.keyId).toBe(credential?.keyId);
  expect(vault["tenant-app"]?.properties.attributes.exp).toBe(Date.parse(credential?.endDateTime ?? "") / 1000);
  expect(Date.parse(credential?.endDateTime ?? "") - Date.now()).toBeGreaterThan(364 * 86_400_000);
  expect(`${stdout}${stderr}${JSON.stringify(calls)}`).not.toContain("secret-of-");
  // Nor is the file left behind that carried it.
  expect(readdirSync(directory.folder).sort()).toEqual(["az", "state.json"]);
});

test("a second run reads and changes nothing", () => {
  directory.run(VAULT);
  const { applications, vault } = directory.read();
  const { status, stderr } = directory.run(VAULT);
  expect([status, stderr]).toEqual([0, ""]);
  expect(directory.read()).toMatchObject({ applications, vault, writes: 0 });
});

test("before there is a vault and an address the applications are made; the next run adds what was missing", () => {
  const { stderr } = directory.run([]);
  expect(stderr).toContain("There is no vault yet");
  expect([tenants().web.redirectUris, directory.read().vault]).toEqual([[], {}]);
  const { applications } = directory.read();
  expect(directory.run(VAULT).status).toBe(0);
  expect(directory.read().applications.map(({ appId }) => appId)).toEqual(applications.map(({ appId }) => appId));
  expect(tenants().web.redirectUris).toEqual(["https://csp.example/app/TenantConsentCallback"]);
  expect(Object.keys(directory.read().vault)).toEqual(["tenant-app"]);
});

test("whichever write fails, with or without effect, the next run finishes the job: nothing twice, no secret astray", () => {
  directory.run(VAULT);
  const { writes } = directory.read();
  expect(writes).toBeGreaterThanOrEqual(8);
  const summary = () => {
    const { vault, servicePrincipals, applications } = directory.read();
    const unnamed = (app: Application) => JSON.stringify(app).replaceAll(/[0-9a-f-]{36}|20\d\d-[^"]*/g, "?");
    const credentials = tenants().passwordCredentials.map(({ keyId }) => keyId);
    return {
      applications: applications.map(unnamed),
      principals: servicePrincipals.length,
      usable: credentials.length === 1 && credentials[0] === vault["tenant-app"]?.tags.keyId,
    };
  };
  const complete = summary();
  expect(complete.usable).toBe(true);
  for (let at = 1; at <= writes; at++) {
    for (const when of ["before", "after"]) {
      directory.remove();
      directory = newDirectory();
      const failed = directory.run(VAULT, { FAKE_AZ_FAIL: `${at}:${when}` });
      expect([at, when, failed.status]).toEqual([at, when, 1]);
      expect(failed.stderr).toContain("Unlucky");
      expect([at, when, directory.run(VAULT).status]).toEqual([at, when, 0]);
      expect([at, when, summary()]).toEqual([at, when, complete]);
    }
  }
});

test("what others added is left alone: a redirect address, a role, a credential; a role made by hand keeps its id", () => {
  directory.run(VAULT);
  const state = directory.read();
  const app = state.applications.find(({ uniqueName }) => uniqueName.includes("-tenants-"))!;
  app.web.redirectUris.push("https://elsewhere.example/");
  app.passwordCredentials.push({ keyId: "theirs", displayName: "by hand", endDateTime: "2030-01-01T00:00:00Z" });
  const ofApi = state.applications.find(({ uniqueName }) => uniqueName.includes("-api-"))!;
  ofApi.appRoles = [
    { ...ofApi.appRoles[0]!, id: "made-by-hand", isEnabled: false },
    { id: "another", value: "Auditor", allowedMemberTypes: ["User"], isEnabled: true },
  ];
  directory.save(state);
  expect(directory.run(VAULT).status).toBe(0);
  expect(tenants().web.redirectUris).toContain("https://elsewhere.example/");
  expect(tenants().passwordCredentials.map(({ keyId }) => keyId)).toContain("theirs");
  expect(
    api()
      .appRoles.map(({ value }) => value)
      .sort(),
  ).toEqual(["Auditor", ...ROLES].sort());
  expect(api().appRoles.find(({ value }) => value === "Admin")).toMatchObject({ id: "made-by-hand", isEnabled: true });
});

test("a secret is renewed when asked or when it ends soon; the one before is kept until the renewal after that", () => {
  directory.run(VAULT);
  const [first] = tenants().passwordCredentials;
  expect(directory.run([...VAULT, "--renew-secret"]).status).toBe(0);
  const [, second] = tenants().passwordCredentials;
  expect(tenants().passwordCredentials.map(({ keyId }) => keyId)).toEqual([first?.keyId, second?.keyId]);

  const state = directory.read();
  state.vault["tenant-app"]!.properties.attributes.exp = Date.now() / 1000 + 44 * 86_400;
  directory.save(state);
  expect(directory.run(VAULT).status).toBe(0);
  const [kept, third] = tenants().passwordCredentials;
  expect([kept?.keyId, tenants().passwordCredentials.length]).toEqual([second?.keyId, 2]);
  expect(directory.read().vault["tenant-app"]?.tags.keyId).toBe(third?.keyId);
});

test("a secret in the vault that somebody removed at Microsoft is replaced", () => {
  directory.run(VAULT);
  const state = directory.read();
  for (const app of state.applications) app.passwordCredentials = [];
  directory.save(state);
  expect(directory.run(VAULT).status).toBe(0);
  const [credential] = tenants().passwordCredentials;
  expect(credential?.keyId).toBe(directory.read().vault["tenant-app"]?.tags.keyId);
});

test("only when it is wanted may people use the Azure CLI to get tokens", () => {
  directory.run([]);
  expect(api().api.preAuthorizedApplications).toEqual([]);
  directory.run(["--allow-azure-cli"]);
  expect(api().api.preAuthorizedApplications).toMatchObject([{ appId: "04b07795-8ddb-461a-bbee-02f9e1bf7b46" }]);
});

describe("what is wrong is said, and nothing is made", () => {
  test.each<[what: string, args: string[], environment: Record<string, string>, message: RegExp]>([
    [
      "another directory",
      [],
      { MSP_TENANT_ID: "20000000-0000-4000-8000-000000000001" },
      /signed in to directory 3a7c1f52/,
    ],
    ["a vault without its group", ["--vault", "vault"], {}, /--vault needs --resource-group/],
    ["an unknown option", ["--rotate"], {}, /Unknown option '--rotate'/],
    ["a secret that is renewed at once", ["--secret-days", "30"], {}, /number above 45/],
    ["no az", [], { PATH: "/nowhere" }, /Azure CLI, is not installed/],
  ])("%s", (_, args, environment, message) => {
    const { status, stderr } = directory.run(args, environment);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(directory.read().applications).toEqual([]);
  });

  test("a vault that is not there takes no secret, and none is made for it", () => {
    const { status, stderr } = directory.run(["--vault", "other", "--resource-group", "rg"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/Reading the vault other failed: .*ResourceNotFound/);
    expect(directory.read().secretsGiven).toEqual([]);
  });

  test("a pipeline that is signed in has to name the first Admin", () => {
    directory.save({
      ...directory.read(),
      account: { ...directory.read().account, user: { type: "servicePrincipal" } },
    });
    expect(directory.run([]).stderr).toContain("FIRST_ADMIN_OBJECT_ID has to be set");
  });
});
