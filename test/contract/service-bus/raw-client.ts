import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  create_container,
  type AmqpError,
  type Connection,
  type Delivery,
  type EventContext,
  type Message,
  type Receiver,
  type ReceiverOptions,
  type Sender,
  type Session,
} from "rhea";
import type { ServiceBus } from "../../../local/service-bus/start-service-bus";
import { afterThisTest } from "./broker-fixture";

/** A client that says what the SDK never would. */
export interface RawClient {
  connection: Connection;
  openSession(): Session;
  openSender(address: string): Promise<Sender>;
  /** A receiver whose attach was sent; await "receiver_open" for the answer. No credit is given. */
  startReceiver(options: ReceiverOptions): Receiver;
  openReceiver(options: ReceiverOptions): Promise<Receiver>;
  /** Resolves when the broker has handled everything sent before. */
  settled(): Promise<void>;
  /** Ends without a word, as a killed process does. */
  kill(): void;
}

export async function rawClient(bus: ServiceBus, options = {}): Promise<RawClient> {
  const container = create_container();
  for (const event of ["disconnected", "error", "connection_error", "sender_error", "receiver_error"]) {
    container.on(event, () => undefined);
  }
  const address = { host: "127.0.0.1", port: bus.port, username: "any", reconnect: false };
  const connection = container.connect({ ...address, ...options });
  await once(connection, "connection_open");
  const kill = () => (connection as unknown as { socket: { destroy(error: Error): void } }).socket.destroy(new Error());
  afterThisTest(() => {
    kill();
    return Promise.resolve();
  });

  const openSession = () => {
    const session = connection.create_session();
    session.open();
    return session;
  };
  const startReceiver = (options: ReceiverOptions) =>
    openSession().open_receiver({ credit_window: 0, autoaccept: false, rcv_settle_mode: 1, ...options });
  const openSender = async (address: string) => {
    const sender = openSession().open_sender({ target: { address } });
    await once(sender, "sendable");
    return sender;
  };
  return {
    connection,
    openSession,
    openSender,
    startReceiver,
    openReceiver: async (options) => {
      const receiver = startReceiver(options);
      await once(receiver, "receiver_open");
      return receiver;
    },
    settled: async () => (await openSender("$cbs")).close(),
    kill,
  };
}

/** Sends one message and returns the error it is rejected with, or undefined when it is accepted. */
export async function sendRaw(
  sender: Sender,
  message: Message | Buffer,
  format?: number,
): Promise<AmqpError | undefined> {
  const delivery = sender.send(message, undefined, format);
  await once(sender, "settled");
  return outcomeError(delivery);
}

function outcomeError({ remote_state }: Delivery): AmqpError | undefined {
  return (remote_state as { error?: AmqpError } | undefined)?.error;
}

export interface ManagementAnswer {
  statusCode: number;
  errorCondition: string | undefined;
  body: Record<string, unknown>;
}

/** Makes requests on the `$management` node of an entity. */
export async function management(client: RawClient, entity: string) {
  const session = client.openSession();
  const replyTo = randomUUID();
  const sender = session.open_sender({ target: { address: `${entity}/$management` } });
  await once(sender, "sendable");
  const receiver = session.open_receiver({
    name: replyTo,
    source: { address: `${entity}/$management` },
    target: { address: replyTo },
  });
  await once(receiver, "receiver_open");
  return async (operation: string, body: unknown, properties = {}): Promise<ManagementAnswer> => {
    const answered = once(receiver, "message");
    sender.send({
      message_id: randomUUID(),
      reply_to: replyTo,
      application_properties: { operation: `com.microsoft:${operation}`, ...properties },
      body,
    });
    const [{ message }] = (await answered) as [EventContext];
    const answer = message?.application_properties as { statusCode: number; errorCondition?: string };
    const { statusCode, errorCondition } = answer;
    return { statusCode, errorCondition, body: message?.body as Record<string, unknown> };
  };
}
