import { may, type Actor } from "../access/actor";
import type { AllowedAction } from "../access/allowed-action";
import type { Permission } from "../access/permissions";
import type { ConnectionStatus } from "./connection-status";
import type { Tenant } from "./tenant";

/** What the actions of a tenant rest on. */
export interface TenantFacts {
  tenant: Tenant;
  status: ConnectionStatus;
  /** Changes that are or may be outstanding at Microsoft. */
  unsettled: number;
}

interface Rule {
  action: string;
  permission: Permission;
  /** Why not now; undefined when nothing is in the way. */
  denied: (facts: TenantFacts) => string | undefined;
}

const CONSENT_FIRST = "The tenant has not consented to the tenant app yet.";
const ADD_FIRST = "The tenant is not in the module; add it first.";
const ADDED = "The tenant is in the module already.";
const CONNECTED = "The tenant is connected already.";
const NOT_CONNECTED = "The tenant is not connected to Microsoft CSP.";
const DISCONNECTING = "The connection is being removed or replaced.";

const busy = ({ status, unsettled }: TenantFacts): string | undefined => {
  if (status.state === "Disconnecting") return DISCONNECTING;
  return unsettled > 0 ? `${unsettled} change(s) are under way at Microsoft or wait for a decision.` : undefined;
};
const unlessConnected = (facts: TenantFacts): string | undefined =>
  facts.tenant.connection ? busy(facts) : NOT_CONNECTED;

const RULES: readonly Rule[] = [
  { action: "consent", permission: "tenant.manage", denied: () => undefined },
  {
    ...{ action: "add", permission: "tenant.manage" },
    denied: ({ tenant }) => {
      if (tenant.inModule) return ADDED;
      return tenant.consent.state === "Consented" ? undefined : CONSENT_FIRST;
    },
  },
  {
    ...{ action: "connect", permission: "tenant.manage" },
    denied: ({ tenant, status }) => {
      if (!tenant.inModule) return ADD_FIRST;
      if (status.state === "Disconnecting") return DISCONNECTING;
      return tenant.connection ? CONNECTED : undefined;
    },
  },
  { action: "editConnection", permission: "tenant.manage", denied: unlessConnected },
  { action: "removeConnection", permission: "tenant.manage", denied: unlessConnected },
  {
    ...{ action: "disconnect", permission: "tenant.disconnect" },
    denied: (facts) => (facts.tenant.inModule ? busy(facts) : ADD_FIRST),
  },
  { action: "rename", permission: "tenant.manage", denied: () => undefined },
  { action: "move", permission: "tenant.manage", denied: busy },
  {
    ...{ action: "changeSubscriptions", permission: "subscription.quantity" },
    denied: ({ status }) => {
      if (status.state === "NotConnected") return NOT_CONNECTED;
      if (status.state === "Disconnecting") return DISCONNECTING;
      return status.trouble?.message;
    },
  },
];

/** What the caller may do with a tenant now, and why not the rest: by the role first, then by how the tenant stands. */
export function tenantActions(actor: Actor, facts: TenantFacts): AllowedAction[] {
  return RULES.map(({ action, permission, denied }): AllowedAction => {
    const reason = may(actor, permission) ? denied(facts) : "Your role does not allow this.";
    return reason === undefined ? { action, allowed: true } : { action, allowed: false, reason };
  });
}
