import type { Clock } from "../shared/domain/access/clock";

/** Under this name the local platform publishes how far its virtual clock is ahead. Nothing publishes it in Azure. */
const LOCAL_CLOCK = Symbol.for("local-platform.clock");

/** The time of business rules. Access tokens are not judged by it: their lifetimes are real everywhere. */
export const businessClock: Clock = () => {
  const published = (globalThis as { [LOCAL_CLOCK]?: { offsetMs?: unknown } })[LOCAL_CLOCK]?.offsetMs;
  return new Date(Date.now() + (typeof published === "number" ? published : 0));
};
