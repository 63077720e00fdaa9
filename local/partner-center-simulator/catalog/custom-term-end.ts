import { DAY_MS, endOfTerm, startOfDay, termMonths } from "../terms";
import type { World } from "../world";

interface CustomTermEnd {
  customerId: string;
  partnerId: string;
  termDuration: string;
  /** ISO date or time; the term ends with this day. */
  date: string;
  nowMs: number;
}

/**
 * Whether a first term may end with that day: inside the term, and either the last day of a calendar month or the end of
 * another active, paid seat subscription of the same customer and partner (partner-center-api.md §4.9).
 */
export function isAlignedTermEnd(wanted: CustomTermEnd, world: World): boolean {
  const day = startOfDay(Date.parse(wanted.date));
  const months = termMonths(wanted.termDuration);
  if (Number.isNaN(day) || months === undefined) return false;
  const today = startOfDay(wanted.nowMs);
  if (day < today || day >= endOfTerm(today, months)) return false;
  const isMonthEnd = new Date(day + DAY_MS).getUTCDate() === 1;
  if (isMonthEnd) return true;
  const isLateDay = new Date(day).getUTCDate() >= 28;
  if (wanted.termDuration.toUpperCase() === "P1M" && isLateDay) return false;
  return endsTogetherWithAnother(wanted, day, world);
}

function endsTogetherWithAnother(wanted: CustomTermEnd, day: number, world: World): boolean {
  const isLongTerm = wanted.termDuration.toUpperCase() !== "P1M";
  for (const { customerId, partnerId, resource } of world.subscriptions.values()) {
    if (customerId !== wanted.customerId || partnerId !== wanted.partnerId) continue;
    if (resource.status !== "active" || resource.isTrial || resource.productType?.id !== "OnlineServicesNCE") continue;
    // A long term cannot be aligned to one of a single month.
    if (isLongTerm && resource.termDuration.toUpperCase() === "P1M") continue;
    if (startOfDay(Date.parse(resource.commitmentEndDate)) === day) return true;
  }
  return false;
}
