import { z } from "zod";
import { DATA_VERSION, DATA_VERSIONS, type DataVersion } from "./data-versions";
import type { OutgoingMessage } from "./outgoing-message";

/** Of messages that were written before they carried versions. */
export const FIRST_VERSION = { version: 1, readableFrom: 1 } as const;

/** The message with the version that writes it, and the oldest one that may handle it. */
export function stamped(message: OutgoingMessage, versions: readonly DataVersion[] = DATA_VERSIONS): OutgoingMessage {
  const allowed = versions.map(({ messageReadableFrom }) => messageReadableFrom?.(message) ?? 1);
  return { ...message, version: versions.length + 1, readableFrom: Math.max(1, ...allowed) };
}

const Version = z.int().positive().optional().catch(undefined);
const Versioned = z.object({ version: Version, readableFrom: Version });

/** True for a message that only a newer version of this software may handle: this one must not guess what it says. */
export function isForNewerVersion(body: unknown): boolean {
  const { data } = Versioned.safeParse(body);
  return (data?.readableFrom ?? data?.version ?? 1) > DATA_VERSION;
}
