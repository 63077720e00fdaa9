/**
 * Registers the two applications of one installation in the directory of the MSP, with the Azure CLI (`az login` before). May be run
 * again at any time: it finishes what is missing and changes nothing that is as it should be.
 *
 *   node scripts/register-entra-apps.mjs --name prod [options]
 *
 *   --name           name of the installation (AZURE_ENV_NAME)
 *   --public-url     its address, as soon as it is known: redirect addresses lead there (CUSTOM_URL, APP_URL)
 *   --vault          the vault that takes the tenant app's secret (KEY_VAULT_NAME), with
 *   --resource-group its resource group (AZURE_RESOURCE_GROUP)
 *   --redirect-uri   where browsers come back to after signing in to the API; may be repeated
 *   --allow-azure-cli lets people get tokens with `az account get-access-token`
 *   --secret-days    how long a new secret lasts: 365
 *   --renew-secret   a new secret now; without it, 45 days before the old one ends
 *   --azd            keeps the ids in the azd environment; without it they are printed, as NAME=value
 *
 * Exit codes: 0 all is as it should be; 1 az refused, or an option is missing.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { applyRegistration } from "./entra/apply-registration.mjs";
import { az, AzureCliError, graph } from "./entra/azure-cli.mjs";
import { apiRegistration, GRAPH_PERMISSIONS, GRAPH_PRINCIPAL, tenantRegistration } from "./entra/registrations.mjs";
import { ensureTenantAppSecret } from "./entra/tenant-app-secret.mjs";

const SECRET_NAME = "tenant-app";
const { env } = process;
const options = {
  name: { type: "string", default: env.AZURE_ENV_NAME ?? "" },
  "public-url": { type: "string", default: env.CUSTOM_URL || env.APP_URL || "" },
  vault: { type: "string", default: env.KEY_VAULT_NAME ?? "" },
  "resource-group": { type: "string", default: env.AZURE_RESOURCE_GROUP ?? "" },
  "redirect-uri": { type: "string", multiple: true, default: [] },
  "allow-azure-cli": { type: "boolean", default: false },
  "secret-days": { type: "string", default: "365" },
  "renew-secret": { type: "boolean", default: false },
  azd: { type: "boolean", default: false },
};
/** For people; what a script reads goes to standard output. */
const say = (line) => console.error(`  ${line}`);

async function register(given) {
  const account = az("Asking who is signed in", ["account", "show"]);
  const wanted = env.MSP_TENANT_ID;
  if (wanted && wanted.toLowerCase() !== account.tenantId.toLowerCase())
    throw new UsageError(`az is signed in to directory ${account.tenantId}, and MSP_TENANT_ID is ${wanted}.`);
  const publicUrl = given["public-url"].replace(/\/+$/, "") || undefined;
  const api = await applyRegistration(
    apiRegistration(given.name, { redirectUris: given["redirect-uri"], allowAzureCli: given["allow-azure-cli"] }),
    say,
  );
  const tenants = await applyRegistration(
    tenantRegistration(given.name, { publicUrl, permissionIds: graphPermissionIds() }),
    say,
  );
  keep(given.azd, {
    MSP_TENANT_ID: account.tenantId,
    API_CLIENT_ID: api.appId,
    TENANT_APP_CLIENT_ID: tenants.appId,
    ...(env.FIRST_ADMIN_OBJECT_ID ? {} : { FIRST_ADMIN_OBJECT_ID: signedInPerson(account) }),
  });
  if (!given.vault) {
    say("There is no vault yet: run this again when there is, for the secret.");
    return;
  }
  const subscriptionId = env.AZURE_SUBSCRIPTION_ID ?? account.id;
  const vault = { subscriptionId, resourceGroup: given["resource-group"], name: given.vault };
  const days = Number(given["secret-days"]);
  const secret = { vault, secretName: SECRET_NAME, days, renew: given["renew-secret"] };
  await ensureTenantAppSecret({ ...secret, objectId: tenants.objectId, now: new Date(), say });
}

/** Graph names its own permissions; their ids are the same in every directory, and still looked up. */
function graphPermissionIds() {
  const { appRoles } = graph("get", GRAPH_PRINCIPAL);
  return GRAPH_PERMISSIONS.map((permission) => {
    const role = appRoles.find(({ value }) => value === permission);
    if (!role) throw new UsageError(`Microsoft Graph has no application permission ${permission} here.`);
    return role.id;
  });
}

/** Whoever deploys is the first Admin, unless somebody is named. */
function signedInPerson(account) {
  if (account.user.type !== "user")
    throw new UsageError("FIRST_ADMIN_OBJECT_ID has to be set: it is not a person who is signed in to az.");
  return az("Asking who is signed in", ["ad", "signed-in-user", "show"]).id;
}

function keep(azd, values) {
  for (const [name, value] of Object.entries(values)) {
    if (!azd) console.log(`${name}=${value}`);
    else if (env[name] !== value) setInAzd(name, value);
  }
}

function setInAzd(name, value) {
  const { status, stderr, error } = spawnSync("azd", ["env", "set", name, value], { encoding: "utf8" });
  if (status !== 0) throw new UsageError(`azd env set ${name} failed: ${error?.message ?? stderr}`);
  say(`azd environment: ${name} set`);
}

class UsageError extends Error {}

try {
  const { values } = parseArgs({ options });
  if (!values.name) throw new UsageError("--name, or AZURE_ENV_NAME, has to be given.");
  if (!(Number(values["secret-days"]) > 45)) throw new UsageError("--secret-days has to be a number above 45.");
  if (values.vault && !values["resource-group"]) throw new UsageError("--vault needs --resource-group.");
  await register(values);
} catch (error) {
  const isOurs = error instanceof AzureCliError || error instanceof UsageError || error.code?.startsWith("ERR_PARSE");
  if (!isOurs) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
