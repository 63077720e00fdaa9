import { samplePartner } from "../../../local/partner-center-simulator/default-seed";
import { LARKSPUR, startMicrosoft, turnEntra, type Microsoft } from "./microsoft";

let microsoft: Microsoft;
beforeAll(async () => {
  microsoft = await startMicrosoft();
});
beforeEach(() => microsoft.reset());
afterAll(() => microsoft.close());

const DAY_MS = 86_400_000;

test("the refresh token in the vault is replaced by each redemption", async () => {
  const reseller = await microsoft.authorizedReseller();
  const name = reseller.refreshTokenName ?? "";
  const first = await microsoft.secrets.get(name);
  await microsoft.accessTokens.renew(reseller);
  const second = await microsoft.secrets.refetch(name);
  expect(second).not.toBe(first);
  await microsoft.accessTokens.renew(reseller);
  expect(await microsoft.secrets.refetch(name)).not.toBe(second);
});

test("renewed in time, a grant outlives its 90 days; idle for longer, it is revoked", async () => {
  const reseller = await microsoft.authorizedReseller();
  for (let i = 0; i < 4; i++) {
    await microsoft.clock.advance(60 * DAY_MS);
    await microsoft.accessTokens.renew(reseller);
  }
  await microsoft.clock.advance(91 * DAY_MS);
  await expect(microsoft.accessTokens.renew(reseller)).rejects.toMatchObject({
    code: "resellerNotAuthorized",
    extensions: { resellerState: "Revoked", entraCode: 700082 },
  });
});

test("revoked sessions and a broken secret are told apart", async () => {
  const revoked = await microsoft.authorizedReseller();
  await turnEntra(microsoft.entra, "POST", `/accounts/agent@${samplePartner.domain}/revoke-sessions`);
  await expect(microsoft.accessTokens.renew(revoked)).rejects.toMatchObject({
    extensions: { resellerState: "Revoked" },
  });

  const broken = await microsoft.authorizedReseller();
  await turnEntra(microsoft.entra, "PATCH", `/apps/${broken.applicationId}/secrets`, { become: "expired" });
  await expect(microsoft.accessTokens.renew(broken)).rejects.toMatchObject({
    extensions: { resellerState: "SecretInvalid", entraCode: 7000222 },
  });
  await expect(microsoft.partnerCenter.subscriptions.list(broken, LARKSPUR)).rejects.toMatchObject({
    code: "resellerNotAuthorized",
  });
});

test("a grant that was destroyed cannot be renewed, and stays destroyed", async () => {
  const reseller = await microsoft.authorizedReseller();
  await microsoft.secrets.destroy(reseller.refreshTokenName ?? "");
  await expect(microsoft.accessTokens.renew(reseller)).rejects.toMatchObject({
    extensions: { resellerState: "Revoked" },
  });
  expect(await microsoft.secrets.replace(reseller.refreshTokenName ?? "", "late")).toBe(false);
  await microsoft.secrets.set(reseller.refreshTokenName ?? "", "a new grant under an old name");
  expect(await microsoft.secrets.get(reseller.refreshTokenName ?? "")).toBe("a new grant under an old name");
});

test("no secret, token or code reaches the log", async () => {
  const reseller = await microsoft.authorizedReseller();
  await microsoft.partnerCenter.subscriptions.list(reseller, LARKSPUR);
  const log = JSON.stringify(microsoft.logged);
  expect(log).toContain("partner center answered");
  for (const { value } of microsoft.vault.everStored()) expect(log).not.toContain(value);
  expect(log).not.toMatch(/eyJ|Bearer /);
});
