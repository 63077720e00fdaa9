import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface SeenRequest {
  method: string;
  /** Path with query. */
  url: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** Objects are sent as JSON, text as it is. */
  body?: unknown;
}

/** Answers with a reply, or does something rude with the connection and returns nothing. */
export type Handler = (
  request: SeenRequest,
  raw: { response: ServerResponse; socket: Socket; count: number },
) => Reply | undefined | Promise<Reply | undefined>;

export interface Upstream {
  url: string;
  /** Every request that reached the server, in order. */
  requests: SeenRequest[];
  /** How many requests were open at the same time at most. */
  mostAtOnce(): number;
  answer(handler: Handler): void;
  close(): Promise<void>;
}

/** A small real server on a free port of the loopback: the other side of an adapter. */
export async function startUpstream(first: Handler = () => ({ status: 404 })): Promise<Upstream> {
  let handler = first;
  let open = 0;
  let most = 0;
  const requests: SeenRequest[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
    const url = new URL(request.url ?? "/", "http://upstream");
    const seen: SeenRequest = {
      method: request.method ?? "",
      url: request.url ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    requests.push(seen);
    most = Math.max(most, ++open);
    try {
      const reply = await handler(seen, { response, socket: request.socket, count: requests.length });
      if (!reply) return;
      response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
      response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? {}));
    } finally {
      open--;
    }
  };
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    mostAtOnce: () => most,
    answer(next) {
      handler = next;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, "close");
    },
  };
}
