/** How a program of several parts ends. */
export interface StopActions {
  /** Stops everything in order. */
  stop: () => Promise<void>;
  /** Ends at once what would outlive this process. */
  endNow: () => void;
}

/** A second signal, or a stop that takes longer than this, ends the process at once. */
const STOP_LIMIT_MS = 2_000;
const PARENT_CHECK_MS = 250;

/**
 * Ends the process on Ctrl-C, SIGTERM, a closed terminal, or when nobody reads its output any more: in order the first
 * time, at once the second time. Returns the way to do so from inside, with an exit code.
 */
export function stopOnSignals({ stop, endNow }: StopActions): (exitCode: number) => void {
  let stopping = false;
  const exitNow = (code: number): void => {
    endNow();
    process.exit(code);
  };
  const stopOnce = (exitCode: number): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => exitNow(1), STOP_LIMIT_MS).unref();
    stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        console.error(error);
        exitNow(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => (stopping ? exitNow(1) : stopOnce(0)));
  }
  // A pipe whose reader has gone, or a terminal that was closed.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => stopOnce(1));
  watchParent(() => stopOnce(1));
  return stopOnce;
}

/** npm ends only the shell between itself and this process when it is ended, and passes nothing on. */
function watchParent(onGone: () => void): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) onGone();
  }, PARENT_CHECK_MS).unref();
}
