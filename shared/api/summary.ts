import { z } from "zod";
import { notShown } from "./list";
import { defineRoute } from "./route";

const count = z.int().nonnegative();

export const SummaryView = z
  .object({
    resellers: z.object({
      total: count,
      authorized: count,
      needingAttention: count.meta({
        description: "Not authorised, revoked, with an invalid secret, or with one that expires within thirty days.",
      }),
    }),
    tenants: z.object({ total: count, connected: count, notConnected: count, degraded: count }).meta({
      description:
        "Tenants of the module in the caller's scope. Degraded: connected to a reseller that is not authorised.",
    }),
    notShown,
  })
  .meta({ id: "CspSummary" });

export const getSummaryRoute = defineRoute({
  name: "getCspSummary",
  operations: ["C1"],
  method: "GET",
  path: "/api/v1/csp/summary",
  summary: "Count what the module holds",
  description: "Tenants are counted in the list across tenants, where a change can take a moment to show.",
  tag: "Resellers",
  permission: "reseller.read",
  responses: { 200: { description: "The counts.", schema: SummaryView } },
});
