import formbody from "@fastify/formbody";
import Fastify, { type FastifyInstance } from "fastify";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { PortInUseError, type StandInOptions } from "../stand-in";

/** A server that reads forms and JSON, takes paths without case, and cuts its connections when it closes. */
export function createServer(tls: StandInOptions["tls"]): FastifyInstance {
  const app = Fastify({
    forceCloseConnections: true,
    serverFactory: (handler) =>
      tls ? https.createServer({ key: tls.key, cert: tls.cert }, handler) : http.createServer(handler),
    routerOptions: { ignoreTrailingSlash: true, caseSensitive: false, maxParamLength: 1_000 },
  });
  void app.register(formbody);
  // Unknown kinds of bodies read as empty: the endpoint then says which parameter it misses.
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, _body, done) => done(null, {}));
  return app;
}

/** Listens on 127.0.0.1; throws `PortInUseError` naming the part when the port is taken. */
export async function listenOnLoopback(
  app: FastifyInstance,
  part: string,
  options: StandInOptions,
): Promise<{ url: string; port: number }> {
  const port = options.port ?? 0;
  try {
    await app.listen({ host: "127.0.0.1", port });
  } catch (error) {
    await app.close();
    throw isPortInUse(error) ? new PortInUseError(part, port) : error;
  }
  const address = app.server.address() as AddressInfo; // never a pipe: it listens on a port
  return { url: `${options.tls ? "https" : "http"}://127.0.0.1:${address.port}`, port: address.port };
}

function isPortInUse(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "EADDRINUSE";
}
