import { decodeJwt } from "jose";
import { samplePartner } from "../../../local/partner-center-simulator/default-seed";
import type { ResellerIdentity } from "../../../shared/domain/resellers/reseller-identity";
import { createOAuthClient } from "../../../shared/entra/oauth-client";
import { createResellerTokens } from "../../../shared/entra/reseller-tokens";
import { createLogger } from "../../../shared/logger";
import { createAccessTokens, type AccessTokens, type TokenVault } from "../../../shared/partner-center/access-tokens";
import { createPartnerTrials } from "../../../shared/partner-center/partner-trials";
import { LARKSPUR, startMicrosoft, turnEntra, type Microsoft } from "./microsoft";

let microsoft: Microsoft;
beforeAll(async () => {
  microsoft = await startMicrosoft();
});
beforeEach(() => microsoft.reset());
afterAll(() => microsoft.close());

const account = `agent@${samplePartner.domain}`;
const revokeSessions = (): Promise<void> => turnEntra(microsoft.entra, "POST", `/accounts/${account}/revoke-sessions`);
const named = (reseller: ResellerIdentity): string => reseller.refreshTokenName ?? "";

/** Another instance of the app: its own memory of tokens, the same Entra, and a vault of the test's making. */
function instanceWith(vault: TokenVault): AccessTokens {
  return createAccessTokens({
    issuer: createResellerTokens(createOAuthClient({ authority: microsoft.entra.url })),
    ...{ vault, clock: () => microsoft.clock.now(), onTrouble: () => Promise.resolve() },
    partnerCenterResource: "https://api.partnercenter.microsoft.com",
    priceSheetsResource: "https://api.partner.microsoft.com",
    logger: createLogger({ level: "error", sink: () => undefined }),
  });
}

describe("a refresh that races a re-authorisation (design §7)", () => {
  test("it writes its own grant's secret only, and cannot bring a destroyed one back", async () => {
    const former = await microsoft.authorizedReseller();
    const current = await microsoft.authorizedReseller();
    const token = await microsoft.secrets.get(named(current));
    // Between the redemption and the write of the rotated token, the person's sign-in destroys the former grant.
    const overtaken: TokenVault = {
      ...microsoft.secrets,
      replace: async (name, value, options) => {
        await microsoft.secrets.destroy(name);
        return microsoft.secrets.replace(name, value, options);
      },
    };
    await expect(instanceWith(overtaken).renew(former)).rejects.toMatchObject({
      code: "resellerNotAuthorized",
      extensions: { resellerState: "Revoked" },
    });
    expect(await microsoft.secrets.refetch(named(former))).toBeUndefined();
    expect(microsoft.vault.everStored().filter(({ name, enabled }) => enabled && name === named(former))).toEqual([]);
    expect(await microsoft.secrets.refetch(named(current))).toBe(token);
    await microsoft.accessTokens.renew(current);
  });

  test("two instances may refresh at the same moment, and both go on", async () => {
    const reseller = await microsoft.authorizedReseller();
    const [one, other] = [instanceWith(microsoft.secrets), instanceWith(microsoft.secrets)];
    await Promise.all([one.renew(reseller), other.renew(reseller)]);
    await Promise.all([one.renew(reseller), other.renew(reseller)]);
    expect(await microsoft.secrets.refetch(named(reseller))).toEqual(expect.any(String));
  });

  test("the rotated token is in the vault before the access token that came with it is handed out", async () => {
    const reseller = await microsoft.authorizedReseller();
    const before = await microsoft.secrets.get(named(reseller));
    const failing: TokenVault = { ...microsoft.secrets, replace: () => Promise.reject(new Error("the vault is away")) };
    await expect(instanceWith(failing).get(reseller)).rejects.toThrow("the vault is away");
    // What was redeemed is not used up: the next try begins with the same one.
    expect(await microsoft.secrets.refetch(named(reseller))).toBe(before);
    await instanceWith(microsoft.secrets).renew(reseller);
  });
});

