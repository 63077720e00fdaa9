import { z } from "zod";

const FieldProblem = z
  .object({
    pointer: z.string().meta({
      description: "JSON pointer into the request: /body/…, /query/… or /header/….",
      examples: ["/body/changes/0/quantity"],
    }),
    message: z.string(),
  })
  .meta({ id: "FieldProblem" });

/** The one error body of the API: RFC 9457 with a stable `code`. More members may follow, such as the tenants in the way. */
export const ProblemDocument = z
  .looseObject({
    type: z.string().meta({ description: "urn:csp-marketplace:problem:{code}" }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "What happened, for a person." }),
    instance: z.string().meta({ description: "The path that was asked." }),
    code: z.string().meta({ description: "Stable; for programs to decide on." }),
    correlationId: z.string().meta({ description: "Quote it to support; it finds the request in every log." }),
    errors: z.array(FieldProblem).optional().meta({ description: "The fields at fault." }),
  })
  .meta({ id: "Problem", description: "Any refusal or failure (RFC 9457, application/problem+json)." });
export type ProblemDocument = z.infer<typeof ProblemDocument>;
