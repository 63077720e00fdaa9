import { classifyWrite, type WriteOutcome } from "../../../../shared/domain/changes/classify-write";
import { aSchedule } from "../../../build/schedule";
import type { WriteAnswer } from "../../../../shared/domain/changes/subscription-writer";

const TARGET = 15;
const answered = (status: number, body?: unknown, retryAfterSeconds?: number): WriteAnswer => ({
  kind: "answered",
  status,
  body,
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});
const judge = (answer: WriteAnswer): WriteOutcome => classifyWrite(answer, TARGET);
const error = (code: unknown): unknown => ({ code, description: "Microsoft's words.", data: [], source: "PartnerFD" });

test("an answer that shows the wanted seats is a success", () => {
  expect(judge(answered(200, { id: "s", quantity: 15 }))).toEqual({ kind: "done" });
});

test.each<[string, WriteAnswer]>([
  ["no answer at all", { kind: "noAnswer", reason: "timeout" }],
  ["202: accepted, not applied yet", answered(202)],
  ["202, even with the wanted seats", answered(202, { quantity: 15 })],
  ["200 with the old number of seats", answered(200, { quantity: 10 })],
  ["200 without a number of seats", answered(200, { id: "s" })],
  ["200 with the seats as text", answered(200, { quantity: "15" })],
  ["200 with a body nobody can read", answered(200)],
  ["200 with a list", answered(200, [{ quantity: 15 }])],
  ["204 without a body", answered(204)],
  ["a redirect", answered(307)],
  ["408", answered(408, error("408"))],
  ["500 with a code", answered(500, error("800094"))],
  ["502 in HTML", answered(502)],
  ["503", answered(503, undefined, 30)],
  ["504", answered(504)],
  ["400 in HTML: no word of Microsoft's", answered(400)],
  ["404 of a gateway in HTML", answered(404)],
])("%s leaves open what happened", (_name, answer) => {
  expect(judge(answer).kind).toBe("unknown");
});

test("an unknown outcome keeps the status it came with", () => {
  expect(judge(answered(504))).toMatchObject({ kind: "unknown", status: 504 });
  expect(judge({ kind: "noAnswer", reason: "timeout" })).toEqual({ kind: "unknown", why: "timeout" });
});

test("the gateway's throttling has a shape of its own, and says how long", () => {
  const body = { statusCode: 429, message: "Rate limit is exceeded. Try again in 57 seconds." };
  expect(judge(answered(429, body, 57))).toEqual({
    kind: "later",
    why: "throttled",
    status: 429,
    code: "429",
    retryAfterSeconds: 57,
  });
});

test("throttling without a readable body is throttling too", () => {
  expect(judge(answered(429))).toEqual({ kind: "later", why: "throttled", status: 429, code: "" });
});

test.each([[error("900421")], [error(400)], [undefined]])("a refused sign-in had no effect (%j)", (body) => {
  expect(judge(answered(401, body))).toMatchObject({ kind: "later", why: "signIn" });
});

test.each(["900278", "800060", "800064", "800082"].flatMap((code) => [code, Number(code)]))(
  "409 with code %j: another operation is running",
  (code) => {
    expect(judge(answered(409, error(code)))).toMatchObject({ kind: "later", why: "busy", code: String(code) });
  },
);

test.each<[number, unknown]>([
  [412, undefined],
  [412, error("2055")],
  [400, error("2055")],
  [400, error(2055)],
])("%i %j: the subscription changed since it was read", (status, body) => {
  expect(judge(answered(status, body))).toMatchObject({ kind: "later", why: "changedMeanwhile" });
});

test.each<[number, string]>([
  [400, "2001"],
  [400, "2002"],
  [400, "2006"],
  [403, "2006"],
  [400, "2011"],
  [403, "20002"],
  [404, "20003"],
  [403, "800023"],
  [403, "800027"],
  [403, "800067"],
  [403, "800088"],
  [400, "800081"],
  [400, "800082"],
  [400, "800090"],
  [400, "800091"],
  [400, "900214"],
  [400, "900257"],
  [400, "900277"],
  [400, "900278"],
  [400, "900311"],
  [409, "27009"],
  [403, "900421"],
])("%i/%s is Microsoft's no, as text and as number", (status, code) => {
  const expected = { kind: "refused", status, code, message: "Microsoft's words." };
  expect(judge(answered(status, error(code)))).toEqual(expected);
  expect(judge(answered(status, error(Number(code))))).toEqual(expected);
});

test("a refusal without a code is a refusal", () => {
  expect(judge(answered(400, { Message: "The request is invalid." }))).toEqual({
    kind: "refused",
    status: 400,
    code: "",
    message: "",
  });
});

test.each(["tooLate", "resellerRevoked", "secretInvalid", "noToken"] as const)(
  "what was never sent (%s) is known not to have happened",
  (reason) => {
    expect(judge({ kind: "notSent", reason })).toEqual({ kind: "notSent", why: reason });
  },
);

test("updates that are not allowed at the moment are tried again, though they come as a 400", () => {
  expect(judge(answered(400, error("900280")))).toMatchObject({ kind: "later", why: "busy" });
});

describe("a write of a renewal schedule", () => {
  const wanted = aSchedule(8);
  const judgeSchedule = (body: unknown): WriteOutcome => classifyWrite(answered(200, body), wanted);

  test("is done when the answer shows it, whatever else it shows", () => {
    const body = { quantity: 15, scheduledNextTermInstructions: { ...wanted.instructions, attributes: {} } };
    expect(judgeSchedule(body)).toEqual({ kind: "done" });
  });

  test.each([{ quantity: 15 }, { scheduledNextTermInstructions: aSchedule(9).instructions }, undefined])(
    "is open when the answer shows none or another (%j)",
    (body) => {
      expect(judgeSchedule(body).kind).toBe("unknown");
    },
  );
});
