import { readFileSync } from "node:fs";
import path from "node:path";
import { METRICS } from "../../../shared/domain/telemetry/metrics";
import { registeredFunctions } from "./registered-functions";

const root = path.resolve(__dirname, "../../..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");

interface Resource {
  type: string;
  name: string;
  properties: {
    description?: string;
    severity?: number;
    enabled?: boolean;
    actions?: unknown;
    scopes?: string[];
    criteria?: { allOf: Criterion[] };
    serializedData?: string;
  };
}

interface Criterion {
  query?: string;
  metricMeasureColumn?: string;
  timeAggregation: string;
  operator: string;
  threshold: number;
  metricName?: string;
}

interface Alert {
  name: string;
  resource: Resource["properties"];
  criterion: Criterion | undefined;
}

function predicted(environment: string): Resource[] {
  return (JSON.parse(read(`infra/main.${environment}.snapshot.json`)) as { predictedResources: Resource[] })
    .predictedResources;
}

function alertsOf(environment: string): Alert[] {
  return predicted(environment)
    .filter(({ type }) => /^Microsoft.Insights\/(metricAlerts|scheduledQueryRules)$/.test(type))
    .map(({ name, properties }) => ({
      name: name.replace(`csp-${environment}-`, ""),
      resource: properties,
      criterion: properties.criteria?.allOf[0],
    }));
}

const alerts = alertsOf("prod");
const queries = alerts.flatMap(({ name, criterion }) => (criterion?.query ? [{ name, query: criterion.query }] : []));
const workbook = JSON.parse(read("infra/workbook.json")) as {
  items: { name: string; content: { query?: string; crossComponentResources?: string[] } }[];
};
const tiles = workbook.items.flatMap(({ name, content }) => (content.query ? [{ name, query: content.query }] : []));
const runbook = read("docs/runbook.md");

