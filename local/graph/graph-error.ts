import type { FastifyReply, FastifyRequest } from "fastify";
import { randomUUID } from "node:crypto";

/** A refusal in Graph's own words. */
export class GraphError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "GraphError";
  }
}

/** Error body of partner-center-api.md §10; a client's `client-request-id` comes back. */
export function graphErrorBody(
  request: FastifyRequest,
  code: string,
  message: string,
  at: Date,
): Record<string, unknown> {
  const requestId = randomUUID();
  const asked = request.headers["client-request-id"];
  return {
    error: {
      code,
      message,
      innerError: {
        date: at.toISOString().replace(/\.\d+Z$/, ""),
        "request-id": requestId,
        "client-request-id": typeof asked === "string" ? asked : requestId,
      },
    },
  };
}

export function sendGraphError(
  request: FastifyRequest,
  reply: FastifyReply,
  error: GraphError,
  at: Date,
): FastifyReply {
  return reply.code(error.status).send(graphErrorBody(request, error.code, error.message, at));
}
