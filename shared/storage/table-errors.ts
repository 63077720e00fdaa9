import { z } from "zod";

/** The service's own code is here for a transaction, and among the details for a single row. */
const ServiceError = z.object({
  statusCode: z.number(),
  code: z.string().optional().catch(undefined),
  details: z
    .object({ odataError: z.object({ code: z.string() }) })
    .optional()
    .catch(undefined),
});

/**
 * True for an error of the storage service with one of these HTTP statuses. Looks at the status, not the class. A
 * missing table is an outage, never a missing row or a lost race.
 */
export function hasStatus(error: unknown, ...statuses: number[]): boolean {
  const { data } = ServiceError.safeParse(error);
  if (!data || !statuses.includes(data.statusCode)) return false;
  return (data.code ?? data.details?.odataError.code) !== "TableNotFound";
}
