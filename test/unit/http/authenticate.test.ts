import { generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTVerifyGetKey } from "jose";
import { may, type Scope } from "../../../shared/domain/access/actor";
import { Principal } from "../../../shared/domain/access/ids";
import type { OptIn } from "../../../shared/domain/access/permissions";
import { createAuthenticator, type AuthenticatorOptions } from "../../../shared/http/authenticate";
import type { SignInGuard } from "../../../shared/http/http-handler";
import { AppError } from "../../../shared/errors";

const AUTHORITY = "https://login.example.com";
const MSP = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
const CUSTOMER = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
const STRANGER = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
const USER = "dddddddd-dddd-4ddd-8ddd-dddddddddddd";
const APP = "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee";
const API = "ffffffff-ffff-4fff-8fff-ffffffffffff";
const NOW = new Date("2026-03-01T12:00:00Z");
const seconds = (offset: number) => Math.floor(NOW.getTime() / 1000) + offset;

let keys: Record<string, { privateKey: CryptoKey; publicKey: CryptoKey }>;

beforeAll(async () => {
  const pair = () => generateKeyPair("RS256", { modulusLength: 2048 });
  keys = { [MSP]: await pair(), [CUSTOMER]: await pair(), [STRANGER]: await pair() };
});

function keyOf(directory: string): { privateKey: CryptoKey; publicKey: CryptoKey } {
  const pair = keys[directory];
  if (pair === undefined) throw new Error(`No key of ${directory}`);
  return pair;
}

function authenticator(overrides: Partial<AuthenticatorOptions> = {}) {
  const asked: string[] = [];
  const check = createAuthenticator({
    authority: AUTHORITY,
    audiences: [API, `api://${API}`],
    mspDirectoryId: MSP.toUpperCase(),
    isKnownDirectory: (id) => id === CUSTOMER,
    keysOf: (directory) => {
      asked.push(directory);
      const resolve: JWTVerifyGetKey = () => Promise.resolve(keyOf(directory).publicKey);
      return resolve;
    },
    findGrant: () => Promise.resolve(undefined),
    now: () => NOW,
    ...overrides,
  });
  const authenticate = (authorization: string | undefined, guard: Partial<SignInGuard> = {}) =>
    check(authorization, { beforeLookup: () => undefined, verified: () => undefined, ...guard });
  return { authenticate, asked };
}

type Claims = Record<string, unknown>;
const user = (claims: Claims = {}): Claims => ({
  iss: `${AUTHORITY}/${MSP}/v2.0`,
  aud: API,
  exp: seconds(3600),
  tid: MSP,
  oid: USER,
  sub: "pairwise-subject",
  ver: "2.0",
  scp: "access_as_user profile",
  azp: APP,
  roles: ["Operator"],
  preferred_username: "ada@msp.example",
  ...claims,
});
const fromCustomer = (claims: Claims = {}) => user({ iss: `${AUTHORITY}/${CUSTOMER}/v2.0`, tid: CUSTOMER, ...claims });
const app = (claims: Claims = {}) =>
  user({ scp: undefined, sub: USER, preferred_username: undefined, roles: ["ApiApp"], ...claims });

async function bearer(claims: Claims, signer = keyOf(MSP).privateKey): Promise<string> {
  return `Bearer ${await new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(signer)}`;
}

