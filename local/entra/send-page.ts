import type { FastifyReply } from "fastify";

/** Shows a page; nothing may keep it, since it belongs to one sign-in. */
export function sendPage(reply: FastifyReply, page: string, status = 200): FastifyReply {
  return reply.code(status).type("text/html; charset=utf-8").header("Cache-Control", "no-store").send(page);
}
