import { guarded } from "../../../local/service-bus/guard";
import { startServiceBus } from "../../../local/service-bus/start-service-bus";
import { afterThisTest, newClient, send } from "./broker-fixture";

let warn: jest.SpyInstance;

beforeEach(() => {
  warn = jest.spyOn(process, "emitWarning").mockImplementation(() => undefined);
});

afterEach(() => warn.mockRestore());

test("a handler that throws, now or later, is told as a warning and stops nobody", async () => {
  const told: unknown[] = [];
  const onBug = (error: unknown, context: string) => told.push([String(error), context]);
  guarded(() => {
    throw new Error("now");
  }, onBug)("first");
  guarded(() => Promise.reject(new Error("later")), onBug)("second");
  await Promise.resolve();
  await new Promise(setImmediate);
  expect(told).toEqual([
    ["Error: now", "first"],
    ["Error: later", "second"],
  ]);
  expect(warn).toHaveBeenCalledTimes(2);
});

test("a check of tokens that fails in itself refuses the client and leaves the broker alive", async () => {
  const bus = await startServiceBus({
    queues: [{ name: "orders" }],
    verifyToken: () => {
      throw new TypeError("a bug in the check");
    },
  });
  afterThisTest(() => bus.close());
  await expect(send(newClient(bus), "orders", { body: 1 })).rejects.toMatchObject({ code: "UnauthorizedAccess" });
  expect(bus.counts("orders").active).toBe(0);
});
