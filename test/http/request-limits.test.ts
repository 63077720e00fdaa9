import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import { itemsIn, request, type Answer } from "./wire";

const CUSTOMERS = "/api/v1/csp/customers";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const post = (rawBody: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> =>
  world.send("POST", CUSTOMERS, { rawBody, headers: { "content-type": "application/json", ...headers } });

/** Sends a body piece by piece without saying how long it is, until the answer comes or `most` bytes are gone. */
async function postInPieces(most: number): Promise<{ status: number | undefined; code: unknown }> {
  const headers = {
    authorization: `Bearer ${await world.tokenOf("admin")}`,
    "content-type": "application/json",
    "idempotency-key": "in-pieces",
  };
  return new Promise((resolve, reject) => {
    const sending = httpRequest(world.platform.apiUrl + CUSTOMERS, { method: "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => {
        resolve({ status: response.statusCode, code: (JSON.parse(text) as { code: unknown }).code });
      });
    });
    sending.on("error", reject);
    expect(sending.getHeader("content-length")).toBeUndefined();
    for (let sent = 0; sent < most; sent += 10_000) sending.write(" ".repeat(10_000));
    sending.end();
  });
}

test("a body may have 256 KiB and not a byte more, whether it says its length or not", async () => {
  const exactly = JSON.stringify({ name: "Fits" }).padEnd(256 * 1024, " ");
  expect((await post(exactly)).status).toBe(201);
  expectProblem(await post(`${exactly} `), 413, "bodyTooLarge");
  expect(await postInPieces(300_000)).toEqual({ status: 413, code: "bodyTooLarge" });
});

test.each(["gzip", "GZIP", "br", "deflate", "gzip, identity"])(
  "a body compressed with %s is refused and never opened",
  async (coding) => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(256 * 1024);
    expectProblem(await post(bomb, { "content-encoding": coding }), 415, "unsupportedMediaType");
  },
);

test("a body that only says it is not compressed is taken", async () => {
  expect((await post(JSON.stringify({ name: "As it is" }), { "content-encoding": "identity" })).status).toBe(201);
});

test.each([
  ["a list", "[", "]"],
  ["an object", '{"name":', "}"],
])("%s a hundred thousand deep, or as deep as it fits, is refused as what it is", async (_name, begin, end) => {
  const depth = Math.min(100_000, Math.floor((250 * 1024) / (begin.length + end.length)));
  const refused = await post(begin.repeat(depth) + "1" + end.repeat(depth));
  expectProblem(refused, 400, "validation");
});

test("names that mean something to JavaScript mean nothing to us", async () => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    const refused = await post(`{"name": "Larkspur", "${name}": {"isAdmin": true}}`);
    expectProblem(refused, 400, "validation");
  }
  expect(itemsIn(await world.send("GET", `${CUSTOMERS}?search=Larkspur`))).toEqual([]);
});

test("a query may have 32 parameters", async () => {
  const refused = await world.send("GET", `${CUSTOMERS}?${"search=a&".repeat(33)}`);
  expectProblem(refused, 400, "validation");
  expect(pointersOf(refused)).toEqual(["/query"]);
  const anonymous = await world.send("GET", `/app/TenantConsentCallback?${"x=1&".repeat(33)}`, { as: "nobody" });
  expectProblem(anonymous, 400, "validation");
});

test("an address may have 8,192 characters, and headers 16 KiB: the platform refuses more before us", async () => {
  // Not by `world.send`: the reference speaks of what we answer, and this is not asked of us.
  const address = world.platform.apiUrl + CUSTOMERS;
  const long = await request(`${address}?search=${"x".repeat(8_200)}`, "GET");
  expect({ status: long.status, text: long.text }).toEqual({ status: 414, text: "" });
  const headers = { "x-one": "x".repeat(9_000), "x-two": "x".repeat(9_000) };
  expect((await request(address, "GET", { headers })).status).toBe(431);
});

test("a search of any length that fits is answered, or refused with the field", async () => {
  const refused = await world.send("GET", `${CUSTOMERS}?search=${"x".repeat(4_000)}`);
  expectProblem(refused, 400, "validation");
  expect(pointersOf(refused)).toEqual(["/query/search"]);
});
