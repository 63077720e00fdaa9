import type { HttpRequest } from "@azure/functions";
import { AppError } from "../errors";
import { HttpRefusal } from "./refusal";

const MOST_BYTES = 256 * 1024;

/**
 * The body, of at most 256 KiB and declared as JSON; empty when there is none. Reading stops at the limit, whatever
 * Content-Length says. A compressed body is refused and never opened: what it would become has no limit.
 */
export async function readBody(request: HttpRequest): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > MOST_BYTES) throw tooLarge();
  const bytes = await readBytes(request);
  if (bytes.length > 0 && !isJson(request.headers.get("content-type"))) {
    throw new HttpRefusal(415, "unsupportedMediaType", "Send the body as application/json in UTF-8.");
  }
  const coding = request.headers.get("content-encoding") ?? "identity";
  if (bytes.length > 0 && coding.trim().toLowerCase() !== "identity") {
    throw new HttpRefusal(415, "unsupportedMediaType", "Send the body as it is, without a Content-Encoding.");
  }
  return bytes;
}

/** The JSON value of a body; `undefined` for an empty one. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new AppError("invalid", "invalidJson", "The body is not valid JSON in UTF-8.", { cause: error });
  }
}

async function readBytes(request: HttpRequest): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("A request body must come as bytes.");
    size += chunk.length;
    if (size > MOST_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): HttpRefusal {
  return new HttpRefusal(413, "bodyTooLarge", `The body is larger than ${MOST_BYTES / 1024} KiB.`);
}

function isJson(contentType: string | null): boolean {
  const [type = "", ...parameters] = (contentType ?? "").toLowerCase().split(";");
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith("charset="));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  return /^application\/(?:[\w.+-]+\+)?json$/.test(type.trim()) && isUtf8;
}
