import { addResellerRoute, authorizeResellerRoute } from "../../shared/api/resellers";
import { createCustomerRoute } from "../../shared/api/customers";
import { createApiClient } from "../../shared/api/client";
import { listSubscriptionsRoute } from "../../shared/api/subscriptions";
import { connectTenantRoute } from "../../shared/api/connections";
import { startTenantConsentRoute } from "../../shared/api/tenant-consent";
import { addTenantRoute, registerTenantRoute } from "../../shared/api/tenants";
import { accessTokenOf } from "../../local/demo/access-token";
import { signInAt } from "../../local/demo/entra-browser";
import { cookieOf } from "../../local/demo/load-demo-data";
import { resellerApps } from "../../local/presets/demo-apps";
import { scaleTenants } from "../../local/presets/scale-tenants";
import { mspTenant, resellerTenants } from "../../local/presets/tenants";
import { endPrograms, startProgram } from "./platform-process";

jest.setTimeout(90_000);

afterAll(endPrograms);

test("with --scale 300 the simulator has 300 tenants and some 4,000 subscriptions, and they can be connected", async () => {
  const program = startProgram("start.js", ["--scale", "300"]);
  await program.says(/ready after/);
  const [, subscriptions] = await program.says(
    /Partner Center simulator .* [\d.]+ s +300 customers, (\d+) subscriptions/,
  );
  expect(Number(subscriptions)).toBeGreaterThan(3_600);
  expect(Number(subscriptions)).toBeLessThan(4_400);
  const [, entraUrl = ""] = await program.says(/Entra +(\S+)/);
  const [, apiUrl = ""] = await program.says(/API +(http\S+)\/api\/v1\/csp/);
  // The screen speaks of what there is: no demo data, and these customers.
  expect(program.output).toContain("The installation is empty");
  expect(program.output).toContain("300, from scale00001.onmicrosoft.com to scale00300.onmicrosoft.com");
  expect(program.output).not.toContain("muellermetallbau");

  const token = await accessTokenOf(entraUrl, `admin@${mspTenant.domain}`);
  const api = createApiClient({ baseUrl: apiUrl, token: () => Promise.resolve(token) });
  const { name, domain } = resellerTenants.nordlicht;
  const { appId, secret } = resellerApps.nordlicht;
  expect(program.output).toContain(`${domain}     application ${appId}, secret ${secret}`);
  const reseller = await api.call(addResellerRoute, {
    body: { displayName: name, domain, applicationId: appId, applicationSecret: secret },
  });
  const resellerId = reseller.body.id;
  const authorize = await api.call(authorizeResellerRoute, { params: { resellerId }, body: { returnTo: apiUrl } });
  await signInAt(authorize.body.authorizeUrl, { account: `admin@${domain}` }, cookieOf(authorize.headers));

  const tenant = scaleTenants(300).findLast(({ currency }) => currency === "EUR");
  if (!tenant) throw new Error("No tenant in euro was generated.");
  const { tenantId } = tenant;
  const customer = await api.call(createCustomerRoute, { body: { name: tenant.name } });
  await api.call(registerTenantRoute, {
    params: { customerId: customer.body.id },
    body: { domain: tenant.domain, displayName: tenant.name },
  });
  const consent = await api.call(startTenantConsentRoute, { params: { tenantId }, body: { returnTo: apiUrl } });
  await signInAt(consent.body.consentUrl, { account: `admin@${tenant.domain}` }, cookieOf(consent.headers));
  await api.call(addTenantRoute, { body: { tenantId } });
  await api.call(connectTenantRoute, { params: { tenantId }, body: { resellerId, cspCustomerId: tenantId } });
  const listed = await api.call(listSubscriptionsRoute, { params: { tenantId } });
  expect(listed.body.value.length).toBeGreaterThanOrEqual(10);
});
