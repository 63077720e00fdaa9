import { z } from "zod";
import { CspCustomerId, CustomerId, ResellerId, TenantId } from "../access/ids";

export const TENANT_ROW = "tenant";

export const ConsentState = z.enum(["NeedsConsent", "Consented", "Expired"]);
export type ConsentState = z.infer<typeof ConsentState>;

/** The mapping tenant → (reseller, CSP customer); without it no subscription can be read or changed (glossary). */
export const Connection = z.object({
  resellerId: ResellerId,
  cspCustomerId: CspCustomerId,
  connectedAt: z.iso.datetime(),
  connectedBy: z.string(),
});
export type Connection = z.infer<typeof Connection>;

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
  registeredAt: z.iso.datetime(),
});
export type Tenant = z.infer<typeof Tenant>;
