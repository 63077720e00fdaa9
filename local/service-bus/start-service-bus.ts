import { create_container, type Container, type EventContext } from "rhea";
import type { StandIn, StandInOptions } from "../stand-in";
import { VirtualClock } from "../virtual-clock";
import { Agenda } from "./agenda";
import { HOST, listen } from "./amqp-server";
import { attachConsumer, attachProducer, type Broker } from "./attach";
import { Entities } from "./entities";
import { guarded, reportBug } from "./guard";
import { countMessages, peek, viewMessage, type MessageView, type QueueCounts } from "./inspection";
import { OpenLinks } from "./open-links";
import { queueSettings, type QueueDefinition } from "./queue-definitions";
import { TokenAuthority, type VerifyToken } from "./token-authority";

export interface ServiceBusOptions extends StandInOptions {
  queues: QueueDefinition[];
  /** Needed with `tls`: decides which tokens open which entities. Without it everybody may do everything. */
  verifyToken?: VerifyToken;
}

/** A running broker. Its url (`amqp:` or `amqps:`) may be used as the SDK's `customEndpointAddress`. */
export interface ServiceBus extends StandIn {
  /** For `new ServiceBusClient(...)` in plain mode. With TLS a client needs a token credential instead. */
  readonly connectionString: string;
  /** Throws for an unknown queue, as do the next two. */
  counts(queue: string): QueueCounts;
  /** Messages of any state, in their order, without locking them. */
  peek(queue: string): MessageView[];
  deadLetters(queue: string): MessageView[];
  /** Ends every connection as a broken network does; the messages stay. */
  cutConnections(): Promise<void>;
}

/**
 * Starts a broker that speaks the part of Azure Service Bus which `@azure/service-bus` uses with queues. Throws
 * `PortInUseError`, or an `Error` that names everything wrong in the queue definitions.
 */
export async function startServiceBus(options: ServiceBusOptions): Promise<ServiceBus> {
  const { tls, verifyToken, clock = new VirtualClock() } = options;
  if (tls && !verifyToken) throw new Error("The Service Bus broker with TLS needs verifyToken to check its clients.");
  const settings = queueSettings(options.queues);
  const agenda = new Agenda(clock);
  const broker: Broker = {
    entities: new Entities(settings, agenda),
    agenda,
    links: new OpenLinks(),
    authority: new TokenAuthority(verifyToken),
  };
  const server = await listen(brokerContainer(broker), options);
  const { port } = server;
  const authority = tls ? `localhost:${port}` : `${HOST}:${port}`;
  return {
    url: `${tls ? "amqps" : "amqp"}://${authority}`,
    port,
    connectionString: `Endpoint=sb://${authority};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=local;${tls ? "" : "UseDevelopmentEmulator=true;"}`,
    counts: (queue) => countMessages(broker.entities.find(queue)),
    peek: (queue) => peek(broker.entities.find(queue)).map(viewMessage),
    deadLetters: (queue) => peek(broker.entities.find(`${queue}/$DeadLetterQueue`)).map(viewMessage),
    cutConnections: () => server.cut(),
    reset: async () => {
      agenda.clear();
      broker.entities = new Entities(settings, agenda);
      await server.cut();
    },
    close: async () => {
      agenda.clear();
      await server.close();
    },
  };
}

/** rhea with all of its events wired to the broker, and none that can end the process. */
function brokerContainer(broker: Broker): Container {
  const container = create_container({ id: "local-service-bus" });
  // The SDK authenticates with tokens on `$cbs`, not with SASL.
  (container.sasl_server_mechanisms as { enable_anonymous(): void }).enable_anonymous();
  const on = (event: string, handler: (context: EventContext) => void) =>
    container.on(
      event,
      guarded(handler, (error, { connection }) => failConnection(connection, error)),
    );
  on("receiver_open", ({ receiver }) => receiver && attachProducer(broker, receiver));
  on("sender_open", ({ sender }) => sender && attachConsumer(broker, sender));
  on("sender_close", ({ sender }) => sender && broker.links.linkEnded(sender));
  on("session_close", ({ session }) => session && broker.links.sessionEnded(session));
  on("connection_close", ({ connection }) => broker.links.connectionEnded(connection));
  on("disconnected", ({ connection }) => broker.links.connectionEnded(connection));
  // rhea throws what nobody listens to. Clients that end with an error are their own business.
  for (const event of ["connection_error", "session_error", "sender_error", "receiver_error", "protocol_error"]) {
    container.on(event, () => undefined);
  }
  container.on("error", reportBug);
  return container;
}

function failConnection(connection: EventContext["connection"], error: unknown): void {
  connection.close({ condition: "amqp:internal-error", description: String(error) });
}