describe("a signed-in person", () => {
  test("is known by directory and object id, never by a name that can be given to somebody else", async () => {
    const { authenticate } = authenticator();
    expect(await authenticate(await bearer(user()))).toEqual({
      kind: "user",
      id: `${MSP}_${USER}`,
      name: "ada@msp.example",
      roles: ["Operator"],
      scope: { kind: "some", customerIds: [], tenantIds: [] },
    });
  });

  test("keeps the roles we know; others are ignored", async () => {
    const { authenticate } = authenticator();
    const actor = await authenticate(await bearer(user({ roles: ["Reader", "GlobalEmperor", "Approver", "admin"] })));
    expect(actor.roles).toEqual(["Approver", "Reader"]);
  });

  test("without any role is known, and may do nothing", async () => {
    const { authenticate } = authenticator();
    expect((await authenticate(await bearer(user({ roles: undefined })))).roles).toEqual([]);
  });

  test("sees what the grant says, whatever the role", async () => {
    const scope = { kind: "some", customerIds: [], tenantIds: [] } satisfies Scope;
    const asked: string[] = [];
    const { authenticate } = authenticator({
      findGrant: (principal) => {
        asked.push(principal);
        return Promise.resolve({ scope, optIns: [] });
      },
    });
    const actor = await authenticate(await bearer(user({ roles: ["Admin"] })));
    expect(actor.scope).toBe(scope);
    expect(asked).toEqual([`${MSP}_${USER}`]);
  });

  test.each<[string, string[], Scope]>([
    ["an Admin sees all", ["Admin"], { kind: "all" }],
    ["an Operator sees nothing", ["Operator"], { kind: "some", customerIds: [], tenantIds: [] }],
    ["a Reader sees nothing", ["Reader"], { kind: "some", customerIds: [], tenantIds: [] }],
  ])("without a grant: %s", async (_, roles, scope) => {
    const { authenticate } = authenticator();
    expect((await authenticate(await bearer(user({ roles })))).scope).toEqual(scope);
  });
});

describe("the first Admin, named by the deployment,", () => {
  const firstAdmin = Principal.parse(`${MSP}_${USER}`);

  test("is Admin of everything, whatever roles Entra gives and whatever was granted", async () => {
    const scope = { kind: "some", customerIds: [], tenantIds: [] } satisfies Scope;
    const findGrant = () => Promise.resolve({ scope, optIns: [] });
    const { authenticate } = authenticator({ firstAdmin, findGrant });
    expect(await authenticate(await bearer(user({ roles: ["Reader"] })))).toMatchObject({
      roles: ["Admin", "Reader"],
      scope: { kind: "all" },
    });
  });

  test("is that person alone: not somebody else, not an app, not the same object id elsewhere", async () => {
    const { authenticate } = authenticator({ firstAdmin });
    const others = [
      bearer(user({ oid: STRANGER })),
      bearer(app({ azp: USER })),
      bearer(fromCustomer({ roles: ["TenantUser"] }), keyOf(CUSTOMER).privateKey),
    ];
    for (const token of others) expect((await authenticate(await token)).roles).not.toContain("Admin");
  });
});

describe("a person of a customer's directory", () => {
  test("is a tenant user who sees their own tenant", async () => {
    const { authenticate } = authenticator();
    const token = await bearer(fromCustomer({ roles: ["TenantUser"] }), keyOf(CUSTOMER).privateKey);
    expect(await authenticate(token)).toMatchObject({
      roles: ["TenantUser"],
      scope: { kind: "some", customerIds: [], tenantIds: [CUSTOMER] },
    });
  });

  test("never becomes staff: a customer's admin may assign any role there, and only TenantUser counts", async () => {
    const { authenticate } = authenticator();
    const roles = ["Admin", "Operator", "Approver", "Reader", "ApiApp", "TenantUser"];
    const actor = await authenticate(await bearer(fromCustomer({ roles }), keyOf(CUSTOMER).privateKey));
    expect(actor.roles).toEqual(["TenantUser"]);
    expect(actor.scope).toEqual({ kind: "some", customerIds: [], tenantIds: [CUSTOMER] });
    const admin = await authenticate(await bearer(fromCustomer({ roles: ["Admin"] }), keyOf(CUSTOMER).privateKey));
    expect(admin).toMatchObject({ roles: [], scope: { kind: "some", customerIds: [], tenantIds: [] } });
  });

  test("sees no more by any grant", async () => {
    const { authenticate } = authenticator({
      findGrant: () => Promise.resolve({ scope: { kind: "all" }, optIns: [] }),
    });
    const token = await bearer(fromCustomer({ roles: ["TenantUser"] }), keyOf(CUSTOMER).privateKey);
    expect((await authenticate(token)).scope).toEqual({ kind: "some", customerIds: [], tenantIds: [CUSTOMER] });
  });
});

