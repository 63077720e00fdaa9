import type { Simulation, SubscriptionChange } from "../route";
import type { JsonObject, WebhookRegistration } from "../world";
import { createSigner, type Signer } from "./signer";

/** Where receivers load the certificates from; `webhook-routes.ts` serves them. */
export const certificatePath = "/webhooks/v1/certificates";

/** A receiver that has not answered by then has failed. Real time: it is the receiver that is slow. */
const RECEIVER_TIMEOUT_MS = 10_000;

const signers = new WeakMap<Simulation, Promise<Signer>>();

/** The signer of a simulation; made on first use and kept over resets. */
export function signerOf(simulation: Simulation): Promise<Signer> {
  const known = signers.get(simulation) ?? createSigner(simulation.clock.now());
  signers.set(simulation, known);
  return known;
}

/** Sends `subscription-updated` to the partner's webhook for every change from now on. Call once per simulation. */
export function startWebhookDelivery(simulation: Simulation): void {
  simulation.onSubscriptionChange.push((change) => {
    const registration = simulation.world.webhooks.get(change.partnerId);
    if (!registration?.events.includes("subscription-updated")) return;
    const event = subscriptionEvent(simulation, change);
    const delayMs = simulation.switches.webhookDelaySeconds * 1000;
    if (delayMs === 0) void deliver(simulation, registration, event, 1);
    else later(simulation, delayMs, () => deliver(simulation, registration, event, 1));
  });
}

/** Runs after virtual time, unless the simulation is reset or stopped before. */
function later(simulation: Simulation, delayMs: number, run: () => Promise<unknown>): void {
  const { world } = simulation;
  const cancel = simulation.clock.after(delayMs, async () => {
    if (simulation.world === world) await run();
  });
  simulation.onReset.push(cancel);
}

function subscriptionEvent(simulation: Simulation, change: SubscriptionChange): JsonObject {
  const { customerId, subscriptionId, auditRecordId, at } = change;
  return {
    EventName: "subscription-updated",
    ResourceUri: `${simulation.url()}/webhooks/v1/customers/${customerId}/subscriptions/${subscriptionId}`,
    ResourceName: "subscription",
    AuditUri: `${simulation.url()}/auditactivity/v1/auditrecords/${auditRecordId}`,
    ResourceChangeUtcDate: eventDate(at),
  };
}

/** Seven digits and an offset, as events carry their dates. */
export function eventDate(at: Date): string {
  return at.toISOString().replace("Z", "0000+00:00");
}

export interface DeliveryResult {
  responseCode: number | null;
  responseMessage: string;
  systemError: boolean;
  dateTimeUtc: string;
}

/** Posts one event; after a failure again and again with growing pauses, as often as the switches say. */
async function deliver(
  simulation: Simulation,
  registration: WebhookRegistration,
  event: JsonObject,
  attempt: number,
): Promise<void> {
  const { world, switches } = simulation;
  const { responseCode } = await postSigned(simulation, registration, event);
  const isDelivered = responseCode !== null && responseCode >= 200 && responseCode < 300;
  if (isDelivered || attempt >= switches.webhookAttempts || simulation.world !== world) return;
  const pauseMs = switches.webhookRetrySeconds * 1000 * 2 ** (attempt - 1);
  later(simulation, pauseMs, () => deliver(simulation, registration, event, attempt + 1));
}

/** One signed POST. Never throws: what went wrong is in the result. */
export async function postSigned(
  simulation: Simulation,
  registration: WebhookRegistration,
  event: JsonObject,
): Promise<DeliveryResult> {
  const dateTimeUtc = simulation.clock.now().toISOString();
  const stop = new AbortController();
  simulation.onReset.push(() => stop.abort());
  try {
    const body = Buffer.from(JSON.stringify(event));
    const signature = await (await signerOf(simulation)).sign(body);
    const response = await fetch(registration.url, {
      method: "POST",
      body,
      // A redirect could lead away from this machine.
      redirect: "manual",
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(RECEIVER_TIMEOUT_MS)]),
      headers: {
        "content-type": "application/json",
        ...(registration.signatureInMsHeader
          ? { "x-ms-signature": signature }
          : { authorization: `Signature ${signature}` }),
        "x-ms-certificate-url": `${simulation.url()}${certificatePath}/webhook.cer`,
        "x-ms-signature-algorithm": "rsa-sha256",
      },
    });
    await response.body?.cancel();
    return { responseCode: response.status, responseMessage: response.statusText, systemError: false, dateTimeUtc };
  } catch (error) {
    const responseMessage = error instanceof Error ? error.message : String(error);
    return { responseCode: null, responseMessage, systemError: true, dateTimeUtc };
  }
}
