import { customerTenants } from "../../local/presets/tenants";
import { startWorld, type World } from "./platform-fixture";
import { registeredTenant } from "./steps";
import type { Answer } from "./wire";

const PORTAL = "https://portal.example";
const OTHERS = [
  "https://elsewhere.example",
  "http://portal.example",
  "https://portal.example.elsewhere.example",
  "null",
];
const ADDRESS = `/api/v1/csp/tenants/${customerTenants.mueller.tenantId}`;

const marksOf = ({ headers }: Answer): string[] =>
  [...headers].filter(([name]) => name.startsWith("access-control-allow-")).map(([name, value]) => `${name}: ${value}`);

let world: World;
const preflight = (origin: string): Promise<Answer> => {
  const asked = {
    "access-control-request-method": "PATCH",
    "access-control-request-headers": "authorization,if-match",
  };
  return world.send("OPTIONS", ADDRESS, { as: "nobody", key: null, headers: { origin, ...asked } });
};
const read = (origin: string): Promise<Answer> => world.send("GET", ADDRESS, { headers: { origin } });

describe("in an installation that names the origin of a portal", () => {
  beforeAll(async () => {
    world = await startWorld({ cors: { origins: [PORTAL], credentials: false } });
    await registeredTenant(world, "mueller");
  });
  afterAll(() => world.close());

  test("the portal may ask, and read what it needs for its next request", async () => {
    const allowed = await preflight(PORTAL);
    expect(allowed.status).toBe(204);
    expect(marksOf(allowed)).toEqual([
      "access-control-allow-headers: authorization,if-match",
      "access-control-allow-methods: PATCH",
      `access-control-allow-origin: ${PORTAL}`,
    ]);
    const answer = await read(PORTAL);
    expect(answer.status).toBe(200);
    expect(marksOf(answer)).toEqual([`access-control-allow-origin: ${PORTAL}`]);
    const exposed = answer.headers.get("access-control-expose-headers")?.split(", ") ?? [];
    for (const name of ["ETag", "Operation-Location", "Retry-After", "x-correlation-id"])
      expect(exposed).toContain(name);
    expect(answer.headers.get("etag")).not.toBeNull();
  });

  test("what is refused can be read as well, so that the portal can say why", async () => {
    const answer = await world.send("GET", ADDRESS, { as: "nobody", headers: { origin: PORTAL } });
    expect(answer.status).toBe(401);
    expect(marksOf(answer)).toEqual([`access-control-allow-origin: ${PORTAL}`]);
  });

  test.each(OTHERS)("a page of %s may not", async (origin) => {
    expect(marksOf(await preflight(origin))).toEqual([]);
    expect(marksOf(await read(origin))).toEqual([]);
  });
});

describe("in an installation as it is deployed, which has one origin", () => {
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.close());

  test.each([PORTAL, ...OTHERS])("a page of %s may not ask, not even the address of the portal", async (origin) => {
    const refused = await preflight(origin);
    expect(refused.status).toBe(404);
    expect(marksOf(refused)).toEqual([]);
    expect(marksOf(await read(origin))).toEqual([]);
  });
});
