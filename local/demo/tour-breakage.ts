import type { BookLine } from "./simulator-control";
import { simulatorControl } from "./simulator-control";
import { sideBySide } from "./side-by-side";
import { advanceUntilFinal, buyFiveSeats, readChange, until, type ShownChange, type Stage } from "./tour-stage";

/** Microsoft carries the write out, and its answer never arrives. */
export async function loseTheReply(stage: Stage): Promise<void> {
  const { narrator, platform, subscriptionId } = stage;
  narrator.chapter("Break it: the reply is dropped after Microsoft applied the write");
  const control = simulatorControl(platform.simulator.url);
  const after = await control.lastLine(subscriptionId);
  await control.breakNextWrite("dropAfter", subscriptionId);
  const changeId = await buyFiveSeats(stage, "Five more drivers");
  await until(
    async () => hasEvent(await readChange(stage, changeId), "unknown"),
    "the change notices that it knows nothing",
  );
  narrator.say(
    "Five seats may have been bought, or not. Nothing is sent again; the change waits until it can be proven.",
  );
  narrator.show(`state: ${(await readChange(stage, changeId)).state}`);
  await finish(stage, changeId, after);
}

/** The Functions host dies while its write is on the way, and knows nothing when it comes back. */
export async function killTheHost(stage: Stage): Promise<void> {
  const { narrator, platform, subscriptionId } = stage;
  narrator.chapter("Break it: kill -9 of the Functions host while the write is on the wire");
  const { host } = platform;
  if (!host) throw new Error("The tour needs a Functions host of its own.");
  const control = simulatorControl(platform.simulator.url);
  const after = await control.lastLine(subscriptionId);
  const fault = await control.breakNextWrite("holdBefore", subscriptionId);
  const changeId = await buyFiveSeats(stage, "Five drivers for the night shift");
  await until(() => control.hasFired(fault), "the write reaches the simulator");
  const { pid } = host;
  await host.kill();
  narrator.say(`The write is held at Microsoft; the host (process ${pid}) is dead. Now Microsoft carries it out.`);
  await control.release(fault);
  await until(
    async () => (await control.books(subscriptionId, after)).length > 0,
    "the simulator carries the write out",
  );
  await host.restart();
  narrator.say(`A new host (process ${host.pid}) starts. All it has is the intent that was stored before sending.`);
  await finish(stage, changeId, after);
}

/** Lets time pass until the change is over, shows both sides, and holds the promises against them. */
async function finish(stage: Stage, changeId: string, after: number): Promise<void> {
  const { narrator, platform, subscriptionId } = stage;
  const { change, minutes } = await advanceUntilFinal(stage, changeId);
  narrator.say(`The clock of the whole platform moved ${minutes} minutes:`);
  const books = await simulatorControl(platform.simulator.url).books(subscriptionId, after);
  for (const line of sideBySide(change, books)) narrator.show(line);
  const isTold = ["sent", "unknown", "proven", "ended"].every((event) => hasEvent(change, event));
  narrator.promise(isTold && change.state === "Completed", "sent → unknown → proven → done");
  narrator.promise(change.attempts.length === 1, "it was sent once, and not again on suspicion");
  narrator.promise(isProven(change, books), "Microsoft's own audit record is the proof");
  narrator.promise(
    isOneWrite(change, books),
    "the simulator's books show one write, of five seats, under the id stored before sending",
  );
}

function hasEvent(change: ShownChange, event: string): boolean {
  return change.timeline.some((entry) => entry.event === event);
}

function isProven({ attempts }: ShownChange, books: readonly BookLine[]): boolean {
  return books.length > 0 && attempts.at(-1)?.state === "applied" && attempts.at(-1)?.proof?.by === "auditRecord";
}

function isOneWrite({ attempts }: ShownChange, books: readonly BookLine[]): boolean {
  const [line, ...more] = books;
  return (
    line?.effective === true &&
    more.length === 0 &&
    line.effects[0]?.delta === 5 &&
    line.requestId === attempts[0]?.requestId
  );
}
