import { z } from "zod";
import { defineRoute } from "../../../shared/api/route";
import { AppError, type ErrorKind } from "../../../shared/errors";
import { endpoint } from "../../../shared/http/endpoint";
import { ask, testEdge } from "./exchange";
import { callback, good, list, PATH, update, updating } from "./sample-routes";

describe("what a handler throws", () => {
  const kinds: [ErrorKind, number][] = [
    ["invalid", 400],
    ["unauthenticated", 401],
    ["forbidden", 403],
    ["not-found", 404],
    ["conflict", 409],
    ["stale", 412],
    ["precondition-required", 428],
    ["unprocessable", 422],
    ["too-many", 429],
    ["upstream", 502],
    ["unavailable", 503],
  ];
  test.each(kinds)("of kind %s is a problem document with status %i", async (kind, status) => {
    const { edge } = testEdge();
    const throwing = updating(() => {
      throw new AppError(kind, "someCode", "Said plainly.", { extensions: { tenants: ["a"], status: 999 } });
    });
    const answer = await ask(throwing, edge, { ...good, headers: { ...good.headers, "x-correlation-id": "corr-7" } });
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({
      type: "urn:csp-marketplace:problem:someCode",
      title: "Some code",
      status,
      detail: "Said plainly.",
      instance: PATH,
      code: "someCode",
      correlationId: "corr-7",
      tenants: ["a"],
    });
    expect(answer.headers.get("x-correlation-id")).toBe("corr-7");
  });

  test("by an upstream that says when to come back is 503 with Retry-After, in whole seconds", async () => {
    const throwing = updating(() => {
      throw new AppError("upstream", "upstreamBusy", "Microsoft is busy.", { retryAfterSeconds: 1.2 });
    });
    const { edge, lines } = testEdge();
    const answer = await ask(throwing, edge, good);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(lines.map(({ level }) => level)).toEqual(["warn", "info"]);
  });

  test("without a plan is a plain 500 that shows nothing, and is logged whole", async () => {
    const bug = new Error("the password is hunter2");
    const throwing = updating(() => {
      throw bug;
    });
    const { edge, lines } = testEdge();
    const answer = await ask(throwing, edge, good);
    expect(answer).toMatchObject({ status: 500, json: { code: "internalError" } });
    expect(answer.text).not.toContain("hunter2");
    expect(lines[0]).toMatchObject({ level: "error", message: "request failed", fields: { error: bug } });
    expect(answer.json?.["correlationId"]).toBe(lines[0]?.fields["correlationId"]);
  });

  test("may even be a body that cannot be written as JSON: the host gets a 500, never an exception", async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    const broken = endpoint(list, () => Promise.resolve({ status: 200, body: cyclic }));
    const answer = await ask(broken, testEdge().edge, {
      path: "/api/v1/csp/tenants/6f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11/things",
    });
    expect(answer.status).toBe(500);
  });
});

describe("callbacks and long work", () => {
  test("a callback needs no token, reads its cookie and redirects with cookies of its own", async () => {
    const back = endpoint(callback, ({ query, cookies, actor }) => {
      expect(actor).toBeUndefined();
      return Promise.resolve({
        status: 302,
        location: `/portal?seen=${query.code ?? ""}-${cookies.get("flow") ?? ""}`,
        cookies: [{ name: "flow", value: "", maxAge: 0, httpOnly: true, sameSite: "Lax" }],
      });
    });
    const answer = await ask(back, testEdge({ checkResponses: true }).edge, {
      path: "/app/Callback?code=abc",
      headers: { authorization: "", cookie: "other=1; flow=x%20y" },
    });
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toBe("https://csp.example.com/portal?seen=abc-x%20y");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(answer.cookies).toEqual([{ name: "flow", value: "", maxAge: 0, httpOnly: true, sameSite: "Lax" }]);
  });

  test("a refused callback does not repeat its query, which may hold a code", async () => {
    const answer = await ask(
      endpoint(callback, () => Promise.reject(new AppError("forbidden", "accessDenied", "No."))),
      testEdge().edge,
      { path: "/app/Callback?code=s3cr3t" },
    );
    expect(answer.json).toMatchObject({ instance: "/app/Callback", code: "accessDenied" });
    expect(answer.text).not.toContain("s3cr3t");
  });

  test("a page is sent as a page", async () => {
    const page = endpoint(callback, () => Promise.resolve({ status: 400, body: "<h1>No</h1>" }));
    const answer = await ask(page, testEdge({ checkResponses: true }).edge, {});
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.text).toBe("<h1>No</h1>");
  });

  test("accepted work says where to look, when, and that waiting was understood", async () => {
    const accepted = endpoint(update, () =>
      Promise.resolve({ status: 202, operationLocation: "/api/v1/csp/tenants/t/changes/c", retryAfterSeconds: 2 }),
    );
    const answer = await ask(accepted, testEdge().edge, { ...good, headers: { ...good.headers, prefer: "wait=90" } });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "operation-location": "https://csp.example.com/api/v1/csp/tenants/t/changes/c",
      "retry-after": "2",
      "preference-applied": "wait=20",
    });
  });
});

describe("with checkResponses", () => {
  const asked = { path: "/api/v1/csp/tenants/6f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11/things" };
  const shaped = defineRoute({
    ...list,
    name: "shaped",
    responses: { 200: { description: "A name.", schema: z.object({ name: z.string().max(5) }) } },
  });

  test.each<[string, Record<string, unknown>]>([
    ["a field the schema does not name", { name: "a", secret: "x" }],
    ["a value the schema refuses", { name: "too long" }],
    ["no value at all", {}],
  ])("%s in an answer is a logged 500; in production it is sent as the handler gave it", async (_, body) => {
    const answering = endpoint(shaped, () => Promise.resolve({ status: 200, body: body as { name: string } }));
    const strict = testEdge({ checkResponses: true });
    expect((await ask(answering, strict.edge, asked)).status).toBe(500);
    expect(strict.lines[0]?.level).toBe("error");
    expect((await ask(answering, testEdge().edge, asked)).json).toEqual(body);
  });

  test.each<[string, AppError, number]>([
    ["an undeclared code", new AppError("conflict", "surprise", "!"), 500],
    ["a declared code with another status", new AppError("unprocessable", "duplicate", "!"), 500],
    ["a declared code", new AppError("conflict", "duplicate", "!"), 409],
    ["a common code", new AppError("stale", "etagMismatch", "!"), 412],
  ])("a refusal with %s is answered with %s", async (_, error, status) => {
    const refusing = updating(() => {
      throw error;
    });
    expect((await ask(refusing, testEdge({ checkResponses: true }).edge, good)).status).toBe(status);
  });
});
