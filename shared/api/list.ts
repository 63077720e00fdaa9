import { z } from "zod";
import { vaultErrors } from "./outage-errors";

const LARGEST_PAGE = 200;

/** The paging fields of every list's query; spread them into its strict object. */
export const pageQuery = {
  $top: z.coerce
    .number<string | number>("must be a whole number")
    .int()
    .min(1)
    .max(LARGEST_PAGE)
    .default(50)
    .meta({ description: `At most so many items in a page; 1 to ${LARGEST_PAGE}. A page may hold fewer.` }),
  cursor: z
    .string()
    .max(4096)
    .optional()
    .meta({ description: "From a nextLink; good only for the same caller's scope and the same filters." }),
};

/** The own errors of every list. */
export const listErrors = {
  cursorInvalid: { status: 400, description: "The cursor belongs to another list." },
  ...vaultErrors,
} as const;

/** How much an answer leaves out, since another release wrote it; in lists and counts. */
export const notShown = z
  .int()
  .positive()
  .optional()
  .meta({ description: "Left out because only a newer version of this software can read it; absent when nothing is." });

/** A page of items: `nextLink` is absolute, and absent on the last page. A page may be empty and still have one. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    value: z.array(item),
    nextLink: z.url().optional().meta({ description: "Ask this address for the next page; absent on the last one." }),
    notShown,
  });
}
