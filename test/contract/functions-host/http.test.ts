import { request as httpRequest } from "node:http";
import { startSampleHost, type SampleHost } from "./sample-host";

const keys = {
  master: "the-master-key",
  host: { default: "the-host-key" },
  functions: { withKey: { default: "the-function-key" } },
};

let sample: SampleHost;
const get = (path: string, init?: RequestInit) => fetch(sample.host.url + path, init);

beforeAll(async () => {
  sample = await startSampleHost({
    env: {
      FUNCTIONS_HOST_KEYS: JSON.stringify(keys),
      "AzureWebJobs.switchedOff.Disabled": "true",
    },
  });
}, 30_000);
afterAll(() => sample.host.close());

test("a function gets the request and its answer reaches the caller whole", async () => {
  const response = await get("/api/echo/Ann%20Lee?q=1&q=2", {
    method: "POST",
    headers: { "content-type": "application/json", "x-question": "why" },
    body: JSON.stringify({ text: "é" }),
  });
  expect(response.status).toBe(201);
  expect(response.headers.get("x-answer")).toBe("yes");
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.getSetCookie()).toEqual([
    "session=a%20b; Path=/; Max-Age=60; HttpOnly; SameSite=Strict",
    "other=2; Expires=Tue, 01 Jan 2030 00:00:00 GMT; Secure; SameSite=None",
  ]);
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({
    url: `${sample.host.url}/api/echo/Ann%20Lee?q=1&q=2`,
    name: "Ann Lee",
    header: "why",
    body: { text: "é" },
  });
  expect(body.invocationId).toMatch(/^[0-9a-f-]{36}$/);
  expect(body).not.toHaveProperty("metadata");
});

test("an optional route parameter may be left out", async () => {
  const response = await get("/api/echo");
  expect(response.status).toBe(201);
  expect(await response.json()).not.toHaveProperty("name");
});

