import { TenantId } from "../../../../shared/domain/access/ids";
import { editedReseller, type SecretVerdict } from "../../../../shared/domain/resellers/edited-reseller";
import { allowedActions, type Reseller } from "../../../../shared/domain/resellers/reseller";
import { RESELLER, TENANT } from "../../../build/ids";

const NOW = new Date("2026-11-22T12:00:00.000Z");
const EARLIER = "2026-11-01T12:00:00.000Z";
const authorized: Reseller = {
  ...{ id: RESELLER, displayName: "Larkspur", domain: "larkspur.example", directoryId: TENANT, applicationId: "app-1" },
  ...{ state: "Authorized", applicationSecretName: "secret-1", secretSetAt: EARLIER, secretVerifiedAt: EARLIER },
  secretExpiresAt: "2027-01-01T00:00:00.000Z",
  grant: { grantId: "g1", refreshTokenName: "token-1", authorizedBy: "agent@larkspur.example", authorizedAt: EARLIER },
  ...{ createdAt: EARLIER, modifiedAt: EARLIER },
};
const OTHER = TenantId.parse("20000000-0000-4000-8000-000000000009");
const same = { directoryId: TENANT, secret: undefined };
const withSecret = (verdict: SecretVerdict) => ({ directoryId: TENANT, secret: { secretName: "secret-2", verdict } });

test("a name changes nothing but the name", () => {
  const edited = editedReseller(authorized, { displayName: "Larkspur neu" }, same, NOW);
  expect(edited).toEqual({ ...authorized, displayName: "Larkspur neu", modifiedAt: NOW.toISOString() });
});

test.each([
  ["accepted", "Authorized", true],
  ["refused", "SecretInvalid", false],
  ["signInEnded", "Revoked", true],
] as const)("a new secret that is %s makes the reseller %s", (verdict, state, isVerified) => {
  const edited = editedReseller(authorized, { applicationSecret: "x" }, withSecret(verdict), NOW);
  expect(edited).toMatchObject({ state, applicationSecretName: "secret-2", secretSetAt: NOW.toISOString() });
  expect(edited.grant).toEqual(authorized.grant);
  expect(edited.secretVerifiedAt !== undefined).toBe(isVerified);
});

test("a secret that is accepted mends a reseller whose secret was invalid, and one that was revoked", () => {
  for (const state of ["SecretInvalid", "Revoked"] as const) {
    const edited = editedReseller({ ...authorized, state }, { applicationSecret: "x" }, withSecret("accepted"), NOW);
    expect(edited.state).toBe("Authorized");
  }
});

test("without a sign-in a secret, good or bad, authorises nothing", () => {
  const { grant: _grant, ...before } = { ...authorized, state: "NotAuthorized" as const };
  for (const verdict of ["accepted", "refused"] as const) {
    expect(editedReseller(before, { applicationSecret: "x" }, withSecret(verdict), NOW).state).toBe("NotAuthorized");
  }
});

test("a new secret does not inherit the day its forerunner ended", () => {
  const edit = (more: object): string | undefined =>
    editedReseller(authorized, { applicationSecret: "x", ...more }, withSecret("accepted"), NOW).secretExpiresAt;
  expect(edit({})).toBeUndefined();
  expect(edit({ secretExpiresAt: "2028-01-01T00:00:00.000Z" })).toBe("2028-01-01T00:00:00.000Z");
  expect(editedReseller(authorized, { secretExpiresAt: null }, same, NOW)).not.toHaveProperty("secretExpiresAt");
});

test.each([
  ["domain", { domain: "other.example" }, { directoryId: OTHER, secret: undefined }],
  ["domain of the same directory", { domain: "alias.example" }, same],
  ["application", { applicationId: "app-2" }, same],
])("another %s ends the sign-in, and what was known of the secret", (_what, edit, made) => {
  const edited = editedReseller(authorized, edit, made, NOW);
  expect(edited).toMatchObject({ state: "NotAuthorized", ...edit, directoryId: made.directoryId });
  expect(edited).not.toHaveProperty("grant");
  expect(edited).not.toHaveProperty("secretVerifiedAt");
});

test("the values it has already change nothing", () => {
  const edit = { domain: authorized.domain, applicationId: authorized.applicationId };
  expect(editedReseller(authorized, edit, same, NOW)).toMatchObject({ state: "Authorized", grant: authorized.grant });
});

test.each([
  ["NotAuthorized", [true, false]],
  ["Authorized", [false, true]],
  ["Revoked", [false, true]],
  ["SecretInvalid", [false, false]],
] as const)("%s: whether it may be authorised, and re-authorised", (state, expected) => {
  const actions = allowedActions({ ...authorized, state });
  const of = (name: string): boolean | undefined => actions.find(({ action }) => action === name)?.allowed;
  expect([of("authorize"), of("reauthorize")]).toEqual(expected);
  expect(actions.every(({ allowed, reason }) => allowed === (reason === undefined))).toBe(true);
});
