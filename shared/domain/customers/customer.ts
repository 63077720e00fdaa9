import { z } from "zod";
import { CustomerId } from "../access/ids";

export const CUSTOMER_PREFIX = "customer_";

export function customerRow(id: CustomerId): string {
  return CUSTOMER_PREFIX + id;
}

/** The MSP's own customer record; owns tenants (glossary of product.md). */
export const Customer = z.object({
  id: CustomerId,
  name: z.string(),
  externalReference: z.string().optional(),
  createdAt: z.iso.datetime(),
  modifiedAt: z.iso.datetime(),
});
export type Customer = z.infer<typeof Customer>;
