import { createServer } from "node:https";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import type { TlsFiles } from "../../local/stand-in";

/** One item of telemetry as Application Insights takes it. */
export interface Envelope {
  name: string;
  time: string;
  iKey: string;
  sampleRate?: number;
  tags: Readonly<Record<string, string>>;
  data: { baseType: string; baseData: BaseData };
}

export interface BaseData {
  name?: string;
  id?: string;
  message?: string;
  metrics?: { name: string; value: number; count?: number }[];
  properties?: Readonly<Record<string, string>>;
}

export interface Ingestion {
  readonly connectionString: string;
  /** Everything that was accepted so far. */
  readonly envelopes: readonly Envelope[];
  /** The `Authorization` of every call. */
  readonly credentials: readonly string[];
  /** Refuse everything from now on, or take it again. */
  refuse(status: number | undefined): void;
  close(): Promise<void>;
}

/** Takes telemetry in the place of Application Insights: `POST /v2.1/track`, plain or gzip, a list or a line for each item. */
export async function startIngestion(tls: TlsFiles): Promise<Ingestion> {
  const envelopes: Envelope[] = [];
  const credentials: string[] = [];
  let refusal: number | undefined;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    credentials.push(request.headers.authorization ?? "");
    const items = parse(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body);
    const isTrack = request.method === "POST" && request.url === "/v2.1/track";
    const status = refusal ?? (isTrack ? 200 : 404);
    if (status === 200) envelopes.push(...items);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(
      JSON.stringify({ itemsReceived: items.length, itemsAccepted: status === 200 ? items.length : 0, errors: [] }),
    );
  };
  const server = createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
    answer(request, response).catch(() => response.writeHead(400).end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: `InstrumentationKey=5ba1c3d0-0000-4000-8000-000000000001;IngestionEndpoint=https://localhost:${port}/`,
    ...{ envelopes, credentials },
    refuse: (status) => void (refusal = status),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function parse(body: Buffer): Envelope[] {
  const text = body.toString("utf8").trim();
  if (text.startsWith("[")) return JSON.parse(text) as Envelope[];
  return text.split("\n").map((line) => JSON.parse(line) as Envelope);
}
