import path from "node:path";
import { fileURLToPath } from "node:url";
import { absentAsUndefined, az, graph, whenItIsThere, withPrivateFile } from "./azure-cli.mjs";

const TEMPLATE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../infra/tenant-app-secret.bicep");
const PARAMETERS_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";
/** Credentials with this name are ours to remove; others are left alone. */
const CREDENTIAL_NAME = "csp-marketplace";
const DAY_SECONDS = 86_400;
const RENEW_DAYS_BEFORE = 45;

/**
 * Sees to it that the vault holds a secret of the tenant app which does not end soon. The value goes from Graph into the
 * vault, and nowhere else. The credential before is kept until the next renewal, because running instances still hold it;
 * any other of ours, such as one that a run made and could not store, is removed.
 */
export async function ensureTenantAppSecret({ objectId, vault, secretName, days, renew, now, say }) {
  const stored = readStored(vault, secretName);
  const secondsLeft = (stored?.expiresAt ?? 0) - now.getTime() / 1000;
  const isKnown = credentialsOf(objectId).some(({ keyId }) => keyId === stored?.keyId);
  const isGood = isKnown && stored.enabled === true && secondsLeft > RENEW_DAYS_BEFORE * DAY_SECONDS;
  let keep = [stored?.keyId, stored?.previousKeyId];
  if (!isGood || renew) {
    const expiresAt = Math.floor(now.getTime() / 1000) + days * DAY_SECONDS;
    const credential = await whenItIsThere(() => addPassword(objectId, expiresAt));
    const previousKeyId = stored?.keyId ?? "";
    // Should this fail, it may have happened all the same: what was not stored is removed by the next run.
    store(vault, secretName, { credential, expiresAt, previousKeyId });
    keep = [credential.keyId, previousKeyId];
    say(`${secretName}: a new secret lies in the vault ${vault.name}, until ${day(expiresAt)}`);
  }
  for (const { keyId, displayName } of credentialsOf(objectId)) {
    if (displayName !== CREDENTIAL_NAME || keep.includes(keyId)) continue;
    graph("post", `applications/${objectId}/removePassword`, { keyId });
    say(`${secretName}: a credential that nobody uses any more is removed`);
  }
}

/** What Resource Manager knows of the secret: never its value. */
function readStored({ subscriptionId, resourceGroup, name }, secretName) {
  const vault =
    `https://management.azure.com/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}` +
    `/providers/Microsoft.KeyVault/vaults/${name}`;
  const read = (what, address) =>
    az(`Reading ${what}`, ["rest", "--method", "get", "--url", `${address}?api-version=2026-02-01`]);
  // A vault that is not there must not look like one without the secret.
  read(`the vault ${name}`, vault);
  const found = absentAsUndefined(() => read(secretName, `${vault}/secrets/${secretName}`));
  if (!found) return undefined;
  const { attributes = {} } = found.properties;
  return { ...found.tags, enabled: attributes.enabled, expiresAt: attributes.exp };
}

function credentialsOf(objectId) {
  return graph("get", `applications/${objectId}?$select=passwordCredentials`).passwordCredentials;
}

function addPassword(objectId, expiresAt) {
  const passwordCredential = { displayName: CREDENTIAL_NAME, endDateTime: new Date(expiresAt * 1000).toISOString() };
  return graph("post", `applications/${objectId}/addPassword`, { passwordCredential });
}

function store({ subscriptionId, resourceGroup, name }, secretName, { credential, expiresAt, previousKeyId }) {
  const values = {
    keyVaultName: name,
    ...{ secretName, expiresAt, previousKeyId },
    value: credential.secretText,
    keyId: credential.keyId,
  };
  const parameters = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }]));
  const deployment = ["deployment", "group", "create", "--name", "tenant-app-secret", "--template-file", TEMPLATE];
  const where = ["--subscription", subscriptionId, "--resource-group", resourceGroup];
  withPrivateFile({ $schema: PARAMETERS_SCHEMA, contentVersion: "1.0.0.0", parameters }, (file) =>
    az(`Storing ${secretName}`, [...deployment, ...where, "--parameters", `@${file}`]),
  );
}

function day(seconds) {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
