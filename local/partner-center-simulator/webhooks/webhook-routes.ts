import { isIP } from "node:net";
import { z } from "zod";
import { refuse } from "../errors";
import { bodyObject, camelCased, type AddRoute, type Answer, type Call } from "../route";
import type { JsonObject, WebhookRegistration } from "../world";
import { applyWrite } from "../write";
import { certificatePath, signerOf } from "./delivery";
import { eventNames } from "./event-names";
import { getValidationEvent, sendValidationEvent } from "./validation-events";

const path = "/webhooks/v1/registration";

/** Webhook registration, one per partner, and its test events (partner-center-api.md §8.2). */
export function registerWebhooks(add: AddRoute): void {
  add({ method: "GET", path: `${path}/events`, name: "listWebhookEvents", token: "any" }, () => ({
    status: 200,
    body: [...eventNames],
  }));
  add({ method: "GET", path, name: "getWebhook", token: "any" }, (call) => ({
    status: 200,
    body: registrationResource(registrationOf(call)),
  }));
  add({ method: "POST", path, name: "registerWebhook", token: "any" }, putRegistration);
  add({ method: "PUT", path, name: "replaceWebhook", token: "any" }, (call) => {
    registrationOf(call);
    return putRegistration(call);
  });
  add({ method: "DELETE", path, name: "deleteWebhook", token: "any" }, deleteRegistration);
  add({ method: "POST", path: `${path}/validationEvents`, name: "sendValidationEvent", token: "any" }, (call) =>
    sendValidationEvent(call, registrationOf(call)),
  );
  const one = `${path}/validationEvents/:correlationId`;
  add({ method: "GET", path: one, name: "getValidationEvent", token: "any" }, getValidationEvent);
  // Receivers load the certificate before they trust anything, and have no token.
  add(
    { method: "GET", path: `${certificatePath}/:file`, name: "getWebhookCertificate", token: "none" },
    getCertificate,
  );
}

function registrationOf(call: Call): WebhookRegistration {
  const found = call.simulation.world.webhooks.get(call.caller.partner.tenantId);
  return found ?? refuse(404, 1000, "No webhook is registered.");
}

const Registration = z.looseObject({
  webhookUrl: z.url(),
  webhookEvents: z.array(z.string()).min(1),
  signatureTokenToMsSignatureHeader: z.boolean().nullish(),
});

/** Registers or replaces. Only addresses of this machine: a simulator must not send anything elsewhere. */
function putRegistration(call: Call): Answer {
  const parsed = Registration.safeParse(camelCased(bodyObject(call)));
  if (!parsed.success) return refuse(400, 3000, "The registration is invalid.", [z.prettifyError(parsed.error)]);
  const { webhookUrl, webhookEvents, signatureTokenToMsSignatureHeader } = parsed.data;
  const { webhooks, ids } = call.simulation.world;
  const partnerId = call.caller.partner.tenantId;
  const plan = () => {
    if (!isLoopback(webhookUrl))
      refuse(400, 3000, "This simulator delivers to loopback addresses only.", ["WebhookUrl"]);
    const unknown = webhookEvents.find((name) => !eventNames.some((known) => known === name));
    if (unknown !== undefined) refuse(400, 3000, `The event '${unknown}' is not known.`, ["WebhookEvents"]);
    const apply = () => {
      const registration: WebhookRegistration = {
        partnerId,
        subscriberId: webhooks.get(partnerId)?.subscriberId ?? ids.guid(),
        url: webhookUrl,
        events: webhookEvents,
        signatureInMsHeader: signatureTokenToMsSignatureHeader ?? false,
      };
      webhooks.set(partnerId, registration);
      return { answer: { status: 200, body: registrationResource(registration) }, effects: [] };
    };
    return { apply };
  };
  return applyWrite(call, { operation: "register_webhook", resourceType: "webhook", plan });
}

function deleteRegistration(call: Call): Answer {
  const { webhooks } = call.simulation.world;
  const plan = () => {
    const { partnerId } = registrationOf(call);
    const apply = () => {
      webhooks.delete(partnerId);
      return { answer: { status: 204 }, effects: [] };
    };
    return { apply };
  };
  return applyWrite(call, { operation: "remove_webhook", resourceType: "webhook", plan });
}

function isLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const isLocal = host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
  return isLocal && (protocol === "http:" || protocol === "https:");
}

function registrationResource(registration: WebhookRegistration): JsonObject {
  return {
    SubscriberId: registration.subscriberId,
    WebhookUrl: registration.url,
    WebhookEvents: registration.events,
    SignatureTokenToMsSignatureHeader: registration.signatureInMsHeader,
  };
}

async function getCertificate(call: Call): Promise<Answer> {
  const { certificate, root } = await signerOf(call.simulation);
  const files: Record<string, Buffer | undefined> = { "webhook.cer": certificate, "root.cer": root };
  const file = files[call.params["file"] ?? ""] ?? refuse(404, 1000, "The certificate was not found.");
  return { status: 200, headers: { "content-type": "application/pkix-cert" }, body: file };
}
