import type { Actor } from "../../shared/domain/access/actor";
import type { WriteRequest } from "../../shared/domain/access/request-facts";
import { ResellerId } from "../../shared/domain/access/ids";
import type { Reseller } from "../../shared/domain/resellers/reseller";
import type { Connection, Tenant } from "../../shared/domain/tenants/tenant";
import { CSP_CUSTOMER, CUSTOMER, RESELLER, START, TENANT } from "./ids";

export const OTHER_RESELLER = ResellerId.parse("s".repeat(26));

export function aConnection(differing: Partial<Connection> = {}): Connection {
  return {
    resellerId: RESELLER,
    cspCustomerId: CSP_CUSTOMER,
    connectedAt: START.toISOString(),
    connectedBy: "olga@msp.example",
    ...differing,
  };
}

/** A tenant of the module that has consented and is connected. */
export function aTenant(differing: Partial<Tenant> = {}): Tenant {
  return {
    tenantId: TENANT,
    customerId: CUSTOMER,
    displayName: "Larkspur Dental",
    domain: "larkspur.example",
    consent: { state: "Consented", permissions: [], at: START.toISOString() },
    inModule: true,
    addedAt: START.toISOString(),
    connection: aConnection(),
    registeredAt: START.toISOString(),
    ...differing,
  };
}

/** A reseller that may be used. */
export function aReseller(differing: Partial<Reseller> = {}): Reseller {
  return {
    id: RESELLER,
    displayName: "Nordlicht",
    domain: "nordlicht.example",
    directoryId: TENANT,
    applicationId: "30000000-0000-4000-8000-000000000001",
    state: "Authorized",
    applicationSecretName: "secret",
    secretSetAt: START.toISOString(),
    createdAt: START.toISOString(),
    modifiedAt: START.toISOString(),
    ...differing,
  };
}

const ADMIN: Actor = {
  kind: "user",
  id: "admin",
  name: "ada@msp.example",
  roles: ["Admin"],
  scope: { kind: "all" },
};

/** A request of an Admin, under an idempotency key of its own. */
export function aRequest(key: string, differing: Partial<WriteRequest> = {}): WriteRequest {
  return {
    actor: ADMIN,
    idempotency: { hash: key, bodyHash: "body" },
    correlationId: `correlation-${key}`,
    clientIp: undefined,
    ...differing,
  };
}
