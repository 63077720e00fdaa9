import type { ResellerIdentity } from "../../../shared/domain/resellers/reseller-identity";
import { AppError } from "../../../shared/errors";
import { createLogger } from "../../../shared/logger";
import {
  createAccessTokens,
  type AccessTokens,
  type CommerceToken,
  type IssuedTokens,
  type TokenIssuer,
  type TokenVault,
} from "../../../shared/partner-center/access-tokens";
import { fakeTime, NOW, reseller, type FakeTime } from "./setup";

interface Saved {
  value: string;
  expiresAt: Date | undefined;
}

/** A vault in which another instance of the system writes too: `get` may remember what `refetch` finds replaced. */
function memoryVault(secrets: Record<string, string>): TokenVault & {
  log: string[];
  saved: Map<string, Saved>;
  remembered: Map<string, string>;
} {
  const saved = new Map<string, Saved>(
    Object.entries(secrets).map(([name, value]) => [name, { value, expiresAt: undefined }]),
  );
  const remembered = new Map<string, string>();
  const log: string[] = [];
  return {
    log,
    saved,
    remembered,
    get: (name) => Promise.resolve(remembered.get(name) ?? saved.get(name)?.value),
    refetch: (name) => Promise.resolve(saved.get(name)?.value),
    set(name, value, { expiresAt } = {}) {
      saved.set(name, { value, expiresAt });
      return Promise.resolve();
    },
    replace(name, value, { expiresAt } = {}) {
      log.push(`saved ${name}`);
      if (!saved.has(name)) return Promise.resolve(false);
      saved.set(name, { value, expiresAt });
      return Promise.resolve(true);
    },
    destroy(name) {
      saved.delete(name);
      return Promise.resolve();
    },
  };
}

function refused(resellerState: "Revoked" | "SecretInvalid"): AppError {
  return new AppError("conflict", "resellerNotAuthorized", "no", { extensions: { resellerState } });
}

interface Setup {
  tokens: AccessTokens;
  vault: ReturnType<typeof memoryVault>;
  time: FakeTime;
  /** What was presented to Entra, in order. */
  asked: Record<string, string>[];
  /** What became of resellers, as it was told. */
  troubles: string[];
}

function setup(
  issue: (asked: Record<string, string>, count: number) => IssuedTokens | Promise<IssuedTokens> = rotating,
  commerceToken?: (reseller: ResellerIdentity) => CommerceToken,
): Setup {
  const vault = memoryVault({ "reseller-1-app": "app-secret", "reseller-1-grant-1": "refresh-0" });
  const time = fakeTime();
  const asked: Record<string, string>[] = [];
  const answer = async (ask: Record<string, string>): Promise<IssuedTokens> => {
    asked.push(ask);
    const issued = await issue(ask, asked.length);
    vault.log.push(`issued ${issued.accessToken}`);
    return issued;
  };
  const issuer: TokenIssuer = {
    redeemRefreshToken: (ask) => answer({ grant: "refresh", ...ask }),
    clientCredentials: (ask) => answer({ grant: "app", ...ask }),
  };
  const troubles: string[] = [];
  const tokens = createAccessTokens({
    priceSheetsResource: "https://prices.example",
    onTrouble: (_reseller, state) => Promise.resolve(void troubles.push(state)),
    ...{ issuer, vault, time, clock: time.clock, partnerCenterResource: "https://pc.example" },
    logger: createLogger({ level: "error", sink: () => undefined }),
    ...(commerceToken === undefined ? {} : { commerceToken }),
  });
  return { tokens, vault, time, asked, troubles };
}

function rotating(_asked: Record<string, string>, count: number): IssuedTokens {
  return { accessToken: `access-${count}`, expiresInSeconds: 3600, refreshToken: `refresh-${count}` };
}

test("a token is asked for with the reseller's own secret and refresh token, and kept until five minutes before its end", async () => {
  const { tokens, time, asked } = setup();
  expect(await tokens.get(reseller())).toBe("access-1");
  time.advance(54 * 60_000);
  expect(await tokens.get(reseller())).toBe("access-1");
  time.advance(60_000);
  expect(await tokens.get(reseller())).toBe("access-2");
  expect(asked[0]).toEqual({
    grant: "refresh",
    directoryId: reseller().directoryId,
    applicationId: reseller().applicationId,
    applicationSecret: "app-secret",
    refreshToken: "refresh-0",
    resource: "https://pc.example",
  });
  expect(asked[1]).toMatchObject({ refreshToken: "refresh-1" });
});

test("the rotated refresh token is in the vault, dated 90 days ahead, before the access token is handed out", async () => {
  const { tokens, vault } = setup();
  await tokens.get(reseller()).then((token) => vault.log.push(`handed out ${token}`));
  expect(vault.log).toEqual(["issued access-1", "saved reseller-1-grant-1", "handed out access-1"]);
  expect(vault.saved.get("reseller-1-grant-1")).toEqual({
    value: "refresh-1",
    expiresAt: new Date(NOW.getTime() + 90 * 86_400_000),
  });
});

