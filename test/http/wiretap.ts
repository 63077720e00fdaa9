import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** Everything that was sent to the servers of this process: the stand-ins, that is, not the Functions host. */
export interface Wiretap {
  /** What reached the server at this address so far, as text; bytes that are none stand for themselves. */
  sentTo(url: string): string;
  end(): void;
}

/** Listens in on every connection that is opened from now on. Changes nothing of what is said. */
export function startWiretap(): Wiretap {
  const heard = new Map<number, Buffer[]>();
  const listen = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    const port = socket.localPort ?? 0;
    const chunks = heard.get(port) ?? [];
    heard.set(port, chunks);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  };
  subscribe("net.server.socket", listen);
  return {
    sentTo: (url) => Buffer.concat(heard.get(Number(new URL(url).port)) ?? []).toString("latin1"),
    end: () => void unsubscribe("net.server.socket", listen),
  };
}
