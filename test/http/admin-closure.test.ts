import { z } from "zod";
import { declaredRoutes } from "./declared-routes";
import { eventually, startWorld, type World } from "./platform-fixture";
import type { Answer } from "./wire";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const admin = (method: string, address: string, headers: Record<string, string> = {}): Promise<Answer> =>
  world.send(method, address, { as: "nobody", key: null, headers });
const withKey = (): Record<string, string> => ({ "x-functions-key": world.platform.masterKey });

const Functions = z.array(
  z.looseObject({
    name: z.string(),
    invoke_url_template: z.string().optional(),
    config: z.object({ bindings: z.array(z.looseObject({ type: z.string(), authLevel: z.string().optional() })) }),
  }),
);

describe.each([
  ["GET", "/admin/host/status"],
  ["GET", "/admin/host/keys"],
  ["GET", "/admin/functions"],
  ["GET", "/admin/functions/sweepWork"],
  ["POST", "/admin/functions/sweepWork"],
  ["POST", "/admin/functions/applyChange"],
  ["GET", "/admin/vfs/site/wwwroot/host.json"],
  ["POST", "/runtime/webhooks/eventgrid"],
  ["GET", "/runtime/webhooks/durabletask/instances"],
])("%s %s", (method, address) => {
  test("is closed to strangers, to a signed-in Admin, and to a key that is none", async () => {
    const authorization = `Bearer ${await world.tokenOf("admin")}`;
    for (const headers of [{}, { authorization }, { "x-functions-key": "guess" }, { "x-functions-key": "" }]) {
      const answer = await admin(method, address, headers);
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 401, text: "" });
    }
    expect((await admin(method, `${address}?code=guess`)).status).toBe(401);
  });
});

test("the master key opens it: that is what must be kept from everybody", async () => {
  const ran = (): number => world.hostLines.filter((line) => line.includes("Executed 'Functions.sweepWork'")).length;
  const before = ran();
  expect((await admin("GET", "/admin/host/status", withKey())).status).toBe(200);
  expect((await admin("POST", "/admin/functions/sweepWork", withKey())).status).toBe(202);
  await eventually(
    () => Promise.resolve(ran()),
    (count) => count > before,
  );
});

test("with the key, a page of another site may not even so: a browser that knows it cannot be made to use it", async () => {
  const headers = { ...withKey(), origin: "https://elsewhere.example" };
  expect((await admin("POST", "/admin/functions/sweepWork", headers)).status).toBe(403);
});

test("no function of ours is opened by a function key: whoever calls shows a token, or nothing is behind it", async () => {
  const { body } = await admin("GET", "/admin/functions", withKey());
  const functions = Functions.parse(body);
  const http = functions.filter(({ config }) => config.bindings.some(({ type }) => /^httpTrigger$/i.test(type)));
  expect(http.map(({ name }) => name).sort()).toEqual(declaredRoutes.map(({ name }) => name).sort());
  const levels = http.flatMap(({ config }) => config.bindings.flatMap(({ authLevel }) => authLevel ?? []));
  expect(levels).toEqual(http.map(() => "anonymous"));
});

test("no address of ours lies where the platform's own are", () => {
  const taken = declaredRoutes.filter(({ path }) => /^\/(admin|runtime|\.auth|robots)/i.test(path));
  expect(taken).toEqual([]);
});
