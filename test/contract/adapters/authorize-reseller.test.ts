import { samplePartner } from "../../../local/partner-center-simulator/default-seed";
import { LARKSPUR, LARKSPUR_TENANT, startMicrosoft, turnEntra, type Microsoft } from "./microsoft";

let microsoft: Microsoft;
beforeAll(async () => {
  microsoft = await startMicrosoft();
});
beforeEach(() => microsoft.reset());
afterAll(() => microsoft.close());

const upn = (name: string): string => `${name}@${samplePartner.domain}`;

test("a domain is traced to its directory, and an unknown one is nobody's", async () => {
  expect(await microsoft.signIn.resolveDirectory(samplePartner.domain)).toBe(samplePartner.tenantId);
  expect(await microsoft.signIn.resolveDirectory("nobody.example")).toBeUndefined();
});

test("an admin agent with multi-factor authentication signs in, and Partner Center accepts the token", async () => {
  const tokens = await microsoft.authorize(upn("agent"));
  expect(tokens).toMatchObject({ directoryId: samplePartner.tenantId, userName: upn("agent"), mfa: true });
  expect(tokens.refreshToken).toEqual(expect.any(String));
  expect(await microsoft.partnerCenter.profile.probe(tokens.accessToken)).toEqual({
    directoryId: samplePartner.tenantId,
    companyName: samplePartner.companyName,
  });
});

test("a sign-in without multi-factor authentication is seen in the token, and Partner Center refuses it", async () => {
  const tokens = await microsoft.authorize(upn("nomfa"));
  expect(tokens.mfa).toBe(false);
  await expect(microsoft.partnerCenter.profile.probe(tokens.accessToken)).rejects.toMatchObject({
    code: "mfaRequired",
  });
});

test("an administrator who is no admin agent is told so", async () => {
  const partner = microsoft.simulator.simulation.world.partners.get(samplePartner.tenantId);
  partner!.adminAgents = [upn("agent")];
  const { accessToken } = await microsoft.authorize(upn("admin"));
  await expect(microsoft.partnerCenter.profile.probe(accessToken)).rejects.toMatchObject({ code: "notAdminAgent" });
});

test("a sign-in stays verifiable after Entra rotated its keys", async () => {
  await microsoft.authorize(upn("agent"));
  await turnEntra(microsoft.entra, "POST", "/keys/rotate");
  expect(await microsoft.authorize(upn("agent"))).toMatchObject({ userName: upn("agent") });
});

test("consent of a tenant shows as soon as it is given, and as missing before", async () => {
  expect(await microsoft.tenants.readOrganization(LARKSPUR_TENANT)).toEqual({ kind: "missing" });
  const appId = "bbbbbbbb-0000-4000-8000-00000000000b";
  microsoft.entra.grantConsent(LARKSPUR, appId, ["https://graph.microsoft.com/Organization.Read.All"]);
  expect(await microsoft.tenants.readOrganization(LARKSPUR_TENANT)).toEqual({
    kind: "consented",
    tenantId: LARKSPUR_TENANT,
    displayName: "Larkspur Dental",
    permissions: ["Organization.Read.All"],
  });
});

test("an app that may sign in but not read the organisation counts as not consented", async () => {
  microsoft.entra.grantConsent(LARKSPUR, "bbbbbbbb-0000-4000-8000-00000000000b", []);
  expect(await microsoft.tenants.readOrganization(LARKSPUR_TENANT)).toEqual({ kind: "missing" });
});
