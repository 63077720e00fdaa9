import { customerTenants } from "../../local/presets/tenants";
import { anyNumber } from "./matchers";
import { editRow, expectProblem, startWorld, winEveryRace, type World } from "./platform-fixture";
import {
  addedTenant,
  addReseller,
  authorizeReseller,
  connect,
  connectedTenant,
  resellerBody,
  subscription,
} from "./steps";
import { itemsIn, type Answer } from "./wire";

const { mueller, baeckerei } = customerTenants;
const CSP = "/api/v1/csp";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** What the vault answers to everything while `during` runs; "come again in 0 seconds" keeps the SDK's repeats short. */
async function whileVaultAnswers<T>(status: 403 | 503, during: () => Promise<T>): Promise<T> {
  await world.control("keyVault", "POST", "/faults", { status, retryAfterSeconds: 0, times: null });
  try {
    return await during();
  } finally {
    await world.control("keyVault", "DELETE", "/faults");
  }
}

const outages = [
  { status: 403, code: "secretsForbidden" },
  { status: 503, code: "secretsUnavailable" },
] as const;

/** Every one of these calls is refused while the vault is away: with the code that says how it is. */
async function expectRefused(
  calls: readonly (() => Promise<Answer>)[],
  outage: (typeof outages)[number],
): Promise<void> {
  const answers = await whileVaultAnswers(outage.status, () => Promise.all(calls.map((call) => call())));
  for (const answer of answers) expectProblem(answer, 503, outage.code);
}

describe("without the key vault", () => {
  const someId = "7ybqxpym18gw9d3atgs6tbch4z";
  const tenantPath = `${CSP}/tenants/${mueller.tenantId}`;
  const lists = [
    ...[
      `${CSP}/access`,
      `${CSP}/resellers`,
      `${CSP}/customers`,
      `${CSP}/tenants`,
      `${CSP}/resellers/${someId}/customers`,
      `${CSP}/customers/${someId}/tenants`,
    ],
    ...[
      `${tenantPath}/changes`,
      `${tenantPath}/audit-logs`,
      `${tenantPath}/subscriptions/${subscription(4)}/audit-logs`,
    ],
    `${CSP}/audit-logs`,
  ];

  test.each(outages)(
    "$code: an instance that was just started cannot sign cursors, so it lists nothing",
    async (outage) => {
      await expectRefused(
        lists.map((path) => () => world.send("GET", path)),
        outage,
      );
    },
  );

  test.each(outages)("$code: no reseller is added, and no sign-in is started", async (outage) => {
    const id = await addReseller(world, outage.status === 403 ? "nordlicht" : "northgate");
    const added = { ...resellerBody("northgate"), displayName: "Another", applicationId: mueller.tenantId };
    const body = { returnTo: world.platform.apiUrl };
    await expectRefused(
      [
        () => world.send("POST", `${CSP}/resellers`, { body: added }),
        () => world.send("POST", `${CSP}/resellers/${id}/authorization`, { body }),
      ],
      outage,
    );
  });

  test.each(outages)("$code: nothing is read from Partner Center, and nothing is accepted", async (outage) => {
    const [nordlicht] = itemsIn(await world.send("GET", `${CSP}/resellers?search=nordlicht`));
    const id = String(nordlicht?.["id"]);
    await authorizeReseller(world, id);
    if (outage.status === 403) {
      await connectedTenant(world, id, "mueller");
      await addedTenant(world, "baeckerei");
      await authorizeReseller(world, id);
    }
    const body = { changes: [{ subscriptionId: subscription(4), delta: 1 }] };
    const customers = { cspCustomerIds: [baeckerei.tenantId] };
    await expectRefused(
      [
        () => world.send("GET", `${CSP}/resellers/${id}/customers`),
        () => world.send("POST", `${CSP}/resellers/${id}/onboarding/plan`, { body: customers }),
        () =>
          world.send("POST", `${CSP}/resellers/${id}/onboarding/apply`, { body: { ...customers, planHash: "none" } }),
        () => world.send("GET", `${tenantPath}/subscriptions`),
        () => world.send("POST", `${tenantPath}/subscriptions/apply-changes`, { body }),
        () => connect(world, baeckerei.tenantId, id),
      ],
      outage,
    );
  });

  test("it is live, but not ready, and ready again by itself", async () => {
    const ready = (): Promise<Answer> => world.send("GET", "/api/health/ready", { as: "nobody" });
    const [live, notReady] = await whileVaultAnswers(403, async () => [
      await world.send("GET", "/api/health/live", { as: "nobody" }),
      await ready(),
    ]);
    expect({ status: live.status, body: live.body }).toEqual({ status: 200, body: { status: "live" } });
    const check = (name: string, status: string): unknown => ({ name, status, durationMs: anyNumber });
    expect({ status: notReady.status, body: notReady.body }).toEqual({
      status: 503,
      body: { status: "notReady", checks: [check("storage", "pass"), check("keyVault", "fail")] },
    });
    const healed = await ready();
    expect({ status: healed.status, body: healed.body }).toEqual({
      status: 200,
      body: { status: "ready", checks: [check("storage", "pass"), check("keyVault", "pass")] },
    });
  });
});

describe("when storage is not as it should be", () => {
  test("a row nobody can read is a failure of ours, told to the log and not to the caller (internalError)", async () => {
    await editRow(world, `tenant_${baeckerei.tenantId}`, "tenant", (tenant) => ({ ...tenant, inModule: "perhaps" }));
    const headers = { "x-correlation-id": "look-for-this" };
    const refused = await world.send("GET", `${CSP}/tenants/${baeckerei.tenantId}`, { headers });
    expectProblem(refused, 500, "internalError");
    expect(refused.text).not.toMatch(/inModule|zod|expected|stack/i);
    const line = world.hostLines.find((text) => text.includes("look-for-this") && text.includes('"level":"error"'));
    expect(line).toContain("inModule");
  });

  test("who loses every race for a decision is asked to come again, and then succeeds (busy)", async () => {
    const key = "busy-1";
    const create = (): Promise<Answer> => world.send("POST", `${CSP}/customers`, { body: { name: "Patience" }, key });
    await world.send("POST", `${CSP}/customers`, { body: { name: "Before the rush" } });
    const stop = winEveryRace(world, "msp", "head");
    const refused = await create();
    await stop();
    expectProblem(refused, 503, "busy");
    expect(refused.headers.get("retry-after")).toBe("1");
    expect((await create()).status).toBe(201);
  });
});
