import type { SecretClient } from "@azure/keyvault-secrets";
import type { KeyVault } from "../../../local/key-vault/start-key-vault";
import { startKeyVault } from "../../../local/key-vault/start-key-vault";
import { VirtualClock } from "../../../local/virtual-clock";
import { clientOf, collect } from "./vault-client";

const start = new Date("2026-01-05T08:00:00Z");
let clock: VirtualClock;
let vault: KeyVault;
let client: SecretClient;

beforeAll(async () => {
  clock = new VirtualClock({ start, running: false });
  vault = await startKeyVault({ clock });
  client = clientOf(vault);
});
afterAll(() => vault.close());
beforeEach(() => vault.reset());

/** Lists of the SDK leave the service's message out of their errors, so the code tells the cases apart. */
const refusal = (statusCode: number, code: string, innerCode?: string): object => ({
  statusCode,
  code,
  ...(innerCode === undefined ? {} : { details: { error: { innerError: { code: innerCode } } } }),
});

describe("values", () => {
  test("a secret is read as it was written, with its dates in the time of the vault's clock", async () => {
    const expiresOn = new Date("2026-04-05T08:00:00Z");
    const notBefore = new Date("2026-01-01T00:00:00Z");
    const written = await client.setSecret("pc-refresh", "värde €", {
      contentType: "text/plain",
      tags: { tenantId: "contoso" },
      expiresOn,
      notBefore,
    });
    const read = await client.getSecret("pc-refresh");
    expect(read).toEqual(written);
    expect(read.value).toBe("värde €");
    expect(read.properties).toMatchObject({
      name: "pc-refresh",
      vaultUrl: vault.url,
      contentType: "text/plain",
      tags: { tenantId: "contoso" },
      enabled: true,
      recoveryLevel: "Recoverable+Purgeable",
      recoverableDays: 90,
      ...{ expiresOn, notBefore, createdOn: clock.now(), updatedOn: clock.now() },
    });
    expect(read.properties.version).toMatch(/^[0-9a-f]{32}$/);
  });

  test("a second write makes a new version; the old one stays readable", async () => {
    const first = await client.setSecret("token", "one");
    await clock.advance(60_000);
    const second = await client.setSecret("token", "two");
    expect((await client.getSecret("token")).value).toBe("two");
    expect((await client.getSecret("token", { version: first.properties.version! })).value).toBe("one");
    const versions = await collect(client.listPropertiesOfSecretVersions("token"));
    expect(versions.map(({ version }) => version).sort()).toEqual(
      [first, second].map(({ properties }) => properties.version).sort(),
    );
    expect(second.properties.createdOn!.getTime() - first.properties.createdOn!.getTime()).toBe(60_000);
  });

  test("names do not depend on upper and lower case", async () => {
    await client.setSecret("Token", "one");
    expect((await client.getSecret("tOKEN")).value).toBe("one");
    await client.setSecret("token", "two");
    expect((await collect(client.listPropertiesOfSecrets())).map(({ name }) => name)).toEqual(["Token"]);
  });

  test("an expired secret can still be read: its date is only information", async () => {
    await client.setSecret("token", "one", { expiresOn: new Date(clock.nowMs() + 1000) });
    await clock.advance(2000);
    expect((await client.getSecret("token")).value).toBe("one");
    expect(vault.everStored()).toMatchObject([{ name: "token", expired: true }]);
  });
});

describe("properties", () => {
  test("properties of one version are changed without touching its value or the others", async () => {
    const first = await client.setSecret("token", "one", { tags: { a: "1", b: "2" }, contentType: "text/plain" });
    const second = await client.setSecret("token", "two");
    await clock.advance(5000);
    const expiresOn = new Date("2027-01-01T00:00:00Z");
    const version = first.properties.version!;
    const changed = await client.updateSecretProperties("token", version, { expiresOn, tags: { a: "3" } });
    expect(changed).toMatchObject({ expiresOn, tags: { a: "3" }, contentType: "text/plain", enabled: true, version });
    expect(changed.tags).toEqual({ a: "3" });
    expect(changed.updatedOn!.getTime() - changed.createdOn!.getTime()).toBe(5000);
    expect((await client.getSecret("token", { version })).value).toBe("one");
    expect((await client.getSecret("token")).properties).toEqual(second.properties);
  });

  test("a disabled version cannot be read until it is enabled again, and the newest version is the one that counts", async () => {
    const first = await client.setSecret("token", "one");
    const second = await client.setSecret("token", "two", { enabled: false });
    const disabled = refusal(403, "Forbidden", "SecretDisabled");
    await expect(client.getSecret("token")).rejects.toMatchObject(disabled);
    expect((await client.getSecret("token", { version: first.properties.version! })).value).toBe("one");
    await client.updateSecretProperties("token", second.properties.version!, { enabled: true });
    expect((await client.getSecret("token")).value).toBe("two");
  });
});

