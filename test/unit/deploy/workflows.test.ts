import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

const repository = path.resolve(__dirname, "../../..");
const folder = path.join(repository, ".github/workflows");

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, string | boolean>;
  env?: Record<string, string>;
}
interface Job {
  permissions?: Record<string, string>;
  environment?: string;
  env?: Record<string, string>;
  "timeout-minutes"?: number;
  steps: Step[];
  needs?: string;
}
interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const workflows = readdirSync(folder).map((file): [string, Workflow, string] => {
  const text = readFileSync(path.join(folder, file), "utf8");
  return [file, parse(text) as Workflow, text];
});
const workflow = (file: string): Workflow => workflows.find(([name]) => name === file)![1];
const jobs = workflows.flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([name, job]): [string, Job] => [`${file}: ${name}`, job]),
);
const { scripts } = JSON.parse(readFileSync(path.join(repository, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

test("there are workflows for every change, deployments, audits and releases", () => {
  expect(workflows.map(([file]) => file)).toEqual(["audit.yml", "ci.yml", "deploy.yml", "release.yml"]);
});

describe.each(workflows)("%s", (_, { on, permissions }, text) => {
  test("gives no right to a job that does not ask for it, and runs nothing of a stranger's with our rights", () => {
    expect(permissions).toEqual({});
    for (const trigger of ["pull_request_target", "workflow_run", "issue_comment"])
      expect(Object.keys(on)).not.toContain(trigger);
  });

  test("needs no stored secret", () => {
    expect(text).not.toMatch(/secrets\./);
  });

  test("puts nothing that somebody outside can write into a shell", () => {
    expect(text).not.toMatch(/run:.*\$\{\{/);
    expect(text).not.toMatch(/github\.(event\.(pull_request|issue|comment|head_commit)|head_ref)/);
  });
});

test.each(jobs)("%s has the rights it needs, an end, and keeps no credentials of the checkout", (name, job) => {
  const rights: Record<string, Record<string, string>> = {
    "deploy.yml: preview": { contents: "read", "id-token": "write" },
    "deploy.yml: deploy": { contents: "read", "id-token": "write" },
    "release.yml: publish": { contents: "write" },
  };
  expect(job.permissions).toEqual(rights[name] ?? { contents: "read" });
  expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
  for (const { uses, with: given } of job.steps)
    if (uses?.startsWith("actions/checkout")) expect(given).toMatchObject({ "persist-credentials": false });
});

test("whatever may write to the repository runs no code of it", () => {
  for (const [, { permissions, steps }] of jobs)
    if (permissions?.["contents"] === "write")
      expect(steps.flatMap(({ uses, run }) => [uses ?? "", run ?? ""]).join("\n")).not.toMatch(/checkout|npm |node /);
});

test("every action is one of GitHub's or Microsoft's, with its major version", () => {
  const used = jobs.flatMap(([, { steps }]) => steps.flatMap(({ uses }) => uses ?? []));
  for (const action of used) expect(action).toMatch(/^(actions|azure)\/[a-z-]+@v\d+$/);
});

test("every npm script and every file that a step runs is there", () => {
  const commands = jobs.flatMap(([, { steps }]) => steps.flatMap(({ run }) => run ?? [])).join("\n");
  const named = [...commands.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, script]) => script ?? "");
  expect(named).toEqual(expect.arrayContaining(["check", "check:infra", "package", "sbom", "check:audit", "release"]));
  expect(named.filter((script) => !(script in scripts))).toEqual([]);
  const files = [...commands.matchAll(/(?:scripts|infra)\/[\w.-]+/g)].map(([file]) => file);
  expect(files.filter((file) => !existsSync(path.join(repository, file)))).toEqual([]);
});

test("each change is tested on every Node.js that is supported, and its templates with the real compiler", () => {
  const { test: onNode, infra } = workflow("ci.yml").jobs;
  expect(onNode).toMatchObject({ strategy: { matrix: { node: ["20", "22", "24"] } } });
  const run = (job: Job): string[] => job.steps.flatMap((step) => step.run ?? []);
  expect(run(onNode!)).toEqual(["npm ci", "npm run check", "npm test", "npm run package"]);
  expect(run(infra!)).toEqual(["npm run check:infra"]);
});

test("a deployment is tested, previewed, approved in its environment, and ends with the smoke test", () => {
  const { package: made, preview, deploy } = workflow("deploy.yml").jobs;
  expect([preview?.needs, deploy?.needs]).toEqual(["package", "preview"]);
  expect([made?.environment, preview?.environment, deploy?.environment]).toEqual([
    undefined,
    "${{ inputs.environment }}-preview",
    "${{ inputs.environment }}",
  ]);
  expect(preview?.steps.at(-1)?.run).toContain("az deployment sub what-if");
  expect(deploy?.steps.at(-1)?.run).toBe('node scripts/smoke-test.mjs "$APP_URL"');
  for (const job of [preview, deploy])
    expect(job?.steps.find(({ uses }) => uses?.startsWith("azure/login"))?.with).toEqual({
      "client-id": "${{ vars.AZURE_CLIENT_ID }}",
      "tenant-id": "${{ vars.AZURE_TENANT_ID }}",
      "subscription-id": "${{ vars.AZURE_SUBSCRIPTION_ID }}",
    });
});

test("a deployment is given the variables of its environment that the parameter file reads, and only those that are set", () => {
  const { preview, deploy } = workflow("deploy.yml").jobs;
  for (const job of [preview, deploy]) {
    const steps = job?.steps ?? [];
    const handed = steps.findIndex(({ run }) => run === 'node scripts/workflow-variables.mjs >> "$GITHUB_ENV"');
    expect(steps[handed]?.env).toEqual({ VARIABLES: "${{ toJSON(vars) }}" });
    expect(handed).toBeLessThan(steps.findIndex(({ run }) => run?.includes("az deployment sub")));
    expect(job?.env).toEqual({
      AZURE_ENV_NAME: "${{ inputs.environment }}",
      // Of the commit that is deployed; a variable of the environment is handed over later, and counts instead.
      RUNBOOK_URL: "${{ github.server_url }}/${{ github.repository }}/blob/${{ github.sha }}/docs/runbook.md",
    });
  }
  const handOver = (variables: Record<string, string>) =>
    spawnSync(process.execPath, [path.join(repository, "scripts/workflow-variables.mjs")], {
      env: { VARIABLES: JSON.stringify(variables) },
      encoding: "utf8",
    });
  const given = {
    AZURE_LOCATION: "westeurope",
    CUSTOM_URL: "",
    UNRELATED: "x",
    ALERT_EMAIL: "a@example.com,b@example.com",
  };
  expect(handOver(given).stdout).toBe("AZURE_LOCATION=westeurope\nALERT_EMAIL=a@example.com,b@example.com\n");
  expect(handOver({ AZURE_LOCATION: "westeurope\nPATH=/elsewhere" })).toMatchObject({ status: 1, stdout: "" });
});
