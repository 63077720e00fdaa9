import { types } from "rhea";
import type { Agenda } from "./agenda";
import { reportBug } from "./guard";
import { MANAGEMENT_OPERATIONS, type ManagementContext } from "./management-operations";
import type { Queue } from "./queue";
import { asRefusal, Refusal, type Condition } from "./refusal";
import { reply, type Request } from "./request-response";

/** Status codes by error condition, as in the service's request/response protocol; 400 for all others. */
const STATUS_CODES: Partial<Record<Condition, number>> = {
  "amqp:internal-error": 500,
  "amqp:not-implemented": 501,
  "com.microsoft:message-lock-lost": 410,
  "com.microsoft:message-not-found": 404,
  "com.microsoft:session-lock-lost": 410,
};

/**
 * Answers one request on the `$management` node of a queue.
 * https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response
 */
export function answerManagement(queue: Queue, agenda: Agenda, request: Request): void {
  try {
    const body = perform(queue, agenda, request);
    if (body) answer(request, 200, "OK", {}, body);
    else answer(request, 204, "No content");
  } catch (error) {
    const { condition, description } = asRefusal(error);
    if (!(error instanceof Refusal)) reportBug(error);
    answer(request, STATUS_CODES[condition] ?? 400, description, { errorCondition: types.wrap_symbol(condition) });
  }
}

function perform(queue: Queue, agenda: Agenda, { message }: Request): Record<string, unknown> | undefined {
  const properties: Record<string, unknown> = message.application_properties ?? {};
  const body: unknown = message.body;
  const operation = MANAGEMENT_OPERATIONS.get(String(properties["operation"]));
  if (!operation)
    throw new Refusal("amqp:not-implemented", `Unsupported operation ${String(properties["operation"])}.`);
  const linkName = properties["associated-link-name"];
  const context: ManagementContext = { queue, agenda, linkName: typeof linkName === "string" ? linkName : undefined };
  return operation(context, typeof body === "object" && body !== null ? { ...body } : {});
}

function answer(request: Request, code: number, description: string, more = {}, body = {}): void {
  reply(request, { statusCode: types.wrap_int(code), statusDescription: description, ...more }, body);
}
