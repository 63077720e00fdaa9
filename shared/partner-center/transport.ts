import type { Agent } from "node:http";
import { Readable } from "node:stream";
import {
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
} from "@azure/core-rest-pipeline";
import type { PipelineResponse } from "@azure/core-rest-pipeline";

interface WireRequest {
  method: "GET" | "PATCH";
  url: URL;
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** Absent: a shared one that keeps connections alive. */
  agent?: Agent;
  /** For everything: connecting, sending, and reading the answer to its end. */
  timeoutMs: number;
}

export interface WireAnswer {
  status: number;
  header(name: string): string | undefined;
  /** The whole body as text, without a byte-order mark. */
  text: string;
}

/** The request was sent, or may have been, and no whole answer came back. `message` is short and free of bodies. */
export class NoAnswerError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "NoAnswerError";
  }
}

export type Transport = (request: WireRequest) => Promise<WireAnswer>;

const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * Puts exactly one request on the wire per call. The pipeline is empty on purpose: the default one repeats requests
 * and follows redirects, which must never happen to a paid write. (Node's `fetch` was no choice: its connection pool
 * may itself repeat a request.) Throws `NoAnswerError` when no whole answer came back.
 */
export function createTransport(options: { maxBodyBytes?: number } = {}): Transport {
  const { maxBodyBytes = MAX_BODY_BYTES } = options;
  const pipeline = createEmptyPipeline();
  const client = createDefaultHttpClient();
  return async ({ method, url, headers, body, agent, timeoutMs }) => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    try {
      const request = createPipelineRequest({
        method,
        url: url.href,
        headers: createHttpHeaders({ ...headers }),
        timeout: 0,
        abortSignal: deadline.signal,
        allowInsecureConnection: isLoopback(url),
        streamResponseStatusCodes: new Set([Number.POSITIVE_INFINITY]),
        ...(body === undefined ? {} : { body }),
      });
      // Not an option above: createPipelineRequest would drop it without a word.
      if (agent !== undefined) request.agent = agent;
      const response = await pipeline.sendRequest(client, request);
      const text = await readText(response, deadline.signal, maxBodyBytes);
      return { status: response.status, header: (name) => response.headers.get(name), text };
    } catch (error) {
      throw new NoAnswerError(deadline.signal.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error), error);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Plain http is for the local platform only. */
function isLoopback(url: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}

async function readText(response: PipelineResponse, signal: AbortSignal, maxBytes: number): Promise<string> {
  const stream = response.readableStreamBody;
  if (stream === undefined) return response.bodyAsText ?? "";
  // The pipeline forgets our signal once the headers are in; a body may still stall.
  const cut = (): void => {
    if (stream instanceof Readable) stream.destroy(new Error("cut off"));
  };
  signal.addEventListener("abort", cut, { once: true });
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      size += bytes.byteLength;
      if (size > maxBytes) throw new Error(`an answer longer than ${maxBytes} bytes`);
      chunks.push(bytes);
    }
    signal.throwIfAborted();
    // Unlike Buffer.toString, TextDecoder removes the byte-order mark Partner Center sometimes sends.
    return new TextDecoder().decode(Buffer.concat(chunks));
  } finally {
    signal.removeEventListener("abort", cut);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown failure";
  const code = "code" in error ? error.code : undefined;
  const text = error.message.slice(0, 200);
  return typeof code === "string" && !text.includes(code) ? `${code}: ${text}` : text;
}
