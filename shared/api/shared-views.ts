import { z } from "zod";

/** An action with the reason when it is not possible now. */
export const AllowedActionView = z
  .object({ action: z.string(), allowed: z.boolean(), reason: z.string().optional() })
  .meta({ id: "AllowedAction" });

/** Where the browser goes after a sign-in at Microsoft; must be on the list of allowed origins. */
export const ReturnTo = z
  .url({ protocol: /^https?$/, error: "must be an absolute http(s) address" })
  .max(2000)
  .meta({ description: "Where the browser goes afterwards. Its origin must be allowed by this installation." });

export const SearchText = z
  .string()
  .trim()
  .max(100)
  .optional()
  .meta({ description: "Shows only what contains this text." });