/** The sections of the runbook by their heading, as far as the next heading of any level. */
const sections = new Map(
  [...runbook.matchAll(/^(#{2,3}) (.+)\n([\s\S]*?)(?=^#{2,3} |(?![\s\S]))/gm)].map(([, , title = "", text = ""]) => [
    title,
    text,
  ]),
);
const commands = [...runbook.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
const asked = commands
  .flatMap((text) => [...text.matchAll(/query '([^']*)'/g)])
  .map(([, query = ""], i) => ({ name: `query ${i + 1} of the runbook`, query }));

test("both environments have the same alerts, each with a name of its own", () => {
  expect(alerts.length).toBeGreaterThan(20);
  expect(alertsOf("dev").map(({ name }) => name)).toEqual(alerts.map(({ name }) => name));
  expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
});

test("every signal that operators have to know of has its alert", () => {
  const needed: Record<string, { alert: string; severity: number }[]> = {
    "dead letters, at once": [{ alert: "dead-letters", severity: 1 }],
    "messages that pile up, or wait": [
      { alert: "messages-pile-up", severity: 2 },
      { alert: "queue-age", severity: 2 },
    ],
    "Service Bus throttles, refuses, fails": [
      { alert: "service-bus-throttled", severity: 3 },
      { alert: "service-bus-refusals", severity: 3 },
      { alert: "service-bus-errors", severity: 3 },
    ],
    "unknown for ten minutes, any in review": [
      { alert: "unknown-writes", severity: 1 },
      { alert: "needs-review", severity: 1 },
    ],
    "sign-ins: refused, old, a secret that ends": [
      { alert: "reseller-sign-in", severity: 1 },
      { alert: "token-age", severity: 2 },
      { alert: "secret-ends", severity: 2 },
    ],
    "the outbox, the heartbeat": [
      { alert: "outbox-old", severity: 2 },
      { alert: "timers-missing", severity: 2 },
    ],
    "requests that fail, or are slow; the vault": [
      { alert: "http-failing", severity: 2 },
      { alert: "http-5xx", severity: 2 },
      { alert: "http-slow", severity: 3 },
      { alert: "vault-refusals", severity: 2 },
    ],
    "what the log calls an error": [{ alert: "error-lines", severity: 3 }],
    "Partner Center; backups": [
      { alert: "partner-center-throttled", severity: 3 },
      { alert: "partner-center-failing", severity: 2 },
      { alert: "backup-missing", severity: 1 },
    ],
  };
  const severities = new Map(alerts.map(({ name, resource }) => [name, resource.severity]));
  for (const { alert, severity } of Object.values(needed).flat())
    expect([alert, severities.get(alert)]).toEqual([alert, severity]);
});

test("the limits are those that were agreed on", () => {
  const limits = new Map(alerts.map(({ name, criterion }) => [name, [criterion?.operator, criterion?.threshold]]));
  expect(limits.get("unknown-writes")).toEqual(["GreaterThan", 10 * 60]);
  expect(limits.get("needs-review")).toEqual(["GreaterThan", 0]);
  expect(limits.get("token-age")).toEqual(["GreaterThan", 60 * 86_400]);
  expect(limits.get("outbox-old")).toEqual(["GreaterThan", 10 * 60]);
  expect(limits.get("dead-letters")).toEqual(["GreaterThan", 0]);
});

test.each(alerts)("$name is on, tells people, and says where the runbook goes on", ({ name, resource }) => {
  expect(resource.enabled).toBe(true);
  expect(JSON.stringify(resource.actions)).toContain("actionGroups/csp-prod-people");
  expect(resource.description).toMatch(new RegExp(`#${name}$`));
  expect(resource.scopes).toHaveLength(1);
});

test.each([...alerts.map(({ name }) => name), "budget"])("the runbook has a section for %s, in four parts", (name) => {
  const text = sections.get(name) ?? "";
  const parts = [...text.matchAll(/^\*\*(\w+)\.\*\*/gm)].map(([, part]) => part);
  expect(parts).toEqual(["Means", "Look", "Mend", "Proof"]);
});

test("the runbook has no section of an alert that is not there", () => {
  const [, ...chapters] = runbook.split(/^## (?=Alerts about)/m);
  const named = chapters.flatMap((text) =>
    [...(text.split(/^## /m)[0] ?? "").matchAll(/^### (.+)$/gm)].map(([, name]) => name),
  );
  expect(named.sort()).toEqual([...alerts.map(({ name }) => name), "budget"].sort());
});

describe.each([...queries, ...tiles, ...asked])("$name", ({ query }) => {
  const declared: Readonly<Record<string, { attributes: Readonly<Record<string, readonly string[] | string>> }>> =
    METRICS;
  const named = [...query.matchAll(/"(csp\.[\w.]+)"/g)].map(([, name = ""]) => name);

  test("names declared metrics only, and attributes and values that they have", () => {
    if (query.startsWith("AppMetrics")) expect(named).not.toEqual([]);
    expect(named.filter((name) => declared[name] === undefined)).toEqual([]);
    if (named.length === 0) return;
    const attributes = named.flatMap((name) => Object.entries(declared[name]?.attributes ?? {}));
    for (const [, attribute = ""] of query.matchAll(/Properties\.(\w+)/g))
      expect(attributes.map(([name]) => name)).toContain(attribute);
    for (const [, attribute = "", value = ""] of query.matchAll(/Properties\.(\w+)\)? == "([^"]*)"/g))
      expect(attributes.filter(([name]) => name === attribute).flatMap(([, values]) => values)).toContain(value);
  });
});

test.each(queries)("the column that $name measures is one that its query makes", ({ query }) => {
  const column = alerts.find(({ criterion }) => criterion?.query === query)?.criterion?.metricMeasureColumn;
  const makes = /summarize/.test(query)
    ? [...query.matchAll(/(\w+) = |arg_max\(TimeGenerated, (\w+)\)/g)].map(([, named, kept]) => named ?? kept)
    : ["Sum", "Max", "Min", "ItemCount"];
  if (column !== undefined) expect(makes).toContain(column);
  else expect(query).toMatch(/ == 0(?: or \w+ == 0)*$| and SeverityLevel >= 3$/);
});

test("timers that alerts miss are timers that there are", () => {
  const timers = registeredFunctions().timers;
  const missed = queries.flatMap(({ query }) =>
    [...query.matchAll(/Timer == "(\w+)"/g)].map(([, timer = ""]) => timer),
  );
  expect(missed.sort()).toEqual(["forgetOldLines", "measureInstallation", "sweepWork", "syncTenants", "tendResellers"]);
  expect(missed.filter((timer) => !timers.includes(timer))).toEqual([]);
});

test("the workbook looks into the workspace of the installation with every query", () => {
  expect(tiles.length).toBeGreaterThan(15);
  expect(read("infra/workbook.json").match(/"<workspace>"/g)).toHaveLength(tiles.length + 1);
  const deployed = predicted("prod").find(({ type }) => type === "Microsoft.Insights/workbooks");
  const data = JSON.parse(deployed?.properties.serializedData ?? "") as typeof workbook;
  const looked = data.items.flatMap(({ content }) => content.crossComponentResources ?? []);
  expect([...new Set(looked)]).toEqual([expect.stringMatching(/workspaces\/log-csp-prod$/)]);
});
