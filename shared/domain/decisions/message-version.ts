import { z } from "zod";

/** Version of the messages this software sends and understands; a message without one is of the first. */
export const MESSAGE_VERSION = 1;

const Versioned = z.object({ version: z.int().positive() });

/** True for a message that a newer version of this software sent: this one must not guess what it says. */
export function isOfNewerVersion(body: unknown): boolean {
  const parsed = Versioned.safeParse(body);
  return parsed.success && parsed.data.version > MESSAGE_VERSION;
}
