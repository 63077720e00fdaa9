import { startEntra, type Entra } from "../../../local/entra/entra";
import { VirtualClock } from "../../../local/virtual-clock";
import { appForm, browse, claimsOf, token } from "./client";
import { cspApp, customer, graph, partnerCenter, redirectUri, seed, singleTenantApp } from "./world";

let entra: Entra;

beforeAll(async () => {
  entra = await startEntra({ seed, clock: new VirtualClock({ running: false }) });
});
beforeEach(() => entra.reset());
afterAll(() => entra.close());

function consentUrl(path = `${customer}/v2.0/adminconsent`, changes: Record<string, string> = {}): string {
  const parameters = {
    client_id: cspApp,
    scope: `${graph}/.default`,
    redirect_uri: redirectUri,
    state: "s t&te",
    ...changes,
  };
  return `${entra.url}/${path}?${new URLSearchParams(parameters).toString()}`;
}

const owner = "owner@customer.test";

test("an administrator lets the app in, and app-only tokens work there from then on", async () => {
  expect((await token(entra, customer, appForm())).body["error_codes"]).toEqual([7000229]);
  expect((await browse(consentUrl())).html).toContain(owner);
  const page = await browse(consentUrl(), { account: owner });
  expect(page.html).toContain("review for your organization");
  const { location } = await browse(consentUrl(), { account: owner, consent: "accept" });
  expect(Object.fromEntries(location!.searchParams)).toEqual({
    admin_consent: "True",
    tenant: customer,
    scope: `${graph}/.default`,
    state: "s t&te",
  });
  const { body } = await token(entra, customer, appForm());
  expect(claimsOf(body)["roles"]).toEqual(["Organization.Read.All", "LicenseAssignment.Read.All"]);
});

test("at organizations the account decides which directory it is", async () => {
  const url = consentUrl("organizations/v2.0/adminconsent");
  const { location } = await browse(url, { account: owner, consent: "accept" });
  expect(location?.searchParams.get("tenant")).toBe(customer);
  expect((await token(entra, customer, appForm())).status).toBe(200);
});

test("the older page grants what the registration lists, and names no scope", async () => {
  const { location } = await browse(consentUrl(`${customer}/adminconsent`), { account: owner, consent: "accept" });
  expect(Object.fromEntries(location!.searchParams)).toEqual({
    admin_consent: "True",
    tenant: customer,
    state: "s t&te",
  });
  const { body } = await token(entra, customer, appForm());
  expect(claimsOf(body)["roles"]).toHaveLength(2);
});

test("only what was named is granted", async () => {
  const url = consentUrl(undefined, { scope: `${graph}/Organization.Read.All ${partnerCenter}/user_impersonation` });
  await browse(url, { account: owner, consent: "accept" });
  const { body } = await token(entra, customer, appForm());
  expect(claimsOf(body)["roles"]).toEqual(["Organization.Read.All"]);
});

test("an administrator may decline, and nothing is granted", async () => {
  const { location } = await browse(consentUrl(), { account: owner, consent: "decline" });
  expect(location?.searchParams.get("error")).toBe("access_denied");
  expect(location?.searchParams.get("error_description")).toContain("AADSTS65004");
  expect(location?.searchParams.get("state")).toBe("s t&te");
  expect((await token(entra, customer, appForm())).status).toBe(401);
});

test("somebody else has no permission to grant", async () => {
  const { location } = await browse(consentUrl(), { account: "staff@customer.test", consent: "accept" });
  expect(location?.searchParams.get("error")).toBe("permission_denied");
  expect(location?.searchParams.get("state")).toBe("s t&te");
  expect((await token(entra, customer, appForm())).status).toBe(401);
});

test("a wrong address or a single-tenant app is refused on a page", async () => {
  const wrongAddress = await browse(consentUrl(undefined, { redirect_uri: "https://evil.example/" }));
  expect(wrongAddress).toMatchObject({ status: 400, location: undefined });
  expect(wrongAddress.html).toContain("AADSTS50011");
  const singleTenant = await browse(consentUrl(undefined, { client_id: singleTenantApp }));
  expect(singleTenant.html).toContain("AADSTS700016");
  const otherAdmin = await browse(consentUrl(), { account: "agent@reseller.test", consent: "accept" });
  expect(otherAdmin.html).toContain("AADSTS50020");
});

test("an unknown resource is sent back to the app", async () => {
  const { location } = await browse(consentUrl(undefined, { scope: "https://nothing.example/.default" }));
  expect(location?.searchParams.get("error_description")).toContain("AADSTS500011");
});
