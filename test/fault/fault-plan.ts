import { FAULTS_BY_STEP, LEADS_TO, type FaultKind, type PlannedFault, type Step } from "./fault-kinds";
import type { Random } from "./random";

/** How often each fault met each step, as `kind @ step`. */
type FaultCounts = Map<string, number>;

export interface FaultPlan {
  /** The fault of the call that is about to be made, if one is planned; it counts as fired. */
  take(step: Step): FaultKind | undefined;
  /** No more accidents from now on. */
  stop(): void;
  fired: FaultCounts;
  planned: readonly PlannedFault[];
}

/**
 * The writes and the read they rest on can go wrong in the most ways, so they are drawn more often; and so are steps that
 * come about less often than they are planned for.
 */
const STEPS: Step[] = [
  ...FAULTS_BY_STEP.keys(),
  ...(["write seats", "write schedule", "write schedule", "read subscription"] as const),
  ...(["commit change.written", "commit change.woken", "commit by a person", "commit by a person"] as const),
];
/** Steps every run reaches, whatever else happens in it. */
const CERTAIN: readonly Step[] = ["commit subscription.quantity.update", "commit change.claimed", "send"];
/** A storm is one fault that goes on; more than a reader's own three repetitions. */
const STORM_CALLS = 6;

/** With these a message may be in two hands at once. */
const TWO_HANDS: readonly FaultKind[] = ["lockLost", "pause", "clockJump", "duplicate"];

/**
 * Draws the accidents of a run: every pair of fault and step is as likely as any other. Without `twoHands` each message
 * is handled by one worker at a time.
 */
export function drawFaults(random: Random, { twoHands }: { twoHands: boolean }): PlannedFault[] {
  const drawKind = (step: Step): FaultKind =>
    random.pick((FAULTS_BY_STEP.get(step) ?? []).filter((kind) => twoHands || !TWO_HANDS.includes(kind)));
  const certain = random.pick(CERTAIN);
  const first: PlannedFault = { kind: drawKind(certain), step: certain, occurrence: 1 };
  const more = Array.from({ length: random.between(1, 6) }, (): PlannedFault[] => {
    const step = random.pick(STEPS);
    const leads = LEADS_TO.get(step);
    const fault: PlannedFault = {
      kind: drawKind(step),
      step,
      occurrence: leads ? random.pick([1, 1, 2]) : random.between(1, 5),
    };
    if (!leads) return [fault];
    const [before, kind] = random.pick(leads);
    return [{ kind, step: before, occurrence: random.between(1, 3) }, fault];
  });
  return [first, ...more.flat()];
}

export function createFaultPlan(planned: readonly PlannedFault[], random: Random): FaultPlan {
  const calls = new Map<Step, number>();
  const fired: FaultCounts = new Map();
  const open = new Map(planned.map((fault) => [fault, repetitionsOf(fault.kind, random)]));
  return {
    planned,
    fired,
    stop: () => open.clear(),
    take(step) {
      const number = (calls.get(step) ?? 0) + 1;
      calls.set(step, number);
      for (const [fault, left] of open) {
        if (fault.step !== step || fault.occurrence > number) continue;
        if (left > 1) open.set(fault, left - 1);
        else open.delete(fault);
        const name = `${fault.kind} @ ${step}`;
        fired.set(name, (fired.get(name) ?? 0) + 1);
        return fault.kind;
      }
      return undefined;
    },
  };
}

/** What comes in storms, and what a client repeats by itself, is worth little once. */
function repetitionsOf(kind: FaultKind, random: Random): number {
  const storms: readonly FaultKind[] = ["throttled", "serverError", "lostBefore", "busy", "error", "conflict"];
  return storms.includes(kind) && random.chance(0.4) ? random.between(2, STORM_CALLS) : 1;
}
