import { Cron } from "croner";
import { parseTimeSpan } from "./time-span";

/** When a timer runs: the first occurrence strictly after `afterMs`, both in epoch milliseconds. */
export interface Schedule {
  next(afterMs: number): number;
}

/** What one field may hold; narrower than croner, which also knows `L`, `W`, `#`, `?` and `+`. */
const FIELD = /^(?:\*|\d+(?:-\d+)?)(?:\/\d+)?(?:,(?:\*|\d+(?:-\d+)?)(?:\/\d+)?)*$/;
/** Last value of each field, from seconds to day of the week. */
const LAST = [59, 59, 23, 31, 12, 6];
const MONTH_FIELD = 4;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAY_FIELD = 5;
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/**
 * Parses the `schedule` of a timer: NCRONTAB with six fields (seconds first) or five, or a .NET TimeSpan as the time
 * between two runs. Always UTC, as on a Flex Consumption plan. Throws the message of the real host for anything else.
 */
export function parseSchedule(text: string): Schedule {
  const intervalMs = parseTimeSpan(text);
  if (intervalMs !== undefined && intervalMs > 0) return { next: (afterMs) => afterMs + intervalMs };
  const cron = parseNcrontab(text);
  return {
    next(afterMs) {
      const next = cron.nextRun(new Date(afterMs));
      if (!next) throw new Error(`The schedule expression '${text}' has no further occurrence.`);
      return next.getTime();
    },
  };
}

function parseNcrontab(text: string): Cron {
  const given = text.trim().split(/\s+/);
  const fields = (given.length === 5 ? ["0", ...given] : given).map(toNumbers);
  if (fields.length !== 6 || !fields.every((field) => FIELD.test(field))) throw unrecognized(text);
  try {
    // In NCRONTAB a day must match both the day of the month and the day of the week.
    return new Cron(fields.join(" "), { timezone: "UTC", domAndDow: true, mode: "6-part", paused: true });
  } catch (cause) {
    throw unrecognized(text, cause);
  }
}

/** Names become numbers, and "5/15" what it means in NCRONTAB: from 5 to the end, every 15. */
function toNumbers(field: string, index: number): string {
  const names = index === MONTH_FIELD ? MONTHS : index === WEEKDAY_FIELD ? WEEKDAYS : [];
  const first = index === MONTH_FIELD ? 1 : 0;
  return field
    .replace(/[a-z]+/gi, (name) => {
      const position = names.indexOf(name.slice(0, 3).toLowerCase());
      return position < 0 ? name : String(position + first);
    })
    .replace(/(^|,)(\d+)\//g, `$1$2-${LAST[index] ?? ""}/`);
}

function unrecognized(text: string, cause?: unknown): Error {
  const message = `The schedule expression '${text}' was not recognized as a valid cron expression or timespan string.`;
  return new Error(message, { cause });
}
