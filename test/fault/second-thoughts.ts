import { AppError } from "../../shared/errors";
import type { ChangeId } from "../../shared/domain/access/ids";
import type { WriteRequest } from "../../shared/domain/access/request-facts";
import { openAttempt, type Change } from "../../shared/domain/changes/change";
import { cancelChange, lookAgain, resolveChange, retryChange } from "../../shared/domain/changes/operate-change";
import { TENANT } from "../build/ids";
import { OPERATOR } from "./operator";
import type { Installation, ServerDeps } from "./server";
import type { Servers } from "./servers";

const SECOND = 1_000;
const TRY_AGAIN_MS = 20 * SECOND;
const TRIES = 20;

/** What a person does to a change after it was asked for; repeated until it is answered, also with a refusal. */
type Deed = (deps: ServerDeps, request: WriteRequest) => Promise<Change>;

function begin(installation: Installation, servers: Servers, name: string, deed: Deed): void {
  const { scheduler, random, clock, trace } = installation;
  const request: WriteRequest = {
    ...{ actor: OPERATOR, correlationId: name, clientIp: undefined },
    idempotency: { hash: name, bodyHash: name },
  };
  const act = async (triesLeft: number): Promise<void> => {
    try {
      const candidates = servers.able();
      if (candidates.length === 0) throw new Error("No server answers.");
      const { state } = await deed(random.pick(candidates).deps, request);
      trace(`${name}: the change is ${state}`);
    } catch (error) {
      trace(`${name} failed: ${String(error)}`);
      const isAnswered = error instanceof AppError && error.kind !== "unavailable";
      if (isAnswered || triesLeft === 0) return;
      scheduler.at(clock().getTime() + TRY_AGAIN_MS, () => void act(triesLeft - 1));
    }
  };
  void act(TRIES);
}

/** Now and then somebody cancels what was just asked for, or takes a failed change up again. */
export function haveSecondThoughts(installation: Installation, servers: Servers, changeId: ChangeId): void {
  const { scheduler, random, clock, plan: faults } = installation;
  // Where an accident is planned beside it, it is meant to happen.
  const often = faults.planned.some(({ step }) => step === "commit by a person") ? 0.8 : 0.08;
  const ask = { tenantId: TENANT, changeId };
  const plan = (name: string, latestS: number, deed: Deed): void => {
    const at = clock().getTime() + random.between(0, latestS) * SECOND;
    scheduler.at(at, () => begin(installation, servers, `${name} ${changeId.slice(-6)}`, deed));
  };
  if (random.chance(often)) plan("cancel", random.pick([0, 600]), (deps, request) => cancelChange(deps, request, ask));
  if (random.chance(often)) plan("retry", 1800, (deps, request) => retryChange(deps, request, ask));
}

/**
 * A person is asked about a write that could not be proven, and answers by what Microsoft's books say. What was not
 * outstanding needs no answer, only another look.
 */
export function answerReview(installation: Installation, servers: Servers, change: Change, round: number): void {
  const attempt = openAttempt(change);
  const ask = { tenantId: TENANT, changeId: change.id, reason: "Seen in the books." };
  const name = `review ${change.id.slice(-6)} ${round}`;
  if (!attempt) {
    begin(installation, servers, name, (deps, request) => lookAgain(deps, request, ask));
    return;
  }
  const { books } = installation.simulator.simulation.world;
  const isApplied = books.some(
    ({ effective, correlationId }) => effective && attempt.correlationIds.includes(correlationId),
  );
  const outcome = isApplied ? "applied" : "notApplied";
  begin(installation, servers, name, (deps, request) => resolveChange(deps, request, { ...ask, outcome }));
}
