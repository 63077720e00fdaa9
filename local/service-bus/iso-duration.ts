const DAY_MS = 86_400_000;
const PATTERN = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,7})?)S)?)?$/;

/**
 * Milliseconds of an ISO 8601 duration such as `PT1M`, `PT1H30M` or `P14D`; undefined when the text is none. Years and
 * months are no durations: their length depends on the date.
 */
export function durationMs(text: string): number | undefined {
  const match = PATTERN.exec(text);
  if (!match || text.endsWith("P") || text.endsWith("T")) return undefined;
  const [, days = "0", hours = "0", minutes = "0", seconds = "0"] = match;
  return Number(days) * DAY_MS + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000;
}
