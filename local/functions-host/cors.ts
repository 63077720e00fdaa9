import type { IncomingMessage, ServerResponse } from "node:http";

/** Which other origins a browser may call the app from: `siteConfig.cors` in Azure, `Host.CORS` for Core Tools. */
export interface CorsOptions {
  /** Exactly as browsers write them: `https://portal.example`. */
  origins: readonly string[];
  /** Whether browsers may send cookies along. */
  credentials: boolean;
}

/**
 * Does what the platform does before the app sees a request: answers a preflight (true: it is done) and marks what an
 * allowed origin may read. Nobody is refused: an origin that is not allowed gets no marks, and its browser keeps the answer
 * from it. Without origins nothing of this happens, as where CORS is not configured in Azure.
 */
export function applyCors(
  { origins, credentials }: CorsOptions,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { origin } = request.headers;
  if (origins.length === 0 || origin === undefined) return false;
  const isAllowed = origins.includes(origin);
  if (isAllowed) {
    response.setHeader("access-control-allow-origin", origin);
    response.setHeader("vary", "Origin");
    if (credentials) response.setHeader("access-control-allow-credentials", "true");
  }
  const method = request.headers["access-control-request-method"];
  if (request.method !== "OPTIONS" || method === undefined) return false;
  if (isAllowed) {
    response.setHeader("access-control-allow-methods", method);
    const asked = request.headers["access-control-request-headers"];
    if (asked !== undefined) response.setHeader("access-control-allow-headers", asked);
  }
  response.writeHead(204).end();
  return true;
}