test("when the rotated refresh token cannot be saved, the access token is not used", async () => {
  const { tokens, vault } = setup();
  vault.replace = () => Promise.reject(new AppError("unavailable", "secretsUnavailable", "down"));
  await expect(tokens.get(reseller())).rejects.toMatchObject({ code: "secretsUnavailable" });
});

test("callers at the same time share one refresh", async () => {
  const { tokens, asked } = setup();
  const all = await Promise.all(Array.from({ length: 20 }, () => tokens.get(reseller())));
  expect(new Set(all)).toEqual(new Set(["access-1"]));
  expect(asked).toHaveLength(1);
});

test("a failure is not remembered: the next caller asks again", async () => {
  const { tokens } = setup((ask, count) => {
    if (count === 1) throw new AppError("upstream", "upstreamError", "down");
    return rotating(ask, count);
  });
  await expect(tokens.get(reseller())).rejects.toMatchObject({ code: "upstreamError" });
  expect(await tokens.get(reseller())).toBe("access-2");
});

test.each(["Revoked", "SecretInvalid"] as const)(
  "a refusal (%s) is final while the secrets are what they were",
  async (state) => {
    const { tokens, asked } = setup(() => {
      throw refused(state);
    });
    await expect(tokens.get(reseller())).rejects.toMatchObject({ extensions: { resellerState: state } });
    expect(asked).toHaveLength(1);
  },
);

test("a refusal of a secret that was replaced meanwhile says nothing: the new one is tried", async () => {
  const { tokens, vault, asked } = setup((ask, count) => {
    if (ask["applicationSecret"] === "old-secret") throw refused("SecretInvalid");
    return rotating(ask, count);
  });
  vault.remembered.set("reseller-1-app", "old-secret");
  expect(await tokens.get(reseller())).toBe("access-2");
  expect(asked.map((ask) => ask["applicationSecret"])).toEqual(["old-secret", "app-secret"]);
});

test("a refresh that races the end of its authorisation neither brings the secret back nor hands out the token", async () => {
  const { tokens, vault } = setup(async (ask, count) => {
    await vault.destroy("reseller-1-grant-1");
    return rotating(ask, count);
  });
  await expect(tokens.get(reseller())).rejects.toMatchObject({ extensions: { resellerState: "Revoked" } });
  expect(vault.saved.has("reseller-1-grant-1")).toBe(false);
});

test("a new authorisation is used at once, and the secret of the old one is never written", async () => {
  const { tokens, vault, asked } = setup();
  await tokens.get(reseller());
  await vault.set("reseller-1-grant-2", "refresh-of-another-account");
  expect(await tokens.get(reseller({ refreshTokenName: "reseller-1-grant-2" }))).toBe("access-2");
  expect(asked[1]).toMatchObject({ refreshToken: "refresh-of-another-account" });
  expect(vault.saved.get("reseller-1-grant-1")?.value).toBe("refresh-1");
});

test.each([
  ["no application secret", { applicationSecretName: "gone" }, "SecretInvalid"],
  ["no refresh token", { refreshTokenName: "gone" }, "Revoked"],
])("%s in the vault: Entra is not even asked", async (_name, changes, resellerState) => {
  const { tokens, asked } = setup();
  await expect(tokens.get(reseller(changes))).rejects.toMatchObject({
    code: "resellerNotAuthorized",
    extensions: { resellerState },
  });
  expect(asked).toEqual([]);
});

test("a reseller that nobody authorised has no token", async () => {
  const { refreshTokenName: _none, ...never } = reseller();
  await expect(setup().tokens.get(never)).rejects.toMatchObject({ extensions: { resellerState: "Revoked" } });
});

test("a reseller may be set to app-only tokens: client credentials, and nothing is saved", async () => {
  const { tokens, vault, asked } = setup(
    () => ({ accessToken: "app-token", expiresInSeconds: 3600, refreshToken: undefined }),
    () => "appOnly",
  );
  expect(await tokens.get(reseller())).toBe("app-token");
  expect(asked[0]).toMatchObject({ grant: "app" });
  expect(vault.log).toEqual(["issued app-token"]);
});

test("a token Partner Center refused is replaced; forgetting an older one changes nothing", async () => {
  const { tokens } = setup();
  const first = await tokens.get(reseller());
  tokens.forget(reseller(), first);
  expect(await tokens.get(reseller())).toBe("access-2");
  tokens.forget(reseller(), first);
  expect(await tokens.get(reseller())).toBe("access-2");
});

test("renewing redeems the refresh token even while the access token is good", async () => {
  const { tokens, vault } = setup();
  await tokens.get(reseller());
  await tokens.renew(reseller());
  expect(vault.saved.get("reseller-1-grant-1")?.value).toBe("refresh-2");
  expect(await tokens.get(reseller())).toBe("access-2");
});

test("a token that lives shorter than the spare time is still used for half its life", async () => {
  const { tokens, time, asked } = setup((_ask, count) => ({
    accessToken: `access-${count}`,
    expiresInSeconds: 60,
    refreshToken: undefined,
  }));
  await tokens.get(reseller());
  time.advance(29_000);
  await tokens.get(reseller());
  expect(asked).toHaveLength(1);
});
