import type { SecretClient } from "@azure/keyvault-secrets";
import type { KeyVault, KeyVaultOptions } from "../../../local/key-vault/start-key-vault";
import { startKeyVault } from "../../../local/key-vault/start-key-vault";
import { VirtualClock } from "../../../local/virtual-clock";
import { clientOf, collect } from "./vault-client";

const DAY_MS = 86_400_000;
let clock: VirtualClock;
let vault: KeyVault;
let client: SecretClient;

async function start(options: KeyVaultOptions = {}): Promise<void> {
  clock = new VirtualClock({ start: new Date("2026-01-05T08:00:00Z"), running: false });
  vault = await startKeyVault({ clock, ...options });
  client = clientOf(vault);
}
afterEach(() => vault.close());

async function deleteSecret(name: string): Promise<void> {
  const poller = await client.beginDeleteSecret(name, { intervalInMs: 5 });
  await poller.pollUntilDone();
}

test("a deleted secret is gone from the list, and waits among the deleted with the date of its purge", async () => {
  await start();
  await client.setSecret("token", "one");
  await deleteSecret("token");
  await expect(client.getSecret("token")).rejects.toMatchObject({ statusCode: 404, code: "SecretNotFound" });
  expect(await collect(client.listPropertiesOfSecrets())).toEqual([]);
  expect(await collect(client.listDeletedSecrets())).toMatchObject([{ name: "token" }]);
  const deleted = await client.getDeletedSecret("token");
  expect(deleted.properties).toMatchObject({
    recoveryId: `${vault.url}/deletedsecrets/token`,
    deletedOn: clock.now(),
    scheduledPurgeDate: new Date(clock.nowMs() + 90 * DAY_MS),
  });
  expect(deleted.value).toBeUndefined();
});

test("the name of a deleted secret cannot be used again", async () => {
  await start();
  await client.setSecret("token", "one");
  await deleteSecret("token");
  await expect(client.setSecret("token", "two")).rejects.toMatchObject({
    statusCode: 409,
    code: "Conflict",
    details: { error: { innerError: { code: "ObjectIsDeletedButRecoverable" } } },
  });
});

test("a recovered secret has all its versions back", async () => {
  await start();
  const first = await client.setSecret("token", "one");
  await client.setSecret("token", "two");
  await deleteSecret("token");
  const recovered = await (await client.beginRecoverDeletedSecret("token", { intervalInMs: 5 })).pollUntilDone();
  expect(recovered.name).toBe("token");
  expect((await client.getSecret("token")).value).toBe("two");
  expect((await client.getSecret("token", { version: first.properties.version! })).value).toBe("one");
  expect(await collect(client.listDeletedSecrets())).toEqual([]);
});

test("a purged secret is gone for good, and its name is free; what it held can still be inspected", async () => {
  await start();
  await client.setSecret("token", "one");
  await deleteSecret("token");
  await client.purgeDeletedSecret("token");
  await expect(client.getDeletedSecret("token")).rejects.toMatchObject({ statusCode: 404 });
  await client.setSecret("token", "two");
  expect(await collect(client.listPropertiesOfSecretVersions("token"))).toHaveLength(1);
  expect(vault.everStored().map(({ value }) => value)).toEqual(["one", "two"]);
});

test("with purge protection nobody purges before the retention ends", async () => {
  await start({ purgeProtection: true, retentionDays: 7 });
  const { properties } = await client.setSecret("token", "one");
  expect(properties).toMatchObject({ recoveryLevel: "CustomizedRecoverable", recoverableDays: 7 });
  await deleteSecret("token");
  await expect(client.purgeDeletedSecret("token")).rejects.toMatchObject({
    statusCode: 403,
    message: expect.stringContaining("purge protection is enabled") as string,
  });
  await clock.advance(7 * DAY_MS - 1000);
  await expect(client.setSecret("token", "two")).rejects.toMatchObject({ statusCode: 409 });
  await clock.advance(1000);
  expect(await collect(client.listDeletedSecrets())).toEqual([]);
  expect((await client.setSecret("token", "two")).value).toBe("two");
});

test("what was never deleted can be neither purged nor recovered", async () => {
  await start();
  await expect(client.purgeDeletedSecret("token")).rejects.toMatchObject({ statusCode: 404 });
  await expect(client.beginRecoverDeletedSecret("token")).rejects.toMatchObject({ statusCode: 404 });
});
