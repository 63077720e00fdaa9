import type { LicenceUsage } from "../domain/subscriptions/licence-roll-up";
import { unreadable, type PartnerCenterClient } from "./client";
import { WireSubscribedSku } from "./wire";

/** Licences of a customer's directory (fact sheet §3.1). Needs a user's token and a directory role at the customer. */
export function createLicenceUsage(client: PartnerCenterClient): LicenceUsage {
  return {
    async available(reseller, customer) {
      const { items } = await client.getAll({ reseller }, `/v1/customers/${customer}/subscribedskus`);
      const free = new Map<string, number>();
      for (const item of items) {
        const parsed = WireSubscribedSku.safeParse(item);
        if (!parsed.success) throw unreadable("licence", parsed.error);
        free.set(parsed.data.productSku.id.toLowerCase(), parsed.data.availableUnits);
      }
      return free;
    },
  };
}
