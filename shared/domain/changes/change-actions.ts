import { AppError } from "../../errors";
import type { AllowedAction } from "../access/allowed-action";
import type { Change } from "./change";
import type { LedgerSettings } from "./ledger-settings";
import { cancelledBy, lookedAgain, resolved, retried } from "./operator-transitions";

const NOBODY = { name: "", reason: undefined };

/** What a person may do to a change now, or why not: the transitions themselves are asked, so that they agree. */
export function changeActions(change: Change, now: Date, settings: LedgerSettings): AllowedAction[] {
  return [
    tryOut("cancel", () => cancelledBy(change, NOBODY, now)),
    tryOut("retry", () => retried(change, NOBODY, now)),
    tryOut("resolve", () => resolved(change, "notApplied", NOBODY, now, settings)),
    tryOut("lookAgain", () => lookedAgain(change, NOBODY, now)),
  ];
}

function tryOut(action: string, make: () => unknown): AllowedAction {
  try {
    make();
    return { action, allowed: true };
  } catch (error) {
    if (error instanceof AppError) return { action, allowed: false, reason: error.message };
    throw error;
  }
}
