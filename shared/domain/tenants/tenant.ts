import { z } from "zod";
import { CspCustomerId, CustomerId, ResellerId, TenantId } from "../access/ids";
import { AuditFacts } from "../audit/audit-entry";

export const TENANT_ROW = "tenant";

export const ConsentState = z.enum(["NeedsConsent", "Consented", "Expired"]);
export type ConsentState = z.infer<typeof ConsentState>;

/** The mapping tenant → (reseller, CSP customer); without it no subscription can be read or changed (glossary). */
export const Connection = z.object({
  resellerId: ResellerId,
  cspCustomerId: CspCustomerId,
  connectedAt: z.iso.datetime(),
  connectedBy: z.string(),
  /** Since when Microsoft says that the customer has no relationship with the reseller (any more). */
  relationshipRemovedAt: z.iso.datetime().optional(),
});
export type Connection = z.infer<typeof Connection>;

/**
 * A connection that is being taken away or replaced, which takes several transactions: what is left to do, and for
 * whom. While it stands, no change is taken in and none is claimed (change ledger §6).
 */
const Disconnecting = z.object({
  /** What stands in the connection's place. */
  then: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("nothing") }),
    z.object({ kind: z.literal("leaveModule") }),
    z.object({ kind: z.literal("connect"), resellerId: ResellerId, cspCustomerId: CspCustomerId }),
  ]),
  since: z.iso.datetime(),
  /** Whose use by this tenant ends; from the moment on that the connection itself is gone. */
  formerResellerId: ResellerId.optional(),
  /** The request that began it, which is remembered when it is finished. */
  idempotency: z.object({ hash: z.string(), bodyHash: z.string() }),
  by: AuditFacts.pick({ actor: true, correlationId: true, clientIp: true }).required({ correlationId: true }),
});
export type Disconnecting = z.infer<typeof Disconnecting>;

/** A customer's Microsoft 365 directory. */
export const Tenant = z.object({
  tenantId: TenantId,
  customerId: CustomerId,
  displayName: z.string(),
  domain: z.string(),
  consent: z.object({ state: ConsentState, permissions: z.array(z.string()), at: z.iso.datetime().optional() }),
  /** Added to the CSP module (product.md §4.2); before that it is only known. */
  inModule: z.boolean(),
  addedAt: z.iso.datetime().optional(),
  connection: Connection.optional(),
  disconnecting: Disconnecting.optional(),
  registeredAt: z.iso.datetime(),
});
export type Tenant = z.infer<typeof Tenant>;
