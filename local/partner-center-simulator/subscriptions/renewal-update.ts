import { refuse } from "../errors";
import { isJsonObject } from "../route";
import type { JsonObject, Subscription } from "../world";
import { familyOf, isSeatBased } from "./product-rules";
import { refuseInstructions } from "./renewal-instructions";
import type { RenewalWish } from "./requested-change";
import type { UpdateContext, UpdateStep } from "./update-context";

/** Auto-renew and what is planned for the term end (partner-center-api.md §4.6, §9.4). */
export function planRenewal(context: UpdateContext, wish: RenewalWish): UpdateStep {
  const { simulation, subscription } = context;
  const { resource } = subscription;
  const family = familyOf(subscription);
  if (family === "legacy" && simulation.switches.autoRenewIgnoredOnLegacy) return () => undefined;
  if (family === "legacy" || family === "perpetual" || family === "azure") {
    refuse(400, "800093", "This subscription is not eligible for auto-renew.");
  }
  if (wish.instructions) {
    if (!wish.autoRenewEnabled) refuseWithoutAutoRenew();
    refuseInstructions(context, wish.instructions);
  }
  for (const action of wish.actions ?? []) refuseAction(context, action, wish.autoRenewEnabled);
  return () => {
    resource.autoRenewEnabled = wish.autoRenewEnabled;
    storeSchedule(subscription, wish);
    return undefined;
  };
}

function storeSchedule({ resource }: Subscription, wish: RenewalWish): void {
  const conversion = resource.isTrial && wish.autoRenewEnabled ? resource.scheduledNextTermInstructions : undefined;
  delete resource.scheduledActions;
  delete resource.scheduledNextTermInstructions;
  if (wish.actions) resource.scheduledActions = wish.actions;
  const instructions = wish.actions ? undefined : wish.instructions;
  if (instructions ?? conversion) resource.scheduledNextTermInstructions = instructions ?? conversion ?? null;
}

function refuseWithoutAutoRenew(): never {
  return refuse(400, "800093", "A scheduled renewal needs auto-renew to be on.", ["autoRenewEnabled"]);
}

function refuseAction(context: UpdateContext, action: JsonObject, autoRenewEnabled: boolean): void {
  refuseScheduleType(context, action);
  switch (String(action["actionType"]).toLowerCase()) {
    case "renewtonewterm":
    case "transition":
      if (!autoRenewEnabled) refuseWithoutAutoRenew();
      if (isJsonObject(action["instructions"])) refuseInstructions(context, action["instructions"]);
      return;
    case "cancel":
      if (autoRenewEnabled) refuse(400, "3000", "A scheduled Cancel needs auto-renew to be off.", ["autoRenewEnabled"]);
      return;
    case "renewtoextendedserviceterm":
      if (autoRenewEnabled)
        refuse(400, "3000", "The extended service term needs auto-renew to be off.", ["autoRenewEnabled"]);
      if (!isSeatBased(context.subscription))
        refuse(400, "800093", "There is no extended service term for this product.");
      return;
    default:
      refuse(400, "900126", `The actionType '${String(action["actionType"])}' cannot be parsed.`, ["actionType"]);
  }
}

function refuseScheduleType({ subscription, nowMs }: UpdateContext, action: JsonObject): void {
  const type = String(action["scheduleType"]).toLowerCase();
  if (type === "termend") return;
  if (type !== "customdate") {
    refuse(400, "900126", `The scheduleType '${String(action["scheduleType"])}' cannot be parsed.`, ["scheduleType"]);
  }
  if (String(action["actionType"]).toLowerCase() !== "cancel") {
    refuse(400, "3000", "Only Cancel can be scheduled for a date of its own.", ["actionType"]);
  }
  const at = Date.parse(String(action["effectiveDate"]));
  if (!(at > nowMs && at < subscription.termEndsAt)) {
    refuse(400, "3000", "effectiveDate must be ahead and inside the term.", ["effectiveDate"]);
  }
}
