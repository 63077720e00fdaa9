import { parseSchedule } from "../../../local/functions-host/schedule";
import { parseTimeSpan } from "../../../local/functions-host/time-span";

test.each([
  ["0 */5 * * * *", "2026-01-01T00:01:00Z", "2026-01-01T00:05:00.000Z"],
  ["*/5 * * * *", "2026-01-01T00:01:30Z", "2026-01-01T00:05:00.000Z"],
  ["30 2 * * *", "2026-01-01T02:30:00Z", "2026-01-02T02:30:00.000Z"],
  ["0 30 9 * * Mon-Fri", "2026-01-02T10:00:00Z", "2026-01-05T09:30:00.000Z"],
  ["0 30 9 * * monday,wednesday", "2026-01-02T10:00:00Z", "2026-01-05T09:30:00.000Z"],
  ["0 5/15 8-9 * * *", "2026-01-01T08:21:00Z", "2026-01-01T08:35:00.000Z"],
  ["0 0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00.000Z"],
  ["0 0 12 13 * 5", "2026-01-01T00:00:00Z", "2026-02-13T12:00:00.000Z"],
  ["00:00:10", "2026-01-01T00:00:00Z", "2026-01-01T00:00:10.000Z"],
  ["1.12:00:00", "2026-01-01T00:00:00Z", "2026-01-02T12:00:00.000Z"],
])("the schedule %s runs after %s at %s", (schedule, after, expected) => {
  expect(new Date(parseSchedule(schedule).next(Date.parse(after))).toISOString()).toBe(expected);
});

test.each([
  "61 * * * * *",
  "* * *",
  "@daily",
  "0 0 0 L * *",
  "0 0 0 ? * *",
  "0 0 0 * * 1#2",
  "0 0 0 1 1 * 2027",
  "24:00:00",
  "",
])("%j is no schedule in Azure, and none here", (schedule) => {
  expect(() => parseSchedule(schedule)).toThrow(
    `The schedule expression '${schedule}' was not recognized as a valid cron expression or timespan string.`,
  );
});

test.each([
  ["00:05:00", 300_000],
  ["1.00:00:00", 86_400_000],
  ["00:00:00.5", 500],
  ["00:30", 1_800_000],
  ["24:00:00", undefined],
  ["five minutes", undefined],
])("the time span %s is %s ms", (text, ms) => {
  expect(parseTimeSpan(text)).toBe(ms);
});
