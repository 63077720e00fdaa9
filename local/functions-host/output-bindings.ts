import type { ServiceBusMessage } from "@azure/service-bus";
import { readServiceBusOutput } from "./bindings";
import type { InvocationResponse, RegisteredFunction, TypedData } from "./core-api";
import { toBytes } from "./http-conversion";
import type { ServiceBusClients } from "./service-bus-clients";
import { resolveSettings, type Environment } from "./settings";

/**
 * Sends what a finished invocation left in its Service Bus output bindings. Throws when a message cannot be sent, which
 * fails the invocation as in Azure, and for output bindings of other types.
 */
export async function sendOutputs(
  fn: RegisteredFunction,
  response: InvocationResponse,
  clients: ServiceBusClients,
  env: Environment,
): Promise<void> {
  for (const [name, binding] of Object.entries(fn.metadata.bindings)) {
    if (binding.direction !== "out" || binding.type.toLowerCase() === "http") continue;
    const data =
      name === "$return" ? response.returnValue : response.outputData?.find((output) => output.name === name)?.data;
    if (!data) continue;
    if (binding.type.toLowerCase() !== "servicebus")
      throw new Error(`The local host does not serve output bindings of type "${binding.type}".`);
    const { queueName, connection } = readServiceBusOutput(binding);
    const sender = clients.get(connection).createSender(resolveSettings(queueName, env));
    try {
      await sender.sendMessages(toMessages(data));
    } finally {
      await sender.close();
    }
  }
}

/** One message, or one per element of a list. Only the body can be set through a binding. */
function toMessages(data: TypedData): ServiceBusMessage[] {
  const list: unknown = data.json ? JSON.parse(data.json) : undefined;
  if (!Array.isArray(list)) return [toMessage(toBytes(data), data.json ? "application/json" : undefined)];
  return list.map((item: unknown) =>
    typeof item === "string"
      ? toMessage(Buffer.from(item))
      : toMessage(Buffer.from(JSON.stringify(item)), "application/json"),
  );
}

function toMessage(body: Buffer, contentType?: string): ServiceBusMessage {
  return contentType === undefined ? { body } : { body, contentType };
}
