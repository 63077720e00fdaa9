/** Preloaded into a command that runs beside the local platform: publishes the platform's time, as the host does for the app. */
globalThis[Symbol.for("local-platform.clock")] = { offsetMs: Number(process.env.CLOCK_OFFSET_MS) };
