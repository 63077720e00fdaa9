import Fastify, { type FastifyInstance } from "fastify";
import http from "node:http";
import https from "node:https";
import { PortInUseError, type StandInOptions, type TlsFiles } from "../stand-in";

/** An HTTP server, or with `tls` an HTTPS one, that cuts its connections when it closes. */
export function createLoopbackServer(tls?: TlsFiles): FastifyInstance {
  return Fastify({
    forceCloseConnections: true,
    serverFactory: (handler) =>
      tls ? https.createServer({ key: tls.key, cert: tls.cert }, handler) : http.createServer(handler),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1_000 },
  });
}

/** Listens on 127.0.0.1. `part` is the name by which `PortInUseError` blames a taken port. */
export async function listenOnLoopback(
  app: FastifyInstance,
  part: string,
  options: Pick<StandInOptions, "port" | "tls">,
): Promise<{ url: string; port: number }> {
  const wanted = options.port ?? 0;
  try {
    await app.listen({ host: "127.0.0.1", port: wanted });
  } catch (error) {
    await app.close();
    if (hasCode(error, "EADDRINUSE")) throw new PortInUseError(part, wanted);
    throw error;
  }
  const address = app.server.address();
  if (address === null || typeof address === "string") throw new Error(`${part} does not listen on a TCP port.`);
  return { url: `${options.tls ? "https" : "http"}://127.0.0.1:${address.port}`, port: address.port };
}

/** Looks at the code and not at the class: a test runner may give its own `Error` to our modules, but not to Node's. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}
