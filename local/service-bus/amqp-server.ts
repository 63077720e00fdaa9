import type { AddressInfo, Server, Socket } from "node:net";
import type { Container } from "rhea";
import { PortInUseError, type StandInOptions } from "../stand-in";
import { MAX_MESSAGE_BYTES } from "./incoming-message";

export const HOST = "127.0.0.1";

export interface AmqpServer {
  port: number;
  /** Ends every connection and waits until it is gone. */
  cut: () => Promise<void>;
  close: () => Promise<void>;
}

/** Lets the container serve AMQP on a port, with TLS when there are certificates. Throws `PortInUseError`. */
export async function listen(container: Container, options: StandInOptions): Promise<AmqpServer> {
  const { tls, port = 0 } = options;
  const common = {
    host: HOST,
    port,
    max_frame_size: MAX_MESSAGE_BYTES,
    // Without it every answer waits some 40 ms for the client's acknowledgement of the one before.
    tcp_no_delay: true,
    sender_options: { autosettle: false, treat_modified_as_released: false },
    receiver_options: { autoaccept: false, credit_window: 1000, max_message_size: MAX_MESSAGE_BYTES },
  };
  const server: Server = tls
    ? container.listen({ ...common, transport: "tls", cert: tls.cert, key: tls.key })
    : container.listen(common);
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => sockets.add(socket).size && socket.once("close", () => sockets.delete(socket));
  server.on("connection", track).on("secureConnection", track);
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve).on("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new PortInUseError("Service Bus broker", port) : error);
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => cutAll(sockets),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await cutAll(sockets);
      await closed;
    },
  };
}

/** With an error, because rhea stops its heartbeat timers for a socket that ends or fails, not for one that closes. */
async function cutAll(sockets: Set<Socket>): Promise<void> {
  const gone = [...sockets].map((socket) => new Promise<void>((resolve) => socket.once("close", () => resolve())));
  for (const socket of [...sockets].reverse()) socket.destroy(new Error("The broker cut the connection."));
  await Promise.all(gone);
}