describe("an app with a token of its own", () => {
  test("is known by its app id and has its app roles", async () => {
    const { authenticate } = authenticator();
    expect(await authenticate(await bearer(app()))).toMatchObject({
      kind: "app",
      id: `${MSP}_${APP}`,
      roles: ["ApiApp"],
    });
  });

  test("holds no role of a person, and no person an app's", async () => {
    const { authenticate } = authenticator();
    const roles = ["Admin", "Operator", "ApiApp"];
    expect((await authenticate(await bearer(app({ roles })))).roles).toEqual(["ApiApp"]);
    expect((await authenticate(await bearer(user({ roles })))).roles).toEqual(["Admin", "Operator"]);
  });

  test("may change seats where its grant says so", async () => {
    const granted = (optIns: OptIn[]) =>
      authenticator({ findGrant: () => Promise.resolve({ scope: { kind: "all" }, optIns }) }).authenticate;
    const holds = async (authenticate: ReturnType<typeof granted>, claims: Claims): Promise<boolean> =>
      may(await authenticate(await bearer(claims)), "subscription.quantity");
    expect(await holds(granted([]), app())).toBe(false);
    expect(await holds(granted(["subscription.quantity"]), app())).toBe(true);
    expect(await holds(granted(["subscription.billing"]), app())).toBe(false);
    expect(await holds(granted(["subscription.quantity"]), app({ roles: [] }))).toBe(false);
    expect(await holds(granted(["subscription.quantity"]), user({ roles: ["Reader"] }))).toBe(false);
  });

  test("is recognised by idtyp where that claim is on", async () => {
    const { authenticate } = authenticator();
    const token = await bearer(app({ idtyp: "app", sub: "other", app_displayname: "Billing robot" }));
    expect(await authenticate(token)).toMatchObject({ kind: "app", name: "Billing robot" });
  });
});

