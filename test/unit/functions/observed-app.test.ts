import { HttpRequest, InvocationContext, type Timer } from "@azure/functions";
import { observedApp, type App } from "../../../functions/observed-app";
import { createTelemetry } from "../../../shared/telemetry/create-telemetry";
import { after, SECOND, START } from "../../build/ids";
import { recordedMeasure } from "../../fakes/recorded-telemetry";

type Handler = (trigger: never, context: InvocationContext) => unknown;

const TIMER: Timer = {
  isPastDue: false,
  schedule: { adjustForDST: false },
  scheduleStatus: { last: "", next: "", lastUpdated: "" },
};
const PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/** Registers by the observed app, and calls what arrives at the real one. */
function setup() {
  const handlers = new Map<string, Handler>();
  const keep = (name: string, { handler }: { handler: Handler }): void => void handlers.set(name, handler);
  const real = { http: keep, timer: keep, serviceBusQueue: keep } as unknown as App; // Registers and no more.
  const counted = recordedMeasure();
  const telemetry = { ...createTelemetry({ write: () => undefined }), measure: counted.measure };
  const app = observedApp(real, telemetry, () => START);
  const call = (name: string, trigger: unknown, context: Partial<InvocationContext> = {}): Promise<unknown> =>
    Promise.resolve(handlers.get(name)?.(trigger as never, Object.assign(new InvocationContext(), context)));
  return { app, call, telemetry, of: counted.of };
}

test("a request is measured by its operation and its answer, which stays as it is", async () => {
  const { app, call, of } = setup();
  const response = { status: 503, body: "busy" };
  app.http("getThing", { handler: () => Promise.resolve(response) });
  const answer = await call("getThing", new HttpRequest({ method: "GET", url: "https://csp.example/api" }));
  expect(answer).toBe(response);
  const [measured, ...more] = of("csp.http.duration");
  expect([measured?.attributes, more]).toEqual([{ operation: "getThing", status: "5xx" }, []]);
});

test("a run of a timer counts as done or failed; what it throws is thrown", async () => {
  const { app, call, of } = setup();
  let fails = false;
  app.timer("sweepWork", {
    schedule: "0 * * * * *",
    handler: () => (fails ? Promise.reject(new Error("storage")) : Promise.resolve()),
  });
  await call("sweepWork", TIMER);
  fails = true;
  await expect(call("sweepWork", TIMER)).rejects.toThrow("storage");
  expect(of("csp.timer.runs").map(({ attributes }) => attributes)).toEqual([
    { timer: "sweepWork", result: "done" },
    { timer: "sweepWork", result: "failed" },
  ]);
});

test("a message is measured by its age and its end, and its handler knows the request behind it", async () => {
  const { app, call, telemetry, of } = setup();
  const seen: unknown[] = [];
  app.serviceBusQueue("applyChange", {
    ...{ connection: "SERVICE_BUS", queueName: "changes" },
    handler: () => void seen.push(telemetry.fields(), telemetry.traceparent()),
  });
  const enqueuedTimeUtc = after(-90 * SECOND).toISOString();
  const triggerMetadata = {
    enqueuedTimeUtc,
    correlationId: "request-1",
    applicationProperties: { traceparent: PARENT },
  };
  await call("applyChange", {}, { triggerMetadata, traceContext: { traceParent: PARENT } });
  expect(of("csp.queue.age")).toEqual([{ value: 90, attributes: { queue: "changes" } }]);
  expect(of("csp.queue.handled")).toEqual([{ value: 1, attributes: { queue: "changes", result: "done" } }]);
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  expect(seen).toEqual([{ function: "applyChange", traceId, correlationId: "request-1" }, PARENT]);
});

test("a dead letter is counted as one, and its age says nothing about the queue", async () => {
  const { app, call, of } = setup();
  app.serviceBusQueue("takeDeadLetter", {
    ...{ connection: "SERVICE_BUS", queueName: "changes/$DeadLetterQueue" },
    handler: () => undefined,
  });
  await call("takeDeadLetter", {}, { triggerMetadata: { enqueuedTimeUtc: START.toISOString() } });
  expect(of("csp.queue.dead_letters")).toEqual([{ value: 1, attributes: { queue: "changes", result: "done" } }]);
  expect([...of("csp.queue.age"), ...of("csp.queue.handled")]).toEqual([]);
});
