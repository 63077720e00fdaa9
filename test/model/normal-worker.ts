import type { LedgerSettings } from "../../shared/domain/changes/ledger-settings";
import { decideAnswer, decideIntent, decideWait, holdsIdleClaim } from "../../shared/domain/changes/worker-decisions";
import { anAttempt, aPurchasingChange } from "../build/change";
import { momentOf, seenBy } from "./decisions";
import { NEWEST, type WorkerPart } from "./parts";
import { NOW } from "./scope";

/*
 * Workers that can do nothing any more, whatever they have in hand, are made one. That they cannot is not taken for
 * granted: the ledger's own function is asked, so that these workers go on where a rule is taken away.
 */
export function createNormalWorker(settings: LedgerSettings): (worker: WorkerPart) => WorkerPart {
  const moment = momentOf(settings);
  const idle = aPurchasingChange([], { enqueued: NEWEST, claims: NEWEST });
  const writing = aPurchasingChange([anAttempt()], { enqueued: NEWEST, claims: NEWEST });
  const lane = { changeId: idle.id };

  return (worker) => {
    switch (worker.at) {
      case "waiting":
        // The number of the newest message only grows.
        return decideWait(idle, worker.n, NOW) ? worker : lateOf(worker);
      case "reading":
        // So does that of the newest claim.
        return holdsIdleClaim(idle, lane, worker.claim) ? worker : lateOf(worker);
      case "planning": {
        if (!holdsIdleClaim(idle, lane, worker.claim)) return lateOf(worker);
        const read = { claim: worker.claim, seen: seenBy(worker) };
        const isOld = decideIntent(idle, lane, read, moment)?.audit.errorCode === "staleRead";
        // Nothing is verified here, so it is the age of the read: what it shows is not looked at any more.
        return isOld ? { ...worker, seen: NOTHING_SEEN, readAt: 0 } : worker;
      }
      case "answered":
        // Of a settled write, whose number no open one has.
        if (worker.write.isOpen || decideAnswer(writing, 0, worker.outcome, moment)) return worker;
        return lateOf(worker);
      default:
        return worker;
    }
  };
}

const NOTHING_SEEN = { seats: 0, schedule: 0 };

function lateOf({ c, n }: Exclude<WorkerPart, { at: "idle" }>): WorkerPart {
  return { at: "late", c, n };
}
