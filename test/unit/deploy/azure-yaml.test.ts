import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

const repository = path.resolve(__dirname, "../../..");
const read = (file: string): string => readFileSync(path.join(repository, file), "utf8");

interface AzdProject {
  infra: { provider: string; path: string; module: string };
  services: Record<string, { project: string; host: string; language: string; remoteBuild: boolean }>;
  hooks: Record<string, { shell: string; run: string }>;
}
const { infra, services, hooks } = parse(read("azure.yaml")) as AzdProject;
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

test("azd deploys one service, and the template has the app it belongs to", () => {
  const { predictedResources } = JSON.parse(read("infra/main.prod.snapshot.json")) as {
    predictedResources: { type: string; tags?: Record<string, string> }[];
  };
  const tagged = predictedResources.filter(({ tags }) => tags?.["azd-service-name"] !== undefined);
  expect(tagged.map(({ type, tags }) => [type, tags?.["azd-service-name"]])).toEqual([
    ["Microsoft.Web/sites", Object.keys(services)[0]],
  ]);
  expect(Object.keys(services)).toHaveLength(1);
});

test("it deploys the files of the package, built here and not again in Azure", () => {
  expect(services["app"]).toEqual({
    project: "dist/package/app",
    host: "function",
    language: "js",
    remoteBuild: false,
  });
  expect(hooks["prepackage"]?.run).toBe("npm ci && npm run package");
  expect(scripts["package"]).toBe("node scripts/package.mjs");
});

test("it finds the template and the parameter file that reads the azd environment", () => {
  expect(infra).toMatchObject({ provider: "bicep" });
  for (const ending of ["bicep", "bicepparam"])
    expect(existsSync(path.join(repository, infra.path, `${infra.module}.${ending}`))).toBe(true);
});

test("the registrations are made before the resources, and finished when there are an address and a vault", () => {
  expect(Object.keys(hooks)).toEqual(["preprovision", "postprovision", "prepackage", "postdeploy"]);
  for (const hook of ["preprovision", "postprovision"])
    expect(hooks[hook]?.run).toContain("node scripts/register-entra-apps.mjs --azd");
  for (const { run, shell } of Object.values(hooks)) {
    expect(shell).toBe("sh");
    for (const [file] of run.matchAll(/scripts\/[\w.-]+/g)) expect(existsSync(path.join(repository, file))).toBe(true);
  }
});

test("what the hooks and the registration read is what the template puts out", () => {
  const { outputs } = JSON.parse(read("infra/main.prod.snapshot.json")) as { outputs: Record<string, string> };
  expect(Object.keys(outputs).sort()).toEqual(["APP_NAME", "APP_URL", "AZURE_RESOURCE_GROUP", "KEY_VAULT_NAME"]);
  const script = read("scripts/register-entra-apps.mjs");
  for (const name of ["APP_URL", "AZURE_RESOURCE_GROUP", "KEY_VAULT_NAME"]) expect(script).toContain(`env.${name}`);
  expect(hooks["postdeploy"]?.run).toContain("$APP_URL");
  // An output that is also an input would fix for ever what was once computed.
  const inputs = [...read("infra/main.bicepparam").matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(
    ([, name]) => name,
  );
  expect(inputs.filter((name) => name !== undefined && name in outputs)).toEqual([]);
});
