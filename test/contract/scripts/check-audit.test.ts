import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const repository = path.resolve(__dirname, "../../..");
let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "audit-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const ADVISORY = {
  source: 1098094,
  name: "left-pad",
  title: "Pads for ever",
  url: "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
  severity: "high",
};
const VULNERABLE = {
  auditReportVersion: 2,
  vulnerabilities: {
    "left-pad": { name: "left-pad", severity: "high", via: [ADVISORY] },
    // Affected through the other: no advisory of its own.
    "right-pad": { name: "right-pad", severity: "high", via: ["left-pad"] },
  },
};
const EXCEPTION = {
  advisory: "GHSA-aaaa-bbbb-cccc",
  package: "left-pad",
  reason: "We never pad",
  until: "2999-12-31",
};

/** Runs the check with an npm that answers `report`. */
function check(report: unknown, exceptions: object[]) {
  writeFileSync(path.join(folder, "report.json"), typeof report === "string" ? report : JSON.stringify(report));
  writeFileSync(path.join(folder, "npm"), `#!/bin/sh\ncat "${folder}/report.json"\nexit 1\n`);
  chmodSync(path.join(folder, "npm"), 0o755);
  const file = path.join(folder, "exceptions.json");
  writeFileSync(file, JSON.stringify(exceptions));
  const script = path.join(repository, "scripts/check-audit.mjs");
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  return spawnSync(process.execPath, [script, "--exceptions", file], { env, encoding: "utf8" });
}

test("an advisory that nobody explained fails the audit, and is named once", () => {
  const { status, stderr } = check(VULNERABLE, []);
  expect([status, stderr.trim()]).toEqual([1, "GHSA-aaaa-bbbb-cccc high in left-pad: Pads for ever"]);
});

test("one with a reason and a day is let through until that day", () => {
  expect(check(VULNERABLE, [EXCEPTION]).status).toBe(0);
  expect(check(VULNERABLE, [{ ...EXCEPTION, until: "2020-01-01" }]).status).toBe(1);
  expect(check(VULNERABLE, [{ ...EXCEPTION, package: "right-pad" }]).status).toBe(1);
});

test("an exception without a reason or a day, or that nothing needs any more, fails too", () => {
  expect(check(VULNERABLE, [{ ...EXCEPTION, reason: "" }]).stderr).toContain("have to be there");
  expect(check(VULNERABLE, [{ ...EXCEPTION, until: "soon" }]).status).toBe(1);
  const nothing = { auditReportVersion: 2, vulnerabilities: {} };
  expect(check(nothing, [EXCEPTION]).stderr).toContain("nothing needs this exception any more");
  expect(check(nothing, []).status).toBe(0);
});

test.each([
  ["an error of the registry", { message: "405 Method Not Allowed", statusCode: 405 }],
  ["no JSON", "oops"],
])("%s is no clean audit", (_, report) => {
  expect(check(report, []).status).toBe(2);
});

test("the exceptions of this repository are complete", () => {
  const exceptions = JSON.parse(
    readFileSync(path.join(repository, ".github/audit-exceptions.json"), "utf8"),
  ) as (typeof EXCEPTION)[];
  for (const { advisory, package: name, reason, until } of exceptions)
    expect([advisory, name, reason, Date.parse(until) > 0]).toEqual([
      expect.stringMatching(/^GHSA-/),
      expect.stringMatching(/./),
      expect.stringMatching(/\w+ \w+/),
      true,
    ]);
});
