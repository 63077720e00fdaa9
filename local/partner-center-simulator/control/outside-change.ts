import { z } from "zod";
import type { Simulation } from "../route";
import { changeSubscription } from "../subscriptions/change-subscription";
import { planUpdate, updateAudit } from "../subscriptions/plan-update";
import { subscriptionView } from "../subscriptions/subscription-view";
import { dropSchedules } from "../subscriptions/update-context";
import type { Effect, Subscription } from "../world";
import { applyDirectly, type WriteActor, type Write } from "../write";
import { ControlError } from "./control-route";

const OutsideChange = z
  .strictObject({
    subscriptionId: z.string(),
    /** Seats afterwards, or seats more or less. */
    quantity: z.int().optional(),
    delta: z.int().optional(),
    status: z.enum(["active", "suspended", "deleted"]).optional(),
    autoRenewEnabled: z.boolean().optional(),
    friendlyName: z.string().optional(),
    /** Microsoft suspends it, for these reasons; no partner can lift it. */
    suspensionReasons: z.array(z.string()).optional(),
    /** Who did it. */
    upn: z.string().default("someone.else@partner.example"),
  })
  .refine(({ quantity, delta }) => quantity === undefined || delta === undefined, "Give quantity or delta, not both.");

/**
 * Somebody edits a subscription in the Partner Center portal: same rules, same audit trail, but another user and another
 * correlation id, so that a client cannot take it for its own. Throws the Refusal Partner Center would give.
 */
export function changeOutside(simulation: Simulation, input: unknown): { correlationId: string; effects: Effect[] } {
  const wish = OutsideChange.parse(input);
  const subscription = simulation.world.subscriptions.get(wish.subscriptionId.toLowerCase());
  if (!subscription) throw new ControlError(404, `There is no subscription ${wish.subscriptionId}.`);
  const actor = outsider(simulation, subscription, wish.upn);
  const write: Write = {
    operation: "update_subscription",
    resourceType: "subscription",
    customerId: subscription.customerId,
    subscriptionId: subscription.id,
    plan: () =>
      wish.suspensionReasons
        ? suspendByMicrosoft(simulation, subscription, wish.suspensionReasons)
        : planUpdate(simulation, subscription, bodyOf(simulation, subscription, wish), undefined),
  };
  return { correlationId: actor.correlationId, effects: applyDirectly(simulation, actor, write) };
}

function outsider(simulation: Simulation, subscription: Subscription, upn: string): WriteActor {
  const { ids } = simulation.world;
  return {
    origin: "outside",
    method: "PORTAL",
    path: `/v1/customers/${subscription.customerId}/subscriptions/${subscription.id}`,
    partnerId: subscription.partnerId,
    requestId: ids.guid(),
    correlationId: ids.guid(),
    caller: { kind: "user", upn },
  };
}

function bodyOf(
  simulation: Simulation,
  subscription: Subscription,
  wish: z.infer<typeof OutsideChange>,
): Record<string, unknown> {
  const { switches, clock } = simulation;
  const body = subscriptionView(subscription, subscription, { switches, nowMs: clock.nowMs(), byId: true });
  const { status, autoRenewEnabled, friendlyName } = wish;
  const quantity = wish.delta === undefined ? wish.quantity : subscription.resource.quantity + wish.delta;
  const wanted = Object.entries({ quantity, status, autoRenewEnabled, friendlyName });
  return { ...body, ...Object.fromEntries(wanted.filter(([, value]) => value !== undefined)) };
}

function suspendByMicrosoft(
  simulation: Simulation,
  subscription: Subscription,
  reasons: string[],
): ReturnType<Write["plan"]> {
  const { status } = subscription.resource;
  if (status !== "active") throw new ControlError(409, `The subscription is ${status}, not active.`);
  return {
    apply: () => {
      const before = structuredClone(subscription.resource);
      const effect = changeSubscription(simulation, subscription, simulation.clock.nowMs(), () => {
        subscription.resource.status = "suspended";
        subscription.resource.suspensionReasons = reasons;
        dropSchedules(subscription);
        return undefined;
      });
      return { answer: { status: 200 }, effects: [effect], audit: updateAudit(subscription, before) };
    },
  };
}