describe("who is told of trouble", () => {
  test("a refresh that Entra refuses, with the sign-in it was about", async () => {
    const reseller = await microsoft.authorizedReseller();
    await revokeSessions();
    await expect(microsoft.accessTokens.renew(reseller)).rejects.toMatchObject({ code: "resellerNotAuthorized" });
    expect(microsoft.troubles).toEqual([[reseller, "Revoked"]]);
  });

  test("an ordinary read whose token can no longer be renewed, and one with a secret that ended", async () => {
    const revoked = await microsoft.authorizedReseller();
    await revokeSessions();
    await expect(microsoft.partnerCenter.subscriptions.list(revoked, LARKSPUR)).rejects.toMatchObject({
      code: "resellerNotAuthorized",
    });
    const broken = await microsoft.authorizedReseller();
    await turnEntra(microsoft.entra, "PATCH", `/apps/${broken.applicationId}/secrets`, { become: "expired" });
    await expect(microsoft.partnerCenter.profile.listCustomers(broken, { size: 1 })).rejects.toMatchObject({
      code: "resellerNotAuthorized",
    });
    expect(microsoft.troubles.map(([{ refreshTokenName }, state]) => [refreshTokenName, state])).toEqual([
      [named(revoked), "Revoked"],
      [named(broken), "SecretInvalid"],
    ]);
  });

  test("a read that Partner Center refuses for lack of MFA", async () => {
    const reseller = await microsoft.authorizedReseller(`nomfa@${samplePartner.domain}`);
    await expect(microsoft.partnerCenter.profile.listCustomers(reseller, { size: 1 })).rejects.toMatchObject({
      code: "mfaRequired",
    });
    expect(microsoft.troubles).toEqual([[reseller, "Revoked"]]);
  });

  test("nobody, when a single token was only tried out", async () => {
    const reseller = await microsoft.authorizedReseller();
    await revokeSessions();
    const asked = { kind: "delegated", audience: "priceSheets" } as const;
    await expect(microsoft.accessTokens.issue(reseller, asked)).rejects.toMatchObject({
      code: "resellerNotAuthorized",
    });
    expect(microsoft.troubles).toEqual([]);
  });
});

describe("trying out what a token is good for", () => {
  const trials = () =>
    createPartnerTrials({
      ...{ baseUrl: microsoft.simulator.url, priceSheetsUrl: microsoft.simulator.url },
      applicationName: "csp-marketplace",
    });
  const tokenFor = (
    reseller: ResellerIdentity,
    kind: "delegated" | "appOnly",
    audience: "partnerCenter" | "priceSheets",
  ) => microsoft.accessTokens.issue(reseller, { kind, audience });

  test("the sign-in to Partner Center gives a token for the price sheets too, of that audience only", async () => {
    const reseller = await microsoft.authorizedReseller();
    const token = await tokenFor(reseller, "delegated", "priceSheets");
    expect(decodeJwt(token).aud).toBe("https://api.partner.microsoft.com");
    expect(await trials().priceSheet(token, "DE")).toEqual({ status: 200 });
    expect(await trials().customers(token)).toEqual({ status: 401, code: "400" });
    const refused = await trials().priceSheet(await tokenFor(reseller, "delegated", "partnerCenter"), "DE");
    expect(refused).toMatchObject({ status: 401 });
  });

  test("the profile tells the country, and whether MFA is in the token", async () => {
    const agent = await tokenFor(await microsoft.authorizedReseller(), "delegated", "partnerCenter");
    expect(await trials().profile(agent)).toEqual({
      ...{ status: 200, country: samplePartner.country, mfaCompliant: true },
    });
    const reseller = await microsoft.authorizedReseller(`nomfa@${samplePartner.domain}`);
    expect(await trials().profile(await tokenFor(reseller, "delegated", "partnerCenter"))).toMatchObject({
      ...{ status: 401, code: "900421", mfaCompliant: false },
    });
  });

  test("an application alone is told whether it is registered", async () => {
    const reseller = await microsoft.authorizedReseller();
    const token = await tokenFor(reseller, "appOnly", "partnerCenter");
    expect(await trials().customers(token)).toEqual({ status: 200 });
    microsoft.simulator.simulation.world.partners.get(samplePartner.tenantId)!.appIds = [];
    expect(await trials().customers(token)).toMatchObject({ status: 401 });
  });

  test("what is away is an error, not an answer", async () => {
    const away = createPartnerTrials({
      ...{ baseUrl: "http://127.0.0.1:9", priceSheetsUrl: "http://127.0.0.1:9", applicationName: "csp-marketplace" },
    });
    await expect(away.customers("token")).rejects.toMatchObject({ code: "upstreamError" });
  });
});
