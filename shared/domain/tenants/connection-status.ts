import { z } from "zod";
import type { Reseller } from "../resellers/reseller";
import type { Tenant } from "./tenant";

/** How a tenant stands with Microsoft CSP (product.md §4.1). `Disconnecting`: its connection is being removed or replaced. */
export const ConnectionState = z.enum(["Connected", "NotConnected", "Degraded", "Disconnecting"]);
export type ConnectionState = z.infer<typeof ConnectionState>;

export interface ConnectionStatus {
  state: ConnectionState;
  /** Why a connection is degraded: `resellerNotAuthorized` or `relationshipRemoved`, with what has to be done. */
  trouble?: { code: "resellerNotAuthorized" | "relationshipRemoved"; message: string };
}

/** The state of a tenant's connection; `reseller` is the one it goes through, undefined when that is gone. */
export function connectionStatus(tenant: Tenant, reseller: Reseller | undefined): ConnectionStatus {
  const { connection } = tenant;
  if (tenant.disconnecting) return { state: "Disconnecting" };
  if (!connection) return { state: "NotConnected" };
  const trouble = resellerTrouble(reseller) ?? relationshipTrouble(tenant, reseller);
  return trouble ? { state: "Degraded", trouble } : { state: "Connected" };
}

function resellerTrouble(reseller: Reseller | undefined): ConnectionStatus["trouble"] {
  const code = "resellerNotAuthorized" as const;
  if (!reseller)
    return { code, message: "The reseller is not known here any more. Connect the tenant through another one." };
  switch (reseller.state) {
    case "Authorized":
      return undefined;
    case "SecretInvalid":
      return { code, message: `The application secret of ${reseller.displayName} is not valid. Enter a new one.` };
    case "Revoked":
    case "NotAuthorized":
      return { code, message: `${reseller.displayName} is not authorised. Authorise it again.` };
  }
}

function relationshipTrouble(
  { connection, displayName }: Tenant,
  reseller: Reseller | undefined,
): ConnectionStatus["trouble"] {
  if (connection?.relationshipRemovedAt === undefined) return undefined;
  const message = `${displayName} has ended its relationship with ${reseller?.displayName ?? "the reseller"} at Microsoft. Ask for it anew, or connect through another reseller.`;
  return { code: "relationshipRemoved", message };
}
