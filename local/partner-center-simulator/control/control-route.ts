import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { Refusal } from "../errors";

/** A call of the control API: plain JSON, no token. */
interface ControlCall {
  params: Record<string, string>;
  query: Record<string, string | undefined>;
  /** The parsed JSON body; an empty object without one. */
  body: unknown;
}

/** Answers what the handler returns as JSON; nothing: 204. */
export type AddControlRoute = (
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  handler: (call: ControlCall) => unknown,
) => void;

/** An error of the control API itself. */
export class ControlError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Routes under `/_control`: 400 names what is wrong with the input, 409 a refusal of Partner Center. */
export function controlRoutes(app: FastifyInstance): AddControlRoute {
  return (method, path, handler) => {
    app.route({
      method,
      url: `/_control${path}`,
      handler: async (request, reply) => {
        try {
          const result = await handler(readCall(request));
          return await (result === undefined ? reply.code(204).send() : reply.send(result));
        } catch (error) {
          return answerError(reply, error);
        }
      },
    });
  };
}

const Texts = z.record(z.string(), z.string());

function readCall(request: FastifyRequest): ControlCall {
  return {
    params: Texts.parse(request.params ?? {}),
    query: Texts.parse(request.query ?? {}),
    body: readJson(request.body),
  };
}

function readJson(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new ControlError(400, "The body is not valid JSON.");
  }
}

function answerError(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof z.ZodError) return reply.code(400).send({ error: z.prettifyError(error) });
  if (error instanceof ControlError) return reply.code(error.status).send({ error: error.message });
  if (error instanceof Refusal) {
    const { status, code, description } = error;
    return reply.code(409).send({ error: description, refusal: { status, code, description } });
  }
  const message = error instanceof Error ? error.message : String(error);
  return reply.code(400).send({ error: message });
}