describe("lists", () => {
  const many = Array.from({ length: 60 }, (_, index) => `secret-${String(index).padStart(2, "0")}`);

  test("all secrets are listed over several pages, without their values", async () => {
    for (const name of many) await client.setSecret(name, "x");
    const listed = await collect(client.listPropertiesOfSecrets());
    expect(listed.map(({ name }) => name)).toEqual(many);
    expect(listed.some((one) => "value" in one)).toBe(false);
    const pages = await collect(client.listPropertiesOfSecrets().byPage());
    expect(pages.map(({ length }) => length)).toEqual([25, 25, 10]);
  });

  test("a smaller page can be asked for, and what is deleted between two pages hides nothing", async () => {
    for (const name of many.slice(0, 5)) await client.setSecret(name, "x");
    const pages = client.listPropertiesOfSecrets().byPage({ maxPageSize: 2 });
    const found: string[][] = [];
    for await (const page of pages) {
      found.push(page.map(({ name }) => name));
      if (found.length === 1) await client.beginDeleteSecret("secret-00", { intervalInMs: 5 });
    }
    expect(found).toEqual([["secret-00", "secret-01"], ["secret-02", "secret-03"], ["secret-04"]]);
  });

  test("a page of more than 25 is refused", async () => {
    const pages = client.listPropertiesOfSecrets().byPage({ maxPageSize: 26 });
    await expect(pages.next()).rejects.toMatchObject(refusal(400, "BadParameter"));
  });
});

describe("refusals", () => {
  test("an unknown secret, an unknown version and the versions of an unknown secret are not found", async () => {
    await client.setSecret("token", "one");
    const notFound = refusal(404, "SecretNotFound");
    await expect(client.getSecret("other")).rejects.toMatchObject(notFound);
    await expect(client.getSecret("token", { version: "0".repeat(32) })).rejects.toMatchObject(notFound);
    await expect(collect(client.listPropertiesOfSecretVersions("other"))).rejects.toMatchObject(notFound);
    await expect(client.beginDeleteSecret("other")).rejects.toMatchObject(notFound);
  });

  test.each(["bad_name", "bad.name", "ü", "x".repeat(128)])("the name %s is refused", async (name) => {
    const refused = client.setSecret(name, "x");
    await expect(refused).rejects.toMatchObject(refusal(400, "BadParameter"));
    expect(vault.everStored()).toEqual([]);
  });

  test("a value of 25 KB is stored, one byte more is refused", async () => {
    await client.setSecret("large", "x".repeat(25_600));
    expect((await client.getSecret("large")).value).toHaveLength(25_600);
    const tooLarge = refusal(400, "BadParameter");
    await expect(client.setSecret("large", `${"x".repeat(25_599)}ü`)).rejects.toMatchObject(tooLarge);
  });

  test("more than 15 tags are refused", async () => {
    const tags = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`tag${index}`, "x"]));
    await expect(client.setSecret("token", "x", { tags })).rejects.toMatchObject(refusal(400, "BadParameter"));
  });

  test("a request without api-version, or with a body that is no JSON, is a bad parameter", async () => {
    const headers = { authorization: "Bearer any", "content-type": "application/json" };
    const withoutVersion = await fetch(`${vault.url}/secrets`, { headers });
    const noJson = await fetch(`${vault.url}/secrets/a?api-version=7.5`, { method: "PUT", headers, body: "{" });
    for (const response of [withoutVersion, noJson]) {
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: "BadParameter" } });
    }
  });
});
