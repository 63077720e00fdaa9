/** Seconds after which it is worth to look again: a deployment, or its roll-back, takes minutes. */
export const NEWER_VERSION_PAUSE_SECONDS = 60;

/**
 * Thrown for a row that only a newer version of this software may read. It is no refusal of anything: whoever meets it
 * leaves everything as it is, as in an outage of the storage, until that version is back.
 */
export class NewerVersionError extends Error {
  constructor(
    /** Where the row stands. */
    readonly at: { partition: string; row: string },
    /** Version that may read it, and ours. */
    versions: { needed: number; known: number },
  ) {
    super(
      `A newer version of this software wrote this row: reading it takes data version ${versions.needed}, and this one knows ${versions.known}.`,
    );
    this.name = "NewerVersionError";
  }
}

/** What is read, or undefined where only a newer version may read it; for what can be left out without harm. */
export async function unlessNewer<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof NewerVersionError) return undefined;
    throw error;
  }
}
