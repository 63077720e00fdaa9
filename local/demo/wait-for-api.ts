const BETWEEN_LOOKS_MS = 500;
const LOOK_LIMIT_MS = 5_000;

/** Resolves when the API answers, however long that takes; rejects when `signal` is aborted. */
export async function waitForApi(apiUrl: string, signal: AbortSignal): Promise<void> {
  while (!(await isAlive(apiUrl, signal))) {
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
    signal.throwIfAborted();
  }
}

async function isAlive(apiUrl: string, signal: AbortSignal): Promise<boolean> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOK_LIMIT_MS)]);
    return (await fetch(`${apiUrl}/api/health/live`, { signal: limit })).ok;
  } catch {
    return false;
  }
}
