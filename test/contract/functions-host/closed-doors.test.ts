import { request as httpRequest } from "node:http";
import { masterKey, startSampleHost, type SampleHost } from "./sample-host";

let sample: SampleHost;
beforeAll(async () => {
  sample = await startSampleHost({ env: { FUNCTIONS_HOST_KEYS: undefined } });
}, 30_000);
afterAll(() => sample.host.close());

const CLOSED = [
  "/admin",
  "/admin/host/status",
  "/admin/host/keys",
  "/admin/functions",
  "/admin/functions/everyHour",
  "/ADMIN/functions",
  "/admin/vfs/",
  "/runtime",
  "/runtime/webhooks/durabletask/instances",
  "/runtime/health",
];

describe.each(CLOSED)("without a master key %s answers nobody", (path) => {
  test.each(["GET", "POST", "PUT", "DELETE"])("%s", async (method) => {
    for (const headers of [{}, { "x-functions-key": "" }, { "x-functions-key": masterKey }]) {
      const response = await fetch(sample.host.url + path, { method, headers });
      expect(response.status).toBe(401);
      expect(await response.text()).toBe("");
    }
    expect((await fetch(`${sample.host.url}${path}?code=${masterKey}`, { method })).status).toBe(401);
  });
});

test("nothing was started by any of it", () => {
  expect(sample.output.observed("timer everyHour")).toEqual([]);
});

test("an address of more than 8,192 characters is refused with 414", async () => {
  const ask = async (length: number): Promise<number> =>
    (await fetch(`${sample.host.url}/api/echo?q=`.padEnd(sample.host.url.length + length, "x"))).status;
  expect(await ask(8_192)).toBe(201);
  expect(await ask(8_193)).toBe(414);
});

test("headers of more than 16 KiB together are refused with 431", async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = Object.fromEntries(Array.from({ length: 3 }, (_, i) => [`x-long-${i}`, "x".repeat(6_000)]));
    httpRequest(`${sample.host.url}/api/echo`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
  expect(status).toBe(431);
});
