/**
 * A client of its own process, because Node reads NODE_EXTRA_CA_CERTS only when it starts. Argument: the vault's address.
 * Prints what it read, or the refusal.
 */
const { SecretClient } = require("@azure/keyvault-secrets");

const credential = { getToken: async () => ({ token: "any", expiresOnTimestamp: Date.now() + 3_600_000 }) };
const client = new SecretClient(process.argv[2], credential, {
  disableChallengeResourceVerification: true,
  retryOptions: { maxRetries: 0 },
});

async function main() {
  await client.setSecret("token", "one");
  const { value, properties } = await client.getSecret("token");
  const listed = [];
  for await (const { name } of client.listPropertiesOfSecrets()) listed.push(name);
  return { value, vaultUrl: properties.vaultUrl, listed };
}

main().then(
  (found) => process.stdout.write(JSON.stringify(found)),
  ({ code, message }) => process.stdout.write(JSON.stringify({ code, message })),
);
