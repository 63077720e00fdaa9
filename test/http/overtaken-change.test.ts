import { customerTenants } from "../../local/presets/tenants";
import { eventually, startWorld, type World } from "./platform-fixture";
import { authorizedReseller, buySeats, connectedTenant, subscription } from "./steps";
import { itemsIn } from "./wire";

const { tenantId } = customerTenants.mueller;
const SUBSCRIPTION = subscription(4);

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await connectedTenant(world, await authorizedReseller(world), "mueller");
});
afterAll(() => world.close());

const simulator = (method: string, path: string, body?: unknown): Promise<unknown> =>
  world.control("simulator", method, path, body);

test("a purchase that got its answer says afterwards whose seats it went over, and so does the audit log", async () => {
  const held = (await simulator("POST", "/faults", { route: "patchSubscription", kind: "holdBefore" })) as {
    id: string;
  };
  const { changeIds } = await buySeats(world, tenantId, [{ subscriptionId: SUBSCRIPTION, delta: 5 }]);
  await eventually(
    () => simulator("GET", "/faults") as Promise<{ faults: { holding: number }[] }>,
    ({ faults }) => faults.some(({ holding }) => holding > 0),
  );
  await simulator("POST", "/outside-change", { subscriptionId: SUBSCRIPTION, delta: 2, upn: "eve@partner.example" });
  await simulator("POST", `/faults/${held.id}/release`);

  const path = `/api/v1/csp/tenants/${tenantId}/changes/${changeIds[0]}`;
  const done = await eventually(
    () => world.send("GET", path),
    ({ body }) => (body as { isFinal: boolean }).isFinal,
  );
  expect(done.body).toMatchObject({ state: "Completed", outcome: { quantityBefore: 5, quantityAfter: 10 } });

  await world.platform.clock.advance(16 * 60_000);
  const told = await eventually(
    () => world.send("GET", path),
    ({ body }) => (body as { outcome: { finding?: string } }).outcome.finding !== undefined,
  );
  expect(told.body).toMatchObject({
    state: "Completed",
    outcome: {
      finding: "overwroteExternalChange",
      quantityBefore: 7,
      quantityAfter: 10,
      message:
        "The seats were changed from 5 to 7 by eve@partner.example between our read and our write, which then set 10.",
    },
  });
  const [entry] = itemsIn(await world.send("GET", `/api/v1/csp/tenants/${tenantId}/audit-logs`));
  expect(entry).toMatchObject({ action: "change.overwroteExternalChange", changeId: changeIds[0] });
});
