import type { z } from "zod";
import { LARGEST_SHOWN, type TenantDetails, type TenantView } from "../../shared/api/tenants";
import type { Change } from "../../shared/domain/changes/change";
import type { TenantDetails as Details } from "../../shared/domain/tenants/read-tenant";
import type { Tenant } from "../../shared/domain/tenants/tenant";
import type { TenantStanding } from "../../shared/domain/tenants/tenant-standing";

/** What a dialog says before a connection ends (product.md §4.3). */
const NOTICE =
  "Open changes are cancelled here. Nothing is cancelled at Microsoft: the subscriptions stay, scheduled changes stay scheduled, " +
  "and billing goes on.";

export function toConnectionView(connection: NonNullable<Tenant["connection"]>): {
  resellerId: string;
  cspCustomerId: string;
  connectedAt: string;
  connectedBy: string;
} {
  const { resellerId, cspCustomerId, connectedAt, connectedBy } = connection;
  return { resellerId, cspCustomerId, connectedAt, connectedBy };
}

export function toTenantView({ tenant, status, ...names }: TenantStanding): z.input<typeof TenantView> {
  const { tenantId, customerId, displayName, domain, inModule, connection } = tenant;
  return {
    ...{ tenantId, customerId, displayName, domain, inModule },
    consent: toConsentView(tenant),
    connectionState: status.state,
    ...(status.trouble ? { connectionTrouble: status.trouble } : {}),
    ...(connection ? { connection: toConnectionView(connection) } : {}),
    ...names,
  };
}

export function toConsentView({ consent: { at, ...consented } }: Tenant): z.input<typeof TenantView>["consent"] {
  return { ...consented, ...(at ? { at } : {}) };
}

export function toDetailsView(details: Details): z.input<typeof TenantDetails> {
  const { standing, seats, cancels, blockedBy, openElsewhere, allowedActions } = details;
  return {
    ...toTenantView(standing),
    counters: {
      ...seats,
      openChanges: cancels.length + blockedBy.length + openElsewhere,
      needsReview: blockedBy.filter(({ state }) => state === "NeedsReview").length,
    },
    disconnectPreview: {
      cancels: cancels.slice(0, LARGEST_SHOWN).map(toOpenChange),
      cancelCount: cancels.length,
      blockedBy: blockedBy.slice(0, LARGEST_SHOWN).map(toOpenChange),
      notice: NOTICE,
    },
    allowedActions,
  };
}

function toOpenChange(change: Change): z.input<typeof TenantDetails>["disconnectPreview"]["cancels"][number] {
  const { id, subscriptionId, subscriptionName, state, ask } = change;
  return { changeId: id, ...{ subscriptionId, subscriptionName, state, ask } };
}