test("the caller's trace goes on in the function", async () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const response = await get("/api/echo", { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
  const { traceContext } = (await response.json()) as { traceContext: { traceParent: string } };
  expect(traceContext.traceParent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  expect(traceContext.traceParent).not.toContain("b7ad6b7169203331");
});

test.each([
  ["/api/items/special", "literal"],
  ["/api/items/42", "number 42"],
  ["/api/items/abc", "name abc"],
  ["/API/Items/Special/", "literal"],
  ["/api/files/a/b%20c", "path a/b c"],
])("of several routes that match %s the most precise one answers", async (path, text) => {
  expect(await (await get(path)).text()).toBe(text);
});

test.each([
  ["an unknown route", "/api/none", "GET"],
  ["a path without the prefix", "/echo", "GET"],
  ["a known route with another method", "/api/echo", "DELETE"],
  ["a disabled function", "/api/switchedOff", "GET"],
  ["an empty segment", "/api//special", "GET"],
])("%s answers 404 with no body", async (_, path, method) => {
  const response = await get(path, { method });
  expect(response.status).toBe(404);
  expect(await response.text()).toBe("");
});

test("a disabled function can still be reached with the master key", async () => {
  expect((await get("/api/switchedOff", { headers: { "x-functions-key": keys.master } })).status).toBe(200);
});

test.each(["throws", "badAnswer"])("%s answers 500 and tells the caller nothing", async (name) => {
  const response = await get(`/api/${name}`);
  expect(response.status).toBe(500);
  expect(await response.text()).toBe("");
});

test("a function that returns nothing answers 204", async () => {
  expect((await get("/api/nothing")).status).toBe(204);
});

test("bytes arrive unchanged", async () => {
  expect([...new Uint8Array(await (await get("/api/bytes")).arrayBuffer())]).toEqual([0, 255, 1]);
});

test.each([
  ["withKey", undefined, 401],
  ["withKey", "wrong", 401],
  ["withKey", keys.functions.withKey.default, 200],
  ["withKey", keys.host.default, 200],
  ["withKey", keys.master, 200],
  ["forAdmins", keys.host.default, 401],
  ["forAdmins", keys.master, 200],
])("%s called with the key %s answers %i, by header and by query", async (name, key, status) => {
  const headers = key === undefined ? {} : { "x-functions-key": key };
  expect((await get(`/api/${name}`, { headers })).status).toBe(status);
  expect((await get(`/api/${name}${key === undefined ? "" : `?code=${key}`}`)).status).toBe(status);
});

test("a body of more than 100 MB is refused with 413, announced or not", async () => {
  const limit = 104_857_600;
  expect(await post("/api/size", { announce: limit + 1, send: 1 })).toMatchObject({ status: 413 });
  expect(await post("/api/size", { send: limit + 1 })).toMatchObject({ status: 413 });
  expect(await post("/api/size", { send: 1_000_000 })).toEqual({ status: 200, body: "1000000" });
}, 30_000);

test("hooks may replace the handler, the result and the error", async () => {
  expect(await (await get("/api/wrapped")).json()).toEqual({ wrapped: 1 });
  const rescued = await get("/api/rescued");
  expect(rescued.status).toBe(418);
  expect(await rescued.text()).toBe("rescued after rescued");
});

test("a log hook changes what the app logs, and every entry is one line", async () => {
  await get("/api/echo");
  await get("/api/throws");
  const { lines } = sample.output;
  const format = /^\d{4}-\d\d-\d\dT[\d:.]+Z \w+ \S+: .+$/;
  expect(lines.some((line) => line.endsWith("information echo: hello secret=*** { a: 1 }"))).toBe(true);
  expect(lines.some((line) => /error throws: Executed 'Functions.throws' \(Failed,.*on purpose.* \| /.test(line))).toBe(
    true,
  );
  expect(lines.filter((line) => !line.startsWith("@@")).filter((line) => !format.test(line))).toEqual([]);
});

test("a function cannot be registered after the start", async () => {
  expect((await get("/api/lateRegistration")).status).toBe(500);
  expect(sample.output.lines.some((line) => line.includes("can only be registered during app startup"))).toBe(true);
});

test("the host tells its state and its functions to the holder of the master key", async () => {
  const headers = { "x-functions-key": keys.master };
  expect((await get("/admin/host/status")).status).toBe(401);
  expect(await (await get("/admin/host/status", { headers })).json()).toMatchObject({ state: "Running" });
  const functions = (await (await get("/admin/functions", { headers })).json()) as { name: string }[];
  expect(functions.map(({ name }) => name).sort()).toEqual(sample.host.functions);
  expect(functions.find(({ name }) => name === "switchedOff")).toMatchObject({ isDisabled: true });
  expect(await (await get("/admin/functions/byNumber", { headers })).json()).toMatchObject({
    name: "byNumber",
    invoke_url_template: "/api/items/{id:int}",
  });
  expect((await get("/admin/functions/none", { headers })).status).toBe(404);
});

test("a page of another site cannot use the admin API", async () => {
  const headers = { "x-functions-key": keys.master, origin: "https://elsewhere.example" };
  expect((await get("/admin/functions/everyHour", { method: "POST", headers })).status).toBe(403);
});

test("functions that cannot run are named with the reason", () => {
  expect(sample.host.errors).toContain(
    "The 'badSchedule' function is in error: The schedule expression '61 * * * * *' was not recognized as a valid cron expression or timespan string.",
  );
  expect(sample.host.errors.find((line) => line.startsWith("The 'work' function"))).toContain("'BUS'");
});

/** fetch announces what it sends; here the two can differ. */
function post(path: string, { announce, send }: { announce?: number; send: number }) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const headers = announce === undefined ? {} : { "content-length": announce };
    const request = httpRequest(sample.host.url + path, { method: "POST", headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode, body });
        request.destroy();
      });
    });
    request.on("error", reject);
    request.write(Buffer.alloc(send));
    if (announce === undefined) request.end();
  });
}
