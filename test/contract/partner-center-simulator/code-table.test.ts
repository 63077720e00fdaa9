import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { switchDefinitions } from "../../../local/partner-center-simulator/switches";
import {
  catalogItem,
  customerId,
  startSubscriptions,
  subscriptionPath,
  type SubscriptionBench,
} from "./subscriptions-bench";

/** Every error code that Microsoft documents for what is imitated here, with its HTTP status. */
const documentedCodes = `
  401: 400 800001 900420 900421
  403: 2032 900150 900308 900309 900329 20002 900123 900124 900149 800039
  400: 900316
  404: 1000 20000 20003 60002 60003 400013 400018 400019 800007 800008
  403: 400030 400036
  400: 3000 400056 800002 800004 900126 2055
  400: 2001 2002 2006 2011 2054 800040 800081 800090 800091 800092 800093 800095 800096 800097 800098 800107 800121 800122
  400: 900117 900213 900214 900257 900244 900245 900246 900269 900270 900277 900279 900280 900311
  403: 800027 800028 800067 800088 900263
  409: 27009 800082 900278
  500: 800094
  403: 13605 2085 2091 800020 800023 900121 800066 800089 800069 800073 800074 800075 900416
  400: 800070 800025 800009 800010 800017 800029 800065 800085 900203 900206 900242 900275 900419
  409: 800060 800064
  500: 800003 800005 800087 900192
`
  .trim()
  .split("\n")
  .flatMap((line) => {
    const [status = "", codes = ""] = line.trim().split(": ");
    return codes.split(" ").map((code) => `${status}/${code}`);
  });

interface Row {
  rule: string;
  how: string;
  proof: string;
}

const readme = readFileSync(
  path.join(__dirname, "../../../local/partner-center-simulator/README.md"),
  "utf8",
).replaceAll(/ +/g, " ");
const rows: Row[] = readme
  .slice(readme.indexOf("## Codes and rules"))
  .split("\n")
  .map((line) => /^\| (\S.*?) \| (enforced|switch|fault|not called) \| (.*?) ?\|$/.exec(line))
  .flatMap((match) => (match ? [{ rule: match[1] ?? "", how: match[2] ?? "", proof: match[3] ?? "" }] : []));

const tests = readdirSync(__dirname)
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => readFileSync(path.join(__dirname, file), "utf8"))
  .join("\n");

const titlesIn = (proof: string): string[] => [...proof.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? "");
const switchesIn = (proof: string): string[] => [...proof.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? "");

test("every documented code has exactly one row", () => {
  const listed = rows.map(({ rule }) => rule).filter((rule) => /^\d{3}\/\d+$/.test(rule));
  expect([...listed].sort()).toEqual([...documentedCodes].sort());
});

test("every chapter of rules has rows", () => {
  for (const chapter of ["§1.", "§2.", "§3", "§4.", "§5", "§6", "§7", "§8", "§9."]) {
    expect(rows.filter(({ rule }) => rule.startsWith(chapter)).length).toBeGreaterThan(0);
  }
});

test.each(rows.filter(({ how }) => how === "enforced"))("$rule is enforced, and its tests are there", ({ proof }) => {
  expect(titlesIn(proof).length).toBeGreaterThan(0);
  expect(titlesIn(proof).filter((title) => !tests.includes(`"${title}"`))).toEqual([]);
  expect(switchesIn(proof).filter((name) => !(name in switchDefinitions))).toEqual([]);
});

test.each(rows.filter(({ how }) => how === "switch"))("$rule is a switch that is there", ({ proof }) => {
  expect(switchesIn(proof).length).toBeGreaterThan(0);
  expect(switchesIn(proof).filter((name) => !(name in switchDefinitions))).toEqual([]);
  expect(titlesIn(proof).filter((title) => !tests.includes(`"${title}"`))).toEqual([]);
});

test.each(rows.filter(({ how }) => how === "not called"))("$rule is not called, and the row says why", ({ proof }) => {
  expect(proof.length).toBeGreaterThan(10);
});

describe("what only a fault brings", () => {
  let bench: SubscriptionBench;
  beforeAll(async () => {
    bench = await startSubscriptions();
  });
  afterAll(() => bench.simulator.close());

  test.each(rows.filter(({ how }) => how === "fault"))("$rule", async ({ rule }) => {
    const [status, code] = rule.split("/");
    await bench.addFault({ kind: "errorBefore", status: Number(status), code: code ?? "" });
    expect(await bench.call("GET", subscriptionPath())).toMatchObject({ status: Number(status), body: { code } });
  });
});

test("an offer sold no more cannot be ordered", async () => {
  const bench = await startSubscriptions();
  try {
    const { productId, skuId, availabilityId } = catalogItem(sku.office365E3, "P1Y", "monthly");
    const line = {
      lineItemNumber: 0,
      offerId: `${productId}:${skuId}:${availabilityId}`,
      quantity: 1,
      termDuration: "P1Y",
    };
    const body = { referenceCustomerId: customerId, billingCycle: "monthly", lineItems: [line] };
    const reply = await bench.call("POST", `/v1/customers/${customerId}/orders`, { body });
    expect(reply).toMatchObject({ status: 403, body: { code: "2091" } });
  } finally {
    await bench.simulator.close();
  }
});
