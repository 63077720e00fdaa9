import { connect, createServer, type Socket } from "node:net";

/** A TCP proxy that can stop passing anything on: what is on its way stays there, and is lost when a side hangs up. */
export interface PausableProxy {
  readonly port: number;
  pause(): void;
  /** How many pieces wait to be passed on. */
  held(): number;
  resume(): void;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 and passes everything to `targetPort`, until it is paused. */
export async function startPausableProxy(targetPort: number): Promise<PausableProxy> {
  const held: { client: Socket; upstream: Socket; chunk: Buffer }[] = [];
  const sockets = new Set<Socket>();
  let paused = false;
  const server = createServer((client) => {
    const upstream = connect(targetPort, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    client.on("data", (chunk) => {
      // While paused, what clients send is held here; only clients still there at `resume` get it through.
      if (paused) held.push({ client, upstream, chunk });
      else upstream.write(chunk);
    });
    upstream.on("data", (chunk) => client.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  return {
    port: address.port,
    pause: () => {
      paused = true;
    },
    held: () => held.length,
    resume: () => {
      paused = false;
      for (const { client, upstream, chunk } of held.splice(0)) if (!client.destroyed) upstream.write(chunk);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
