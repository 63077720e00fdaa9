import { healthEndpoints, type HealthCheck } from "../../../shared/http/health";
import { ask, recordingLog, testEdge } from "./exchange";

function health(checks: HealthCheck[], timeoutMs = 1_000) {
  const { log, lines } = recordingLog();
  const [live, ready] = healthEndpoints({ checks, log, timeoutMs });
  if (live === undefined || ready === undefined) throw new Error("There are two health endpoints.");
  return { live, ready, lines, edge: testEdge({ checkResponses: true }).edge };
}

const anonymous = { headers: { authorization: "" } };
const passing = (name: string): HealthCheck => ({ name, run: () => Promise.resolve() });
const silent: HealthCheck = { name: "queue", run: () => new Promise(() => undefined) };

test("live is answered although nothing we depend on answers", async () => {
  const { live, edge } = health([silent]);
  expect(await ask(live, edge, anonymous)).toMatchObject({ status: 200, json: { status: "live" } });
});

test("ready lists each check that passed", async () => {
  const { ready, edge } = health([passing("tables"), passing("vault")]);
  const answer = await ask(ready, edge, anonymous);
  expect(answer).toMatchObject({
    status: 200,
    json: {
      status: "ready",
      checks: [
        { name: "tables", status: "pass" },
        { name: "vault", status: "pass" },
      ],
    },
  });
  expect(answer.headers.get("cache-control")).toBe("no-store");
});

test("a check that fails makes it not ready; why is in the log and not in the answer", async () => {
  const error = new Error("getaddrinfo ENOTFOUND secret-host.internal");
  const { ready, edge, lines } = health([passing("tables"), { name: "vault", run: () => Promise.reject(error) }]);
  const answer = await ask(ready, edge, anonymous);
  expect(answer.status).toBe(503);
  expect(answer.json).toMatchObject({ status: "notReady", checks: [{ status: "pass" }, { status: "fail" }] });
  expect(answer.text).not.toContain("secret-host");
  expect(lines).toEqual([{ level: "warn", message: "health check failed", fields: { check: "vault", error } }]);
});

test("a check that throws at once fails too", async () => {
  const broken: HealthCheck = {
    name: "broken",
    run: () => {
      throw new TypeError("no client");
    },
  };
  const { ready, edge } = health([broken]);
  expect((await ask(ready, edge, anonymous)).status).toBe(503);
});

test("a check that does not answer is given up in time, and told to stop", async () => {
  let signal: AbortSignal | undefined;
  const hanging: HealthCheck = {
    name: "queue",
    run: (given) => {
      signal = given;
      return new Promise(() => undefined);
    },
  };
  const { ready, edge, lines } = health([hanging], 10);
  expect((await ask(ready, edge, anonymous)).status).toBe(503);
  expect(signal?.aborted).toBe(true);
  expect(lines[0]?.fields["error"]).toMatchObject({ message: "No answer within 10 ms." });
});

test("many callers at one moment cost one run; the next moment costs another", async () => {
  let runs = 0;
  const { ready, edge } = health([{ name: "tables", run: () => Promise.resolve(runs++) }]);
  await Promise.all([1, 2, 3].map(() => ask(ready, edge, anonymous)));
  expect(runs).toBe(1);
  await ask(ready, edge, anonymous);
  expect(runs).toBe(2);
});
