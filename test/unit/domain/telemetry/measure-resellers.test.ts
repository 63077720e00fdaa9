import { measureResellers } from "../../../../shared/domain/telemetry/measure-resellers";
import { refreshReseller } from "../../../../shared/domain/resellers/refresh-reseller";
import { recordedMeasure } from "../../../fakes/recorded-telemetry";
import { resellerWorld } from "../../../fakes/reseller-world";

const DAY_MS = 86_400_000;

test("a sign-in is as old as its last redemption, and its state is counted", async () => {
  const world = resellerWorld();
  const reseller = await world.add();
  await world.authorize(reseller, "refresh-1");
  const { measure, of, all } = recordedMeasure();
  const run = async (): Promise<void> => {
    all.length = 0;
    const { store, clock } = world.startProcess();
    await measureResellers({ store, clock, telemetry: { measure } });
  };
  world.advance(61 * DAY_MS);
  await run();
  expect(of("csp.resellers.token_age")).toEqual([{ value: 61 * 86_400, attributes: { reseller: reseller.id } }]);
  expect(of("csp.resellers.count")).toContainEqual({ value: 1, attributes: { state: "Authorized" } });

  await refreshReseller(world.startProcess(), reseller.id);
  world.advance(DAY_MS);
  await run();
  expect(of("csp.resellers.token_age").map(({ value }) => value)).toEqual([86_400]);

  world.entra.accepts = () => "Revoked";
  await refreshReseller(world.startProcess(), reseller.id);
  await run();
  // That it is refused is told by its state; the age of a sign-in that is gone would end no alert.
  expect(of("csp.resellers.token_age")).toEqual([]);
  expect(of("csp.resellers.count")).toContainEqual({ value: 1, attributes: { state: "Revoked" } });
  expect(of("csp.resellers.count")).toContainEqual({ value: 0, attributes: { state: "Authorized" } });
});

test("the days until a secret ends are told, also when it has ended", async () => {
  const world = resellerWorld();
  const { store, clock } = world.startProcess();
  await world.add({ secretExpiresAt: new Date(clock().getTime() + 10 * DAY_MS).toISOString() });
  const { measure, of } = recordedMeasure();
  world.advance(12 * DAY_MS);
  await measureResellers({ store, clock: world.startProcess().clock, telemetry: { measure } });
  expect(of("csp.resellers.secret_days").map(({ value }) => value)).toEqual([-2]);
});
