import type { SubmitDeps } from "../../../../shared/domain/changes/submit-changes";
import { submitChanges } from "../../../../shared/domain/changes/submit-changes";
import type { ConnectDeps } from "../../../../shared/domain/connections/connect-tenant";
import { finishDisconnecting } from "../../../../shared/domain/connections/disconnecting";
import type { StateStore } from "../../../../shared/domain/decisions/state-store";
import { MINUTE, SUBSCRIPTION, TENANT } from "../../../build/ids";
import { aRequest } from "../../../build/tenant";
import { connectedWorld, ENDINGS, type Ending } from "../../../fakes/connected-world";

type World = Awaited<ReturnType<typeof connectedWorld>>;

/** A process in which something else happens, whole, before its storage call with this number. */
function interruptedAt(process: ConnectDeps, call: number, happen: () => Promise<unknown>) {
  let calls = 0;
  const before = async (): Promise<void> => {
    if (++calls === call) await happen();
  };
  const { store } = process;
  const interrupted: Pick<StateStore, "get" | "commit"> = {
    get: async (...ask) => {
      await before();
      return store.get(...ask);
    },
    commit: async (...ask) => {
      await before();
      return store.commit(...ask);
    },
  };
  return { process: { ...process, store: { ...store, ...interrupted } }, calls: () => calls };
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);

/** Ends the connection with an interruption at every storage call, one run each; tells `judge` how each run ended. */
async function atEveryCall(
  ending: Ending,
  prepare: (world: World) => Promise<void>,
  happen: (world: World, etag: string) => Promise<unknown>,
  judge: (run: { world: World; call: number; refused: string | undefined }) => Promise<void> | void,
): Promise<void> {
  for (let call = 1, reached = true; reached; call++) {
    const world = await connectedWorld();
    await prepare(world);
    const etag = world.etagNow();
    const { process, calls } = interruptedAt(world.startHttp(), call, () => happen(world, etag));
    const refused = await world.end(ending, aRequest("end"), etag, process).then(() => undefined, codeOf);
    reached = calls() >= call;
    if (reached) await judge({ world, call, refused });
  }
}

const isEnded = (world: World): boolean =>
  world.head().connection !== "Disconnecting" && world.head().openChanges.length === 0;

describe.each(ENDINGS)("a connection is %s", (ending) => {
  test("while a worker takes the change up: it is cancelled unsent, or bought and the connection stays", async () => {
    const outcomes = new Set<string>();
    await atEveryCall(
      ending,
      async (world) => {
        world.partnerCenter.writeFaults.push({ kind: "lostAfter" });
        await world.submit();
      },
      (world) => world.deliverDue(),
      ({ world, call, refused }) => {
        const [state] = world.states();
        const writes = world.partnerCenter.effectiveWrites().length;
        const isGone = world.tenant().connection?.resellerId !== world.formerReseller;
        outcomes.add(`${String(state)}, ${writes} bought, ${isGone ? "ended" : (refused ?? "stays")}`);
        expect({ call, disconnecting: world.tenant().disconnecting }).toEqual({ call, disconnecting: undefined });
      },
    );
    expect([...outcomes].sort()).toEqual(["Cancelled, 0 bought, ended", "Purchasing, 1 bought, operationInProgress"]);
  });

  test("by two at the same moment: one does, the other is told so", async () => {
    const codes = new Set<string | undefined>();
    await atEveryCall(
      ending,
      (world) => world.waiting(2).then(() => undefined),
      (world, etag) => world.end(ending, aRequest("another"), etag).then(undefined, () => undefined),
      async ({ world, call, refused }) => {
        codes.add(refused);
        await world.run(MINUTE);
        const ends = world
          .auditActions()
          .filter((action) => /^(connection\.(delete|update)|tenant\.disconnect)$/.test(action));
        const expected = ending === "left" ? ["connection.delete", "tenant.disconnect"] : [ends[0]];
        expect({ call, ends: ends.sort(), cancelled: world.cancelledInLog().length, isEnded: isEnded(world) }).toEqual({
          ...{ call, ends: expected, cancelled: 2, isEnded: true },
        });
      },
    );
    expect(codes.has(undefined)).toBe(true);
    expect(codes.size).toBeGreaterThan(1);
  });

  test("while seats are bought in the portal: they are taken in before and cancelled, or refused, never lost", async () => {
    const outcomes = new Set<string>();
    await atEveryCall(
      ending,
      () => Promise.resolve(),
      async (world) => {
        const deps: SubmitDeps = {
          ...world.startProcess(),
          snapshots: { putAll: () => Promise.resolve(), find: () => Promise.resolve(undefined) },
        };
        const edit = { subscriptionId: SUBSCRIPTION, delta: 1 };
        world.answers.push(
          await submitChanges(deps, aRequest("buy"), TENANT, [edit], undefined).then(() => "accepted", codeOf),
        );
      },
      async ({ world, call, refused }) => {
        await world.run(MINUTE);
        const [answer] = world.answers;
        const [state = "none"] = world.states();
        outcomes.add(`${String(answer)}, ${state}, ${refused ?? "ended"}`);
        expect({ call, open: world.head().openChanges }).toEqual({ call, open: [] });
      },
    );
    expect(outcomes).toContain("accepted, Cancelled, ended");
    expect([...outcomes].filter((outcome) => outcome.startsWith("accepted, PendingPurchase"))).toEqual([]);
  });
});

test("the sweeper and the request finish together, and it is done once", async () => {
  await atEveryCall(
    "removed",
    (world) => world.waiting(3).then(() => undefined),
    (world) => finishDisconnecting(world.startHttp(), TENANT),
    ({ world, call, refused }) => {
      const ends = world.auditActions().filter((action) => action === "connection.delete");
      expect({ call, refused, ends: ends.length, isEnded: isEnded(world) }).toEqual({
        ...{ call, refused: undefined, ends: 1, isEnded: true },
      });
    },
  );
});

test("a change that cannot be cancelled after all keeps its connection, and the tenant is open again", async () => {
  const world = await connectedWorld();
  const [id] = await world.waiting(1);
  const by = { actor: { kind: "user" as const, id: "admin", name: "ada@msp.example" }, correlationId: "c" };
  world.edit((tenant) => ({
    ...tenant,
    disconnecting: {
      then: { kind: "nothing" },
      since: "2031-05-01T08:00:00.000Z",
      idempotency: { hash: "h", bodyHash: "b" },
      by,
    },
  }));
  world.close();
  world.editChange(id, { state: "NeedsReview" });
  await finishDisconnecting(world.startHttp(), TENANT);
  expect(world.head()).toMatchObject({ connection: "Connected", openChanges: [id] });
  expect(world.tenant()).not.toHaveProperty("disconnecting");
  expect(world.tenant().connection).toBeDefined();
  expect(world.auditActions().at(-1)).toBe("connection.delete");
});
