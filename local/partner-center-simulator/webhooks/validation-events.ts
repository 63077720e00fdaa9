import { gatewayThrottle } from "../call-faults";
import { refuse } from "../errors";
import type { Answer, Call } from "../route";
import type { WebhookRegistration, World } from "../world";
import { eventDate, postSigned, type DeliveryResult } from "./delivery";

const PER_MINUTE = 2;
const MINUTE_MS = 60_000;

interface ValidationEvent {
  correlationId: string;
  partnerId: string;
  callbackUrl: string;
  sentAt: number;
  result: DeliveryResult | undefined;
}

/** The test events sent since the last reset, oldest first. */
function eventsOf(world: World): ValidationEvent[] {
  const known = world.extras.get("webhookValidationEvents") as ValidationEvent[] | undefined;
  if (known) return known;
  const fresh: ValidationEvent[] = [];
  world.extras.set("webhookValidationEvents", fresh);
  return fresh;
}

/** Sends `test-created` to the registered address; at most two a minute, counted in virtual time. */
export function sendValidationEvent(call: Call, registration: WebhookRegistration): Answer {
  const { simulation } = call;
  const now = call.now.getTime();
  const events = eventsOf(simulation.world);
  const recent = events.filter((event) => event.partnerId === registration.partnerId && event.sentAt > now - MINUTE_MS);
  const [oldest] = recent;
  if (oldest && recent.length >= PER_MINUTE)
    return gatewayThrottle(Math.ceil((oldest.sentAt + MINUTE_MS - now) / 1000));
  if (!registration.events.includes("test-created")) {
    refuse(400, 3000, "The registration does not include the event test-created.", ["WebhookEvents"]);
  }
  const event: ValidationEvent = {
    correlationId: simulation.world.ids.guid(),
    partnerId: registration.partnerId,
    callbackUrl: registration.url,
    sentAt: now,
    result: undefined,
  };
  events.push(event);
  const uri = `${simulation.url()}/webhooks/v1/registration/validationEvents/${event.correlationId}`;
  const body = {
    EventName: "test-created",
    ResourceUri: uri,
    ResourceName: "test",
    AuditUri: null,
    ResourceChangeUtcDate: eventDate(call.now),
  };
  void postSigned(simulation, registration, body).then((result) => {
    event.result = result;
  });
  return { status: 200, body: { correlationId: event.correlationId } };
}

/** What became of a test event; `pending` while the receiver has not answered. */
export function getValidationEvent(call: Call): Answer {
  const wanted = call.params["correlationId"]?.toLowerCase();
  const partnerId = call.caller.partner.tenantId;
  const event = eventsOf(call.simulation.world).find(
    (candidate) => candidate.correlationId === wanted && candidate.partnerId === partnerId,
  );
  if (!event) return refuse(404, 1000, "The validation event was not found.");
  const { correlationId, callbackUrl, result } = event;
  const status = result ? "completed" : "pending";
  return { status: 200, body: { correlationId, partnerId, status, callbackUrl, results: result ? [result] : [] } };
}
