import { z } from "zod";
import { MSP_PARTITION } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import type { Scope } from "./actor";
import { CustomerId, TenantId } from "./ids";

/** What somebody was given to see beside their role (design §7). */
const Grant = z.object({
  scope: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("all") }),
    z.object({ kind: z.literal("some"), customerIds: z.array(CustomerId), tenantIds: z.array(TenantId) }),
  ]),
});

/** The scope a person or app was given, read live; undefined when nobody gave one. `principal` is an actor's id. */
export async function findGrant(store: StateStore, principal: string): Promise<Scope | undefined> {
  const found = await store.get(MSP_PARTITION, `grant_${principal}`);
  return found && Grant.parse(found.value).scope;
}
