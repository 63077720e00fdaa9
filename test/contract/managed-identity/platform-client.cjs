/**
 * What the product does on Azure, unchanged: `DefaultAzureCredential` for the vault and for tables. A process of its own,
 * because Node reads NODE_EXTRA_CA_CERTS only when it starts. Arguments: addresses of the vault and of the tables.
 */
const { TableClient } = require("@azure/data-tables");
const { DefaultAzureCredential } = require("@azure/identity");
const { SecretClient } = require("@azure/keyvault-secrets");

const [vaultUrl, tablesUrl] = process.argv.slice(2);
const credential = new DefaultAzureCredential();
const once = { retryOptions: { maxRetries: 0 } };

async function main() {
  const vault = new SecretClient(vaultUrl, credential, { disableChallengeResourceVerification: true, ...once });
  await vault.setSecret("token", "one");
  const table = new TableClient(tablesUrl, "seats", credential, once);
  await table.createTable();
  await table.createEntity({ partitionKey: "contoso", rowKey: "a", seats: 25 });
  return { secret: (await vault.getSecret("token")).value, seats: (await table.getEntity("contoso", "a")).seats };
}

main().then(
  (found) => process.stdout.write(JSON.stringify(found)),
  ({ name, message }) => process.stdout.write(JSON.stringify({ name, message })),
);
