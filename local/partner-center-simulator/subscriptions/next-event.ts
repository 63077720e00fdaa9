import type { TimeEvent } from "../clock-events";
import type { SwitchValues } from "../switches";
import { DAY_MS, HOUR_MS } from "../terms";
import type { Subscription } from "../world";
import { mayExtend } from "./term-end";

/** The next thing time does to a subscription; undefined: nothing. */
export function nextEventOf(subscription: Subscription, switches: SwitchValues): TimeEvent | undefined {
  const { resource, statusSince, endedSuspended } = subscription;
  switch (resource.status) {
    case "pending":
      return { kind: "provisioned", atMs: subscription.provisionedAt };
    case "active":
    case "suspended":
      return earliest(runningEvents(subscription, switches));
    case "expired":
      return { kind: "disable", atMs: statusSince + switches.expiredDays * DAY_MS };
    case "disabled": {
      const days = endedSuspended ? switches.disabledDaysAfterSuspension : switches.disabledDays;
      return { kind: "delete", atMs: statusSince + days * DAY_MS };
    }
    default:
      return undefined;
  }
}

function runningEvents(subscription: Subscription, switches: SwitchValues): TimeEvent[] {
  const { resource, termEndsAt, chargeEndsAt, autoRenewOffAt } = subscription;
  const events: TimeEvent[] = [{ kind: "termEnd", atMs: termEndsAt + switches.renewalDelayHours * HOUR_MS }];
  if (chargeEndsAt < termEndsAt) events.push({ kind: "charge", atMs: chargeEndsAt });
  for (const action of resource.scheduledActions ?? []) {
    const at = Date.parse(String(action["effectiveDate"]));
    if (String(action["scheduleType"]).toLowerCase() === "customdate" && at < termEndsAt) {
      events.push({ kind: "customDate", atMs: at });
    }
  }
  const noticedAfter = switches.extendedTermActionHours * HOUR_MS;
  if (noticedAfter > 0 && autoRenewOffAt !== undefined && mayExtend(subscription, switches)) {
    events.push({ kind: "extendedTermNoticed", atMs: autoRenewOffAt + noticedAfter });
  }
  return events.filter((event) => Number.isFinite(event.atMs));
}

function earliest(events: TimeEvent[]): TimeEvent | undefined {
  return events.reduce<TimeEvent | undefined>(
    (first, event) => (first && first.atMs <= event.atMs ? first : event),
    undefined,
  );
}
