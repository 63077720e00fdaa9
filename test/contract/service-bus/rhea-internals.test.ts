import { once } from "node:events";
import type { EventContext } from "rhea";
import { accepted } from "../../../local/service-bus/amqp-codec";
import { send, setup, until } from "./broker-fixture";
import { rawClient } from "./raw-client";

// The broker needs a few things of rhea that are not its public interface (local/service-bus/rhea-internals.ts). Each of
// these tests sees on the wire that one of them still works.

const NEXT_SESSION = { address: "changes", filter: { "com.microsoft:session-filter": null } };

test("an attach for the next session is answered only when there is one", async () => {
  const { bus, client } = await setup({ name: "changes", requiresSession: true });
  const raw = await rawClient(bus);
  const receiver = raw.startReceiver({ source: NEXT_SESSION });
  await raw.settled();
  expect(receiver.is_remote_open()).toBe(false);

  const opened = once(receiver, "receiver_open");
  await send(client, "changes", { body: 1, sessionId: "A" });
  await opened;

  expect(receiver.source.filter).toEqual({ "com.microsoft:session-filter": "A" });
  expect(receiver.properties).toHaveProperty(["com.microsoft:locked-until-utc"]);
});

test("a link that is closed while its answer is held back is confirmed as closed", async () => {
  const { bus } = await setup({ name: "changes", requiresSession: true });
  const raw = await rawClient(bus);
  const receiver = raw.startReceiver({ source: NEXT_SESSION });
  await raw.settled();
  receiver.close();
  await once(receiver, "receiver_close");
  expect(receiver.is_itself_closed()).toBe(true);
});

test("a client gets exactly as many messages as it asked for, also when it asks twice at once", async () => {
  const { bus, client } = await setup({ name: "orders" });
  await send(
    client,
    "orders",
    [...Array(10).keys()].map((body) => ({ body })),
  );
  const raw = await rawClient(bus);
  const receiver = await raw.openReceiver({ source: { address: "orders" } });
  let received = 0;
  receiver.on("message", () => received++);
  receiver.add_credit(2);
  await until(() => received === 2, "two messages came");
  receiver.add_credit(1);
  receiver.add_credit(2);
  await until(() => received === 5, "five messages came");
  await raw.settled();
  expect(received).toBe(5);
  expect(bus.peek("orders").filter(({ locked }) => locked)).toHaveLength(5);
});

test.each([0, 1])("the settle modes of a client are echoed (snd_settle_mode %d)", async (mode) => {
  const { bus } = await setup({ name: "orders" });
  const raw = await rawClient(bus);
  const modes = { snd_settle_mode: mode === 1 ? 1 : 0, rcv_settle_mode: mode === 1 ? 0 : 1 } as const;
  const receiver = await raw.openReceiver({ source: { address: "orders" }, ...modes });
  expect(receiver.snd_settle_mode).toBe(modes.snd_settle_mode);
  expect(receiver.rcv_settle_mode).toBe(modes.rcv_settle_mode);
});

test("a drain is answered behind the messages that used up the credit", async () => {
  const { bus, client } = await setup({ name: "orders" });
  await send(client, "orders", { body: 1 });
  const raw = await rawClient(bus);
  const receiver = await raw.openReceiver({ source: { address: "orders" } });
  const events: string[] = [];
  receiver.on("message", () => events.push("message"));
  const drained = once(receiver, "receiver_drained").then(() => events.push("drained"));
  receiver.add_credit(1);
  receiver.drain_credit();
  await drained;
  expect(events).toEqual(["message", "drained"]);
});

test("settled messages give their places free for more than rhea keeps at once", async () => {
  const { bus, client } = await setup({ name: "orders" });
  const sender = client.createSender("orders");
  for (let i = 0; i < 22; i++) await sender.sendMessages([...Array(100).keys()].map((body) => ({ body })));
  const raw = await rawClient(bus);
  const receiver = await raw.openReceiver({ source: { address: "orders" } });
  receiver.on("message", ({ delivery }: EventContext) => delivery?.update(false, accepted()));
  receiver.add_credit(2200);
  await until(() => bus.counts("orders").active === 0, "all 2,200 messages are completed");
});