describe("a token is refused, as unauthenticated and nothing more,", () => {
  const wrong: [string, () => Promise<string>][] = [
    ["when it is no token", () => Promise.resolve("Bearer x.y")],
    ["when another scheme is used", () => Promise.resolve("Basic YTpi")],
    ["when it is unsigned", () => Promise.resolve(`Bearer ${new UnsecuredJWT(user()).encode()}`)],
    ["when another directory's key signed it", () => bearer(user(), keyOf(CUSTOMER).privateKey)],
    ["when it was changed", async () => tampered(await bearer(fromCustomer(), keyOf(CUSTOMER).privateKey))],
    ["when a shared secret signed it", () => hmacSigned()],
    ["when it is over, beyond a minute of tolerance", () => bearer(user({ exp: seconds(-61) }))],
    ["when it never ends", () => bearer(user({ exp: undefined }))],
    ["when it is not yet good", () => bearer(user({ nbf: seconds(120) }))],
    ["when it is meant for another API", () => bearer(user({ aud: "https://graph.microsoft.com" }))],
    ["when it has no audience", () => bearer(user({ aud: undefined }))],
    ["when its issuer is another directory", () => bearer(user({ iss: `${AUTHORITY}/${CUSTOMER}/v2.0` }))],
    ["when its issuer is another authority", () => bearer(user({ iss: `https://evil.example/${MSP}/v2.0` }))],
    ["when it is of version 1", () => bearer(user({ ver: "1.0" }))],
    ["when its directory is not allowed", () => bearer(stranger(), keyOf(STRANGER).privateKey)],
    ["when its directory is no GUID", () => bearer(user({ tid: "../../evil" }))],
    ["when it names no object", () => bearer(user({ oid: undefined }))],
    ["when it lacks our scope", () => bearer(user({ scp: "User.Read" }))],
    ["when a longer scope only begins like ours", () => bearer(user({ scp: "access_as_user_too" }))],
    ["when it is an id token, which has no scope either", () => bearer(user({ scp: undefined, azp: undefined }))],
    ["when it is an id token with a client", () => bearer(user({ scp: undefined }))],
    ["when it says it is a user's and has no scope", () => bearer(app({ idtyp: "user" }))],
    ["when it says it is an app's and has a scope", () => bearer(user({ idtyp: "app" }))],
  ];
  const stranger = () => user({ iss: `${AUTHORITY}/${STRANGER}/v2.0`, tid: STRANGER });

  test.each(wrong)("%s", async (_, token) => {
    const { authenticate } = authenticator();
    await expect(authenticate(await token())).rejects.toMatchObject({
      kind: "unauthenticated",
      code: "unauthenticated",
      message: "The access token is not valid here, or no longer.",
    });
  });

  test("when there is none", async () => {
    const { authenticate } = authenticator();
    await expect(authenticate(undefined)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("before any key is fetched, when its directory is not allowed", async () => {
    const { authenticate, asked } = authenticator();
    await expect(authenticate(await bearer(stranger()))).rejects.toMatchObject({ code: "unauthenticated" });
    expect(asked).toEqual([]);
  });

  test("before its directory is looked up, when the caller of the check says so; the MSP's own needs no look", async () => {
    const known: string[] = [];
    const { authenticate, asked } = authenticator({ isKnownDirectory: (id) => known.push(id) > 0 });
    const enough = (): never => {
      throw new AppError("too-many", "tooManyRequests", "Enough.");
    };
    const ofCustomer = await bearer(fromCustomer(), keyOf(CUSTOMER).privateKey);
    await expect(authenticate(ofCustomer, { beforeLookup: enough })).rejects.toMatchObject({ code: "tooManyRequests" });
    expect({ known, asked }).toEqual({ known: [], asked: [] });
    expect((await authenticate(await bearer(user()), { beforeLookup: enough })).id).toBe(`${MSP}_${USER}`);
    expect(known).toEqual([]);
    expect((await authenticate(ofCustomer)).id).toBe(`${CUSTOMER}_${USER}`);
    expect(known).toEqual([CUSTOMER]);
  });

  test("before anything is read for a caller who has asked too often, but not before it is certain who they are", async () => {
    const read: string[] = [];
    const { authenticate } = authenticator({
      findGrant: (principal) => {
        read.push(principal);
        return Promise.resolve(undefined);
      },
    });
    const seen: string[] = [];
    const verified = (callerId: string): void => {
      if (seen.push(callerId) > 1) throw new AppError("too-many", "tooManyRequests", "Enough.");
    };
    const token = await bearer(user());
    await expect(authenticate(tampered(token), { verified })).rejects.toMatchObject({ code: "unauthenticated" });
    expect((await authenticate(token, { verified })).id).toBe(`${MSP}_${USER}`);
    await expect(authenticate(token, { verified })).rejects.toMatchObject({ code: "tooManyRequests" });
    expect({ seen, read }).toEqual({ seen: [`${MSP}_${USER}`, `${MSP}_${USER}`], read: [`${MSP}_${USER}`] });
  });

  function tampered(token: string): string {
    const [head = "", payload = "", signature = ""] = token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Claims;
    const changed = Buffer.from(JSON.stringify({ ...claims, roles: ["Admin"] })).toString("base64url");
    return [head, changed, signature].join(".");
  }

  async function hmacSigned(): Promise<string> {
    const secret = new TextEncoder().encode("a shared secret of at least 32 bytes");
    return `Bearer ${await new SignJWT(user()).setProtectedHeader({ alg: "HS256" }).sign(secret)}`;
  }
});

test("a token is good for a minute past its end, as clocks differ", async () => {
  const { authenticate } = authenticator();
  expect((await authenticate(await bearer(user({ exp: seconds(-59) })))).kind).toBe("user");
});

test("the scheme's name may be written in any case", async () => {
  const { authenticate } = authenticator();
  expect((await authenticate((await bearer(user())).replace("Bearer", "bearer"))).kind).toBe("user");
});

test("keys that cannot be had are our trouble, not the caller's: it is not called a bad token", async () => {
  const outage = new AppError("unavailable", "signInUnavailable", "No keys.");
  const { authenticate } = authenticator({ keysOf: () => () => Promise.reject(outage) });
  await expect(authenticate(await bearer(user()))).rejects.toBe(outage);
});
