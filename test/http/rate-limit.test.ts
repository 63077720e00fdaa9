import { appTokenOf } from "../../local/demo/access-token";
import { robotApp } from "../../local/presets/demo-apps";
import { customerTenants, mspTenant } from "../../local/presets/tenants";
import { declaredRoutes } from "./declared-routes";
import { expectProblem, startWorld, type SendOptions, type World } from "./platform-fixture";
import { registeredTenant } from "./steps";
import type { Answer } from "./wire";

const LIMITS = {
  RATE_LIMIT_READS_PER_MINUTE: "60",
  RATE_LIMIT_WRITES_PER_MINUTE: "12",
  RATE_LIMIT_ANONYMOUS_PER_MINUTE: "60",
};
const [READS, WRITES, ANONYMOUS] = [60, 12, 60] as const;

let world: World;
beforeAll(async () => {
  world = await startWorld({ settings: (usual) => Promise.resolve({ ...usual, ...LIMITS }) });
});
afterAll(() => world.close());
/** Nobody begins a test with less than a minute's worth. */
beforeEach(() => world.platform.advance(60_000));

type Caller = NonNullable<SendOptions["as"]>;

/** So many of the same request, all at once. */
const sendMany = (count: number, send: () => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: count }, send));

const read = (as: Caller = "admin", more: SendOptions = {}): Promise<Answer> =>
  world.send("GET", "/api/v1/csp/tenants", { as, ...more });
const write = (as: Caller = "admin"): Promise<Answer> => world.send("POST", "/api/v1/csp/customers", { as, body: {} });
const from = (address: string): { headers: Record<string, string> } => ({ headers: { "x-forwarded-for": address } });
const badToken = (address: string): Promise<Answer> => {
  const headers = { authorization: "Bearer not.a.token", "x-forwarded-for": address };
  return world.send("GET", "/api/v1/csp/tenants", { as: "nobody", headers });
};

function count(answers: readonly Answer[], status: number): number {
  return answers.filter((answer) => answer.status === status).length;
}

/** The time of the platform stands still for none of this, so a fast limit gives back a few requests on the way. */
function expectAbout(found: number, limit: number): void {
  expect(found).toBeGreaterThanOrEqual(limit);
  expect(found).toBeLessThan(limit * 2);
}

test("a caller who asks without pause is told to wait (tooManyRequests), and goes on after the time that was named", async () => {
  const answers = await sendMany(READS * 3, () => read());
  expectAbout(count(answers, 200), READS);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  for (const answer of refused) {
    expectProblem(answer, 429, "tooManyRequests");
    expect(Number(answer.headers.get("retry-after"))).toBe(1);
  }
  await world.platform.advance(1_000);
  expect((await read()).status).toBe(200);
  await world.platform.advance(60_000);
  expect(count(await sendMany(READS, () => read()), 200)).toBe(READS);
});

test("writes have a lower limit of their own, and reading goes on beside them", async () => {
  const answers = await sendMany(WRITES * 3, () => write());
  expectAbout(count(answers, 400), WRITES);
  expect(count(answers, 400) + count(answers, 429)).toBe(WRITES * 3);
  const [refused] = answers.filter(({ status }) => status === 429);
  if (refused === undefined) throw new Error("Nothing was refused.");
  expectProblem(refused, 429, "tooManyRequests");
  // Twelve a minute: one every five seconds, of which some may have passed.
  expect(["1", "2", "3", "4", "5"]).toContain(refused.headers.get("retry-after"));
  expect((await read()).status).toBe(200);
});

test("one caller's requests count for nobody else, be it a person or an app of the same directory and address", async () => {
  await sendMany(READS * 3, () => read());
  expect((await read("reader")).status).toBe(200);
  const token = await appTokenOf(world.platform.entra.url, mspTenant.tenantId, robotApp);
  expect((await read({ token })).status).toBe(200);
});

test("a caller is the same one from every address", async () => {
  let number = 0;
  const answers = await sendMany(READS * 3, () => read("admin", from(`192.0.2.${++number}`)));
  expect(count(answers, 429)).toBeGreaterThan(0);
});

