import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { durationMs } from "../../../local/service-bus/iso-duration";
import { queueSettings, readQueueDefinitions } from "../../../local/service-bus/queue-definitions";
import { startServiceBus } from "../../../local/service-bus/start-service-bus";
import { afterThisTest } from "./broker-fixture";

const QUEUES_FILE = path.join(__dirname, "../../../infra/queues.json");

async function file(content: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "queues-"));
  afterThisTest(() => rm(directory, { recursive: true }));
  const name = path.join(directory, "queues.json");
  await writeFile(name, content);
  return name;
}

test("the product's queues have the sessions, windows and limits they were designed with", () => {
  const queues = readQueueDefinitions(QUEUES_FILE);
  expect(queues.map(({ name, requiresSession }) => [name, requiresSession])).toEqual([
    ["changes", true],
    ["directory", true],
    ["sync", false],
    ["tokens", true],
  ]);
  for (const queue of queues) {
    expect(queue).toMatchObject({
      requiresDuplicateDetection: true,
      duplicateDetectionHistoryTimeWindow: "PT1H",
      lockDuration: "PT1M",
      maxDeliveryCount: 10,
      defaultMessageTimeToLive: "P14D",
      deadLetteringOnMessageExpiration: true,
    });
  }
});

test("the broker starts with the product's queues", async () => {
  const bus = await startServiceBus({ queues: readQueueDefinitions(QUEUES_FILE) });
  afterThisTest(() => bus.close());
  expect(bus.counts("changes")).toEqual({ active: 0, scheduled: 0, deferred: 0, deadLetter: 0 });
});

test("what a definition leaves out is as in Azure", () => {
  expect(queueSettings([{ name: "orders", requiresDuplicateDetection: true }])).toEqual([
    {
      name: "orders",
      requiresSession: false,
      duplicateWindowMs: 600_000,
      lockDurationMs: 60_000,
      maxDeliveryCount: 10,
      timeToLiveMs: Infinity,
      deadLettersExpired: false,
    },
  ]);
});

test("everything wrong in a file is named at once", async () => {
  const name = await file(
    JSON.stringify([
      { name: "changes", lockDuration: "PT10M", maxDeliveryCount: 0 },
      { name: "sync", lockDuration: "60", requireSession: true },
      { name: "Changes", duplicateDetectionHistoryTimeWindow: "P8D" },
      { name: "/bad" },
    ]),
  );
  const problems = () => readQueueDefinitions(name);
  expect(problems).toThrow(`Invalid queues in ${name}:`);
  expect(problems).toThrow('queue "changes", lockDuration: "PT10M" is out of range: PT1S to PT5M');
  expect(problems).toThrow('queue "changes", maxDeliveryCount:');
  expect(problems).toThrow('queue "sync", lockDuration: "60" is not an ISO 8601 duration');
  expect(problems).toThrow("requireSession");
  expect(problems).toThrow('"P8D" is out of range: PT20S to P7D');
  expect(problems).toThrow('queue "/bad", name: a queue name has');
});

test("two queues of one name are refused", () => {
  expect(() => queueSettings([{ name: "orders" }, { name: "Orders" }])).toThrow('a second queue "Orders"');
});

test("a file that is missing or no JSON is named", async () => {
  expect(() => readQueueDefinitions("/nowhere/queues.json")).toThrow("Cannot read the queue definitions in /nowhere");
  const broken = await file("[{");
  expect(() => readQueueDefinitions(broken)).toThrow(`Cannot read the queue definitions in ${broken}`);
  const none = await file('{"queues": []}');
  expect(() => readQueueDefinitions(none)).toThrow(`Invalid queues in ${none}`);
});

test.each([
  ["PT1M", 60_000],
  ["P14D", 1_209_600_000],
  ["P1DT2H3M4.5S", 93_784_500],
  ["PT0S", 0],
  ["P", undefined],
  ["PT", undefined],
  ["P1DT", undefined],
  ["P1M", undefined],
  ["1M", undefined],
  ["", undefined],
])("the duration %s is %s milliseconds", (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});
