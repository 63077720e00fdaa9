import { z } from "zod";
import { defineRoute } from "./route";

const Liveness = z.object({ status: z.literal("live") }).meta({ id: "Liveness" });

const Readiness = z
  .object({
    status: z.enum(["ready", "notReady"]),
    checks: z.array(
      z.object({ name: z.string(), status: z.enum(["pass", "fail"]), durationMs: z.int().nonnegative() }),
    ),
  })
  .meta({ id: "Readiness" });
export type Readiness = z.infer<typeof Readiness>;

export const getLiveness = defineRoute({
  name: "getLiveness",
  operations: [],
  method: "GET",
  path: "/api/health/live",
  summary: "Is the process up?",
  description: "Says nothing about what it depends on. For a restart decision.",
  tag: "Health",
  permission: "anonymous",
  responses: { 200: { description: "It is.", schema: Liveness } },
});

export const getReadiness = defineRoute({
  name: "getReadiness",
  operations: [],
  method: "GET",
  path: "/api/health/ready",
  summary: "Can it do its work?",
  description: "Tries each thing it depends on, and names those that do not answer in time. For a routing decision.",
  tag: "Health",
  permission: "anonymous",
  responses: {
    200: { description: "Every check passes.", schema: Readiness },
    503: { description: "At least one check fails.", schema: Readiness },
  },
});
