import { AppError } from "../../shared/errors";
import { createLogger, jsonLines, type LogFields, type LogRecord } from "../../shared/logger";

const JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlc2lnbmF0dXJl";
const REFRESH = "1.AXoAbcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFG.AgABAwEAAAD";

function logged(fields: LogFields, message = "happened"): LogRecord {
  const lines: LogRecord[] = [];
  const now = (): Date => new Date("2026-11-20T08:00:00Z");
  createLogger({ level: "debug", sink: (record) => lines.push(record), now }).info(message, fields);
  const [line] = lines;
  if (!line) throw new Error("nothing was logged");
  return line;
}

test("a line has its time, level, message and facts", () => {
  expect(logged({ tenantId: "t1", delta: 5 }, "seats bought")).toEqual({
    time: "2026-11-20T08:00:00.000Z",
    level: "info",
    message: "seats bought",
    tenantId: "t1",
    delta: 5,
  });
});

test("lines below the level are dropped", () => {
  const lines: LogRecord[] = [];
  const log = createLogger({ level: "warn", sink: (record) => lines.push(record) });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  expect(lines.map(({ message }) => message)).toEqual(["c", "d"]);
});

test("a child adds its fields to every line, its own winning over its parent's", () => {
  const lines: LogRecord[] = [];
  const log = createLogger({
    level: "info",
    sink: (record) => lines.push(record),
    fields: { part: "worker", changeId: "1" },
  });
  log.child({ changeId: "2" }).info("claimed", { attempt: 3 });
  expect(lines[0]).toMatchObject({ part: "worker", changeId: "2", attempt: 3 });
});

test("fields cannot forge the time, level or message of a line", () => {
  expect(logged({ level: "debug", message: "nothing", time: "never" })).toMatchObject({
    level: "info",
    message: "happened",
  });
});

test.each([
  "password",
  "clientSecret",
  "client_secret",
  "refreshToken",
  "access_token",
  "Authorization",
  "Set-Cookie",
  "client_assertion",
  "code",
  "authorizationCode",
  "code_verifier",
  "codeVerifier",
  "apiKey",
  "api-key",
  "connectionString",
])("the value of %s is removed, at any depth and of any kind", (key) => {
  const line = logged({ [key]: "hunter2", deep: [{ [key]: { inner: "hunter2" } }] });
  expect(line[key]).toBe("[removed]");
  expect(JSON.stringify(line)).not.toContain("hunter2");
});

test.each(["statusCode", "errorCode", "remoteCode", "countryCode", "state", "tenantId"])(
  "the value of %s stays",
  (key) => {
    expect(logged({ [key]: "20002" })[key]).toBe("20002");
  },
);

test.each([
  ["a JWT", JWT],
  ["a JWT in a sentence", `token was ${JWT}, sorry`],
  ["an authorization header", `Authorization: Bearer ${JWT}`],
  ["an opaque bearer value", "bearer abcdefghijklmnop"],
  ["a refresh token", REFRESH],
  ["an address with a code", "https://x/callback?state=1&code=hunter2hunter2"],
  ["an address with the state of a sign-in", "https://x/callback?error=none&state=hunter2hunter2"],
  ["a form", "grant_type=authorization_code&client_secret=hunter2hunter2&code_verifier=hunter2hunter2"],
])("%s inside a value or message is removed", (_name, text) => {
  const line = JSON.stringify(logged({ note: text, url: [text], inner: new Error(text) }, text));
  expect(line).not.toMatch(/hunter2|c2lnbmF0|AXoAbc|abcdefghijklmnop/);
  expect(line).toContain("[removed]");
});

test("an error is logged with its code and causes, but never with the request or answer it carries", () => {
  const cause = Object.assign(new Error("ECONNRESET"), {
    code: "ECONNRESET",
    statusCode: 500,
    response: { bodyAsText: "hunter2" },
    request: { headers: { authorization: "hunter2" } },
    details: "hunter2",
  });
  const error = new AppError("upstream", "upstreamError", "Partner Center did not answer.", { cause });
  const line = logged({ error });
  expect(line["error"]).toMatchObject({
    name: "AppError",
    errorCode: "upstreamError",
    kind: "upstream",
    message: "Partner Center did not answer.",
    cause: { message: "ECONNRESET", errorCode: "ECONNRESET", statusCode: 500 },
  });
  expect(JSON.stringify(line)).not.toContain("hunter2");
});

test("values JSON cannot hold do not break a line", () => {
  const circle: Record<string, unknown> = { name: "circle" };
  circle["self"] = circle;
  const line = logged({
    circle,
    big: 12345678901234567890n,
    bytes: new Uint8Array(3),
    when: new Date("2026-11-20T08:00:00Z"),
    never: new Date(Number.NaN),
    map: new Map([["a", JWT]]),
    run: () => "secret",
    nothing: null,
  });
  expect(JSON.parse(JSON.stringify(line))).toMatchObject({
    circle: { name: "circle", self: "[circular]" },
    big: "12345678901234567890",
    bytes: "[3 bytes]",
    when: "2026-11-20T08:00:00.000Z",
    never: "[invalid date]",
    map: "[1 entries]",
    run: "[function]",
    nothing: null,
  });
});

test("a getter that throws costs its fields, not the line", () => {
  const line = logged({
    get broken(): string {
      throw new RangeError("boom");
    },
  });
  expect(line).toMatchObject({ message: "happened", level: "info" });
});

test("long texts are cut", () => {
  expect(String(logged({ text: "x".repeat(100_000) })["text"])).toHaveLength(2001);
});

test("json lines are one line each", () => {
  const written: string[] = [];
  createLogger({ level: "info", sink: jsonLines((line) => written.push(line)) }).info("a\nb", { text: "c\nd" });
  expect(written).toHaveLength(1);
  expect(written[0]).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(written[0] ?? "")).toMatchObject({ message: "a\nb", text: "c\nd" });
});
