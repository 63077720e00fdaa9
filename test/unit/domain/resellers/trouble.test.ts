import { findReseller } from "../../../../shared/domain/resellers/find-reseller";
import { noteResellerTrouble } from "../../../../shared/domain/resellers/note-reseller-trouble";
import { refreshReseller } from "../../../../shared/domain/resellers/refresh-reseller";
import { identityOf, type Reseller } from "../../../../shared/domain/resellers/reseller";
import { changeReseller } from "../../../../shared/domain/resellers/change-reseller";
import { scheduleCare } from "../../../../shared/domain/resellers/schedule-care";
import { AppError } from "../../../../shared/errors";
import { publicEtag } from "../../../../shared/domain/decisions/public-etag";
import { resellerWorld, type ResellerWorld } from "../../../fakes/reseller-world";

async function authorized(): Promise<{ world: ResellerWorld; reseller: Reseller }> {
  const world = resellerWorld();
  const added = await world.add();
  await world.authorize(added, "refresh-1");
  return { world, reseller: (await findReseller(world.store, added.id)).value };
}

const stateOf = async ({ store }: ResellerWorld, { id }: Reseller): Promise<string> =>
  (await findReseller(store, id)).value.state;
const recorded = ({ store }: ResellerWorld, action: string): number =>
  [...store.dump("msp").values()].filter(
    ({ row, value }) => row.startsWith("audit_") && (value as { action: string }).action === action,
  ).length;

test("a refused sign-in is noted once, with one entry and one alarm, however many calls meet it", async () => {
  const { world, reseller } = await authorized();
  const deps = world.startProcess();
  const meet = () => noteResellerTrouble(deps, identityOf(reseller), "Revoked");
  await Promise.all([meet(), meet(), meet()]);
  expect(await stateOf(world, reseller)).toBe("Revoked");
  expect(recorded(world, "reseller.revoked")).toBe(1);
  expect(world.log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
});

test("a refresh that was under way while somebody re-authorised does not revoke the new sign-in", async () => {
  const { world, reseller } = await authorized();
  const deps = world.startProcess();
  const renew = async (): Promise<void> => {
    // The person is faster: the old token is destroyed while it is being redeemed.
    world.entra.accepts = () => "yes";
    await world.authorize(reseller, "refresh-2");
    world.entra.accepts = () => "Revoked";
    await deps.access.renew(identityOf(reseller));
  };
  await refreshReseller({ ...deps, access: { renew } }, reseller.id);
  const { value } = await findReseller(world.store, reseller.id);
  expect(value.state).toBe("Authorized");
  expect(world.secrets.get(value.grant?.refreshTokenName ?? "")).toBe("refresh-2");
  expect(recorded(world, "reseller.revoked")).toBe(0);
});

test("a refresh that ends after a re-authorisation does not count for the new sign-in", async () => {
  const { world, reseller } = await authorized();
  const renew = (): Promise<void> => world.authorize(reseller, "refresh-2");
  await refreshReseller({ ...world.startProcess(), access: { renew } }, reseller.id);
  expect(recorded(world, "reseller.token.refresh")).toBe(0);
  await refreshReseller(world.startProcess(), reseller.id);
  expect(recorded(world, "reseller.token.refresh")).toBe(1);
});

test("a call with a secret that was replaced meanwhile says nothing of the new one", async () => {
  const { world, reseller } = await authorized();
  const deps = world.startProcess();
  const etag = publicEtag((await findReseller(world.store, reseller.id)).etag);
  await changeReseller(deps, world.request(), reseller.id, { applicationSecret: "secret-2" }, etag);
  await noteResellerTrouble(deps, identityOf(reseller), "SecretInvalid");
  expect(await stateOf(world, reseller)).toBe("Authorized");
});

test("an outage of Microsoft or of the vault changes nothing, and is left for tomorrow", async () => {
  const { world, reseller } = await authorized();
  const renew = (): Promise<void> => Promise.reject(new AppError("upstream", "upstreamError", "away"));
  await refreshReseller({ ...world.startProcess(), access: { renew } }, reseller.id);
  expect(await stateOf(world, reseller)).toBe("Authorized");
  expect(world.log.lines.map(({ level }) => level)).toEqual(["warn"]);
});

test("a reseller that is revoked already, deleted or unknown is not refreshed", async () => {
  const { world, reseller } = await authorized();
  await noteResellerTrouble(world.startProcess(), identityOf(reseller), "Revoked");
  const renew = (): Promise<void> => Promise.reject(new Error("nobody may be asked"));
  await refreshReseller({ ...world.startProcess(), access: { renew } }, reseller.id);
  world.store.destroy("msp", `reseller_${reseller.id}`);
  await refreshReseller({ ...world.startProcess(), access: { renew } }, reseller.id);
  expect(recorded(world, "reseller.token.refresh")).toBe(0);
});

test("a sign-in that began before the reseller became another application's is not taken", async () => {
  const { world, reseller } = await authorized();
  const etag = publicEtag((await findReseller(world.store, reseller.id)).etag);
  await changeReseller(world.startProcess(), world.request(), reseller.id, { applicationId: "another" }, etag);
  await expect(world.authorize(reseller, "refresh-2")).rejects.toMatchObject({ code: "stateExpired" });
  expect([...world.secrets.values()]).toEqual(["secret-1"]);
});

test("the daily round sends one message to each reseller, in its own session and with its version", async () => {
  const { world, reseller } = await authorized();
  await world.deliver(world.startProcess());
  const second = await world.add({ displayName: "Second", applicationId: "another" });
  await scheduleCare(world.startProcess());
  expect(world.queue.map(({ queue, sessionId, body }) => ({ queue, sessionId, body }))).toEqual(
    [second.id, reseller.id].sort().map((resellerId) => ({
      ...{ queue: "tokens", sessionId: resellerId },
      body: { version: 1, task: "refresh", resellerId },
    })),
  );
  expect(new Set(world.queue.map(({ messageId }) => messageId)).size).toBe(2);
});
