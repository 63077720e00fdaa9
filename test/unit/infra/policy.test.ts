import { readFileSync } from "node:fs";
import path from "node:path";
import { readConfig, SETTING_NAMES } from "../../../shared/config";

const infra = path.resolve(__dirname, "../../../infra");

interface Resource {
  type: string;
  name: string;
  properties: Record<string, unknown>;
}

interface Queue {
  name: string;
}

/** What the compiler predicts for a parameter file; `npm run check:infra` keeps it true. */
function predicted(environment: string): { resources: Resource[]; text: string } {
  const text = readFileSync(path.join(infra, `main.${environment}.snapshot.json`), "utf8");
  return { resources: (JSON.parse(text) as { predictedResources: Resource[] }).predictedResources, text };
}

const queues = JSON.parse(readFileSync(path.join(infra, "queues.json"), "utf8")) as Queue[];

describe.each(["dev", "prod"])("what is deployed for %s", (environment) => {
  const { resources, text } = predicted(environment);
  const ofType = (type: string): Resource[] => {
    const found = resources.filter((resource) => resource.type === type);
    expect(found).not.toHaveLength(0);
    return found;
  };

  test("storage takes no keys, nothing anonymous, and only TLS 1.2", () => {
    for (const { properties } of ofType("Microsoft.Storage/storageAccounts"))
      expect(properties).toMatchObject({
        allowSharedKeyAccess: false,
        allowBlobPublicAccess: false,
        minimumTlsVersion: "TLS1_2",
        supportsHttpsTrafficOnly: true,
        defaultToOAuthAuthentication: true,
        allowCrossTenantReplication: false,
      });
    for (const { properties } of ofType("Microsoft.Storage/storageAccounts/blobServices/containers"))
      expect(properties).toMatchObject({ publicAccess: "None" });
  });

  test("state and the host's own files lie in different accounts, and the state is what it is called in the code", () => {
    const tables = ofType("Microsoft.Storage/storageAccounts/tableServices/tables").map(({ name }) => name.split("/"));
    expect(tables.map((parts) => parts[2])).toEqual(["state", "directory", "work"]);
    expect(new Set(tables.map((parts) => parts[0])).size).toBe(1);
    const deployments = ofType("Microsoft.Storage/storageAccounts/blobServices/containers").find(({ name }) =>
      name.endsWith("/deployments"),
    );
    expect(deployments?.name.split("/")[0]).not.toBe(tables[0]?.[0]);
  });

  test("the vault opens by roles only, and nothing in it can be purged", () => {
    for (const { properties } of ofType("Microsoft.KeyVault/vaults"))
      expect(properties).toMatchObject({
        enableRbacAuthorization: true,
        enablePurgeProtection: true,
        softDeleteRetentionInDays: 90,
      });
  });

  test("Service Bus takes no keys, and has the queues the local broker has", () => {
    for (const { properties } of ofType("Microsoft.ServiceBus/namespaces"))
      expect(properties).toMatchObject({ disableLocalAuth: true, minimumTlsVersion: "1.2" });
    const deployed = ofType("Microsoft.ServiceBus/namespaces/queues").map(({ name, properties }) => ({
      name: name.split("/")[1],
      ...properties,
    }));
    expect(deployed).toEqual(queues);
  });

  test("telemetry takes no keys, and a day of logs has a limit", () => {
    for (const { properties } of ofType("Microsoft.Insights/components"))
      expect(properties).toMatchObject({ DisableLocalAuth: true, SamplingPercentage: 100 });
    for (const { properties } of ofType("Microsoft.OperationalInsights/workspaces")) {
      expect(properties["workspaceCapping"]).toMatchObject({ dailyQuotaGb: expect.any(Number) as number });
      expect(properties["features"]).toMatchObject({ disableLocalAuth: true });
    }
  });

  test("the app answers https alone, is published to by identity, and has no open publishing account", () => {
    for (const { properties } of ofType("Microsoft.Web/sites"))
      expect(properties).toMatchObject({
        httpsOnly: true,
        functionsRuntimeAdminIsolationEnabled: true,
        siteConfig: { minTlsVersion: "1.2", ftpsState: "Disabled", remoteDebuggingEnabled: false },
        functionAppConfig: { deployment: { storage: { authentication: { type: "UserAssignedIdentity" } } } },
      });
    const accounts = ofType("Microsoft.Web/sites/basicPublishingCredentialsPolicies");
    expect(accounts.map(({ name }) => name.split("/")[1]).sort()).toEqual(["ftp", "scm"]);
    for (const { properties } of accounts) expect(properties).toEqual({ allow: false });
  });

  test("no origin but the app's own may call it from a browser unless it is named", () => {
    const [site] = ofType("Microsoft.Web/sites");
    const { cors } = site?.properties["siteConfig"] as { cors: { allowedOrigins: string[] } };
    // What a deployment may name at all is checked by the templates, and that they do by `npm run check:infra`.
    expect(cors).toEqual({ allowedOrigins: [], supportCredentials: false });
  });

  test("its rights are those it needs, each for one resource", () => {
    const roles: Record<string, string> = {
      "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
      "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
      "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
      "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
      "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
      "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39": "Service Bus Data Sender",
      "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0": "Service Bus Data Receiver",
      "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    };
    const given = ofType("Microsoft.Authorization/roleAssignments").map(({ properties }) => {
      const id = /[0-9a-f-]{36}(?='?\)?\]?$)/.exec(String(properties["roleDefinitionId"]))?.[0] ?? "";
      return roles[id] ?? `an unknown role: ${id}`;
    });
    const count = (name: string): number => given.filter((role) => role === name).length;
    expect(Object.fromEntries([...new Set(given)].map((name) => [name, count(name)]))).toEqual({
      "Storage Table Data Contributor": 4,
      "Storage Blob Data Owner": 1,
      "Storage Blob Data Contributor": 1,
      "Storage Queue Data Contributor": 1,
      "Key Vault Secrets Officer": 1,
      "Service Bus Data Sender": queues.length,
      "Service Bus Data Receiver": queues.length,
      "Monitoring Metrics Publisher": 1,
    });
  });

  test("every setting the app reads is there, none that it does not know, and none that holds a secret", () => {
    const [settings] = ofType("Microsoft.Web/sites/config");
    const given = Object.keys(settings?.properties ?? {});
    const ofHost = given.filter((name) => /^(AzureWebJobs|APPLICATION_?INSIGHTS_|SERVICE_BUS__c)/.test(name));
    const ofApp = given.filter((name) => !ofHost.includes(name));
    expect(ofApp.filter((name) => !SETTING_NAMES.includes(name))).toEqual([]);
    // What is known only after the deployment is an expression in the prediction.
    const known = (name: string, value: string): string => {
      if (!value.startsWith("[")) return value;
      return /URL|Uri|AUTHORITY/.test(name) ? "https://predicted.example" : "11111111-1111-1111-1111-111111111111";
    };
    const resolved = Object.fromEntries(ofApp.map((name) => [name, known(name, String(settings?.properties[name]))]));
    expect(readConfig(resolved)).toMatchObject({ writeMode: "off" });
    expect(given.join(" ")).not.toMatch(/key\b|password|connection(?!_string)/i);
    expect(text).not.toMatch(/AccountKey=|SharedAccessKey=|listKeys\(/);
  });

  test("a caller has the limits that the code has by itself, and the platform says nothing at its front door", () => {
    const [settings] = ofType("Microsoft.Web/sites/config");
    expect(settings?.properties).toMatchObject({
      RATE_LIMIT_READS_PER_MINUTE: "600",
      RATE_LIMIT_WRITES_PER_MINUTE: "120",
      RATE_LIMIT_ANONYMOUS_PER_MINUTE: "300",
      AzureWebJobsDisableHomepage: "true",
    });
  });

  test("what it leaves out are connection strings of one machine and the times of the ledger, which have defaults", () => {
    const [settings] = ofType("Microsoft.Web/sites/config");
    const left = SETTING_NAMES.filter((name) => !(name in (settings?.properties ?? {})));
    const withDefault = left.filter((name) => /^LEDGER_\w+_SECONDS$/.test(name));
    expect(withDefault).toHaveLength(5);
    expect(left.filter((name) => !withDefault.includes(name)).sort()).toEqual([
      "BACKUP_STORAGE",
      "SERVICE_BUS",
      "STATE_STORAGE",
    ]);
  });

  test("writes to Microsoft are off until somebody turns them on", () => {
    const [settings] = ofType("Microsoft.Web/sites/config");
    expect(settings?.properties["WRITE_MODE"]).toBe("off");
  });

  test("diagnostics go where they inform: secrets read, rows written, but no table reads", () => {
    const categories = ofType("Microsoft.Insights/diagnosticSettings").flatMap(({ properties }) =>
      ((properties["logs"] ?? []) as { category: string; enabled: boolean }[]).map(({ category }) => category),
    );
    expect(categories).toEqual(
      expect.arrayContaining(["AuditEvent", "StorageWrite", "StorageDelete", "OperationalLogs"]),
    );
    expect(categories).not.toContain("StorageRead");
  });
});

test("production is protected against deletion and spread over zones; development is cheap", () => {
  const locks = (environment: string): number =>
    predicted(environment).resources.filter(({ type }) => type === "Microsoft.Authorization/locks").length;
  expect([locks("dev"), locks("prod")]).toEqual([0, 2]);
  const plan = predicted("prod").resources.find(({ type }) => type === "Microsoft.Web/serverfarms");
  expect(plan?.properties["zoneRedundant"]).toBe(true);
});
