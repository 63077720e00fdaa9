/**
 * A client of its own process, because Node reads NODE_EXTRA_CA_CERTS only when it starts. Arguments: endpoint and token.
 * Prints what it found, or the refusal.
 */
const { TableClient } = require("@azure/data-tables");

const [url, token] = process.argv.slice(2);
const scopes = [];
const credential = {
  getToken: async (scope) => {
    scopes.push(scope);
    return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
  },
};

async function main() {
  const table = new TableClient(url, "seats", credential, { retryOptions: { maxRetries: 0 } });
  await table.createTable();
  await table.createEntity({ partitionKey: "contoso", rowKey: "a", seats: 25 });
  const { seats } = await table.getEntity("contoso", "a");
  return { seats, scopes: [...new Set(scopes.flat())] };
}

main().then(
  (found) => process.stdout.write(JSON.stringify(found)),
  ({ code, statusCode, message }) => process.stdout.write(JSON.stringify({ code, statusCode, message })),
);
