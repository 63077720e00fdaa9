import type { Connection } from "rhea";
import { asRefusal } from "./refusal";
import { reply, type Request } from "./request-response";
import type { TokenAuthority } from "./token-authority";

export const CBS_ADDRESS = "$cbs";

/**
 * Claims-based security: a client puts a token for each entity before it attaches to it. Answers 202, 401 when the token
 * is not accepted, 400 when the request is something else.
 */
export async function answerCbs(authority: TokenAuthority, connection: Connection, request: Request): Promise<void> {
  const properties: Record<string, unknown> = request.message.application_properties ?? {};
  if (properties["operation"] !== "put-token") {
    answer(request, 400, "The operation must be put-token.");
    return;
  }
  try {
    await authority.putToken(connection, properties["name"], request.message.body, properties["type"]);
    answer(request, 202, "Accepted");
  } catch (error) {
    const refusal = asRefusal(error);
    answer(request, refusal.condition === "amqp:unauthorized-access" ? 401 : 500, refusal.description);
  }
}

function answer(request: Request, code: number, description: string): void {
  reply(request, { "status-code": code, "status-description": description });
}
