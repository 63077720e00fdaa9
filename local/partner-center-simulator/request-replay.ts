import type { FaultTarget } from "./faults";
import type { Answer, Simulation } from "./route";

interface Identity {
  partnerId: string;
  method: string;
  path: string;
  requestId: string;
}

const key = (of: Identity): string => `${of.partnerId} ${of.method} ${of.path} ${of.requestId.toLowerCase()}`;

/**
 * The answer this write got before, if the same MS-RequestId came in earlier. How long Microsoft remembers, and whether it
 * always does, is unconfirmed: switches `requestIdReplay` and `requestIdReplayHours`, fault `forgetRequestId`.
 */
export function recallAnswer(simulation: Simulation, of: Identity, target: FaultTarget): Answer | undefined {
  const { world, clock, switches, faults } = simulation;
  const found = world.replays.get(key(of));
  if (!found || !switches.requestIdReplay) return undefined;
  if (clock.nowMs() - found.at > switches.requestIdReplayHours * 3_600_000) return undefined;
  if (faults.take("forgetRequestId", target)) return undefined;
  return found.answer;
}

export function rememberAnswer(simulation: Simulation, of: Identity, answer: Answer): void {
  const { world, clock } = simulation;
  // What is handed out later must not follow changes of the resource.
  const body = Buffer.isBuffer(answer.body) ? answer.body : structuredClone(answer.body);
  world.replays.set(key(of), { at: clock.nowMs(), answer: { ...answer, body } });
}
