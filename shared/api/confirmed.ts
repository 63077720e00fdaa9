import { z } from "zod";

/** What a person types before something is taken away. */
export const confirmation = z
  .string()
  .max(100)
  .optional()
  .meta({ description: "Exactly `Yes`, as typed by a person." });
/** Errors of operations that want it, or that end a connection. */
export const confirmationRequired = { status: 400, description: "`confirmation` is not exactly `Yes`." };
export const operationInProgress = {
  status: 409,
  description:
    "A change is under way at Microsoft or needs review, or the connection is being removed or replaced. `changes` names them.",
};