test("requests that are refused for another reason count too: without a permission, or not found", async () => {
  const forbidden = await sendMany(READS * 2, () => world.send("GET", "/api/v1/csp/access", { as: "reader" }));
  expectAbout(count(forbidden, 403), READS);
  expect(count(forbidden, 403) + count(forbidden, 429)).toBe(READS * 2);
});

test("a flood without a sign-in is refused by address, and uses up nothing of anybody's", async () => {
  const flood = await sendMany(ANONYMOUS * 3, () => badToken("192.0.2.50"));
  expectAbout(count(flood, 401), ANONYMOUS);
  const [refused] = flood.filter(({ status }) => status === 429);
  if (refused === undefined) throw new Error("Nothing was refused.");
  expectProblem(refused, 429, "tooManyRequests");
  // From the very same address: a good token is always let in.
  expect(count(await sendMany(READS, () => read("admin", from("192.0.2.50"))), 200)).toBe(READS);
  expectProblem(await badToken("192.0.2.51"), 401, "unauthenticated");
});

test("while an address floods us, no directory is looked up for it: only the MSP's own people are let in from there", async () => {
  await registeredTenant(world, "mueller");
  const own = `/api/v1/csp/tenants/${customerTenants.mueller.tenantId}`;
  const asTenantUser = (address: string): Promise<Answer> =>
    world.send("GET", own, { as: "tenantUser", ...from(address) });
  expect((await asTenantUser("192.0.2.55")).status).toBe(200);
  await sendMany(ANONYMOUS * 3, () => badToken("192.0.2.55"));
  const during: Answer[] = [];
  for (let i = 0; i < 10; i++) {
    await badToken("192.0.2.55");
    during.push(await asTenantUser("192.0.2.55"));
  }
  // One request a second flows back; whoever asks first has it.
  expect(count(during, 429)).toBeGreaterThan(0);
  for (const answer of during.filter(({ status }) => status !== 200)) expectProblem(answer, 429, "tooManyRequests");
  expect((await asTenantUser("192.0.2.56")).status).toBe(200);
  expect((await read("reader", from("192.0.2.55"))).status).toBe(200);
  await world.platform.advance(60_000);
  expect((await asTenantUser("192.0.2.55")).status).toBe(200);
});

test("what a caller writes into X-Forwarded-For before the front end does makes them nobody else", async () => {
  let number = 0;
  const flood = await sendMany(ANONYMOUS * 3, () => badToken(`198.51.100.${++number}, 192.0.2.60`));
  expect(count(flood, 429)).toBeGreaterThan(0);
});

test("all addresses of one IPv6 network are one", async () => {
  let number = 0;
  const flood = await sendMany(ANONYMOUS * 3, () => badToken(`2001:db8:7:7::${(++number).toString(16)}`));
  expect(count(flood, 429)).toBeGreaterThan(0);
  expectProblem(await badToken("2001:db8:7:8::1"), 401, "unauthenticated");
});

const anonymous = declaredRoutes.filter(({ permission }) => permission === "anonymous");

test.each(anonymous)("$path, which needs no sign-in, is limited by address", async ({ path, name }) => {
  const address = path.replace("{file}", "reference.js");
  const third = String(anonymous.findIndex((route) => route.name === name));
  const ask = (): Promise<Answer> => world.send("GET", address, { as: "nobody", ...from(`203.0.${third}.1`) });
  const answers = await sendMany(ANONYMOUS * 3, ask);
  const [refused] = answers.filter(({ status }) => status === 429);
  if (refused === undefined) throw new Error("Nothing was refused.");
  expectProblem(refused, 429, "tooManyRequests");
  expect((await world.send("GET", address, { as: "nobody", ...from(`203.0.${third}.2`) })).status).not.toBe(429);
});

test("who runs away is named in the log", () => {
  const lines = world.hostLines.filter((line) => line.includes('"message":"too many requests"'));
  expect(lines.some((line) => line.includes(mspTenant.tenantId))).toBe(true);
  expect(lines.some((line) => line.includes("192.0.2.50"))).toBe(true);
});
