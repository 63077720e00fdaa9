import { startSampleHost, type SampleHost } from "./sample-host";

const PORTAL = "https://portal.example";
const open: SampleHost[] = [];

async function hostWith(origins: string[], credentials = false): Promise<(init: RequestInit) => Promise<Response>> {
  const sample = await startSampleHost({ cors: { origins, credentials } });
  open.push(sample);
  return (init) => fetch(`${sample.host.url}/api/echo`, init);
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ host }) => host.close()));
});

const preflight = (origin: string): RequestInit => ({
  method: "OPTIONS",
  headers: {
    origin,
    "access-control-request-method": "PUT",
    "access-control-request-headers": "authorization,if-match",
  },
});
const marksOf = (response: Response): Record<string, string> =>
  Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("access-control-")));

test("a preflight of an allowed origin is answered by the host, for that origin and what was asked", async () => {
  const ask = await hostWith(["https://other.example", PORTAL]);
  const response = await ask(preflight(PORTAL));
  expect(response.status).toBe(204);
  expect(marksOf(response)).toEqual({
    "access-control-allow-origin": PORTAL,
    "access-control-allow-methods": "PUT",
    "access-control-allow-headers": "authorization,if-match",
  });
  expect(response.headers.get("vary")).toBe("Origin");
});

test("the answer itself is marked for the allowed origin, with its cookies only where that is wanted", async () => {
  const ask = await hostWith([PORTAL], true);
  const response = await ask({ headers: { origin: PORTAL } });
  expect(response.status).toBe(201);
  expect(marksOf(response)).toEqual({
    "access-control-allow-origin": PORTAL,
    "access-control-allow-credentials": "true",
  });
});

test.each([
  "https://elsewhere.example",
  "http://portal.example",
  "https://portal.example:8443",
  "https://sub.portal.example",
  "https://portal.example.evil.example",
  "null",
  "*",
])("%s is not that origin, and gets no marks", async (origin) => {
  const ask = await hostWith([PORTAL], true);
  const response = await ask(preflight(origin));
  expect(response.status).toBe(204);
  expect(marksOf(response)).toEqual({});
  expect(marksOf(await ask({ headers: { origin } }))).toEqual({});
});

test("without any origin configured a preflight is a request like any other", async () => {
  const ask = await hostWith([]);
  const response = await ask(preflight(PORTAL));
  expect(response.status).toBe(404);
  expect(marksOf(response)).toEqual({});
});
