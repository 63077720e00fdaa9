import { createKeyVaultSecrets, type KeyVaultSecrets } from "../../../shared/secrets/key-vault-secrets";
import { fakeTime, type FakeTime } from "../partner-center/setup";
import { failure, startFakeVault, type FakeVault } from "./fake-vault";

let vault: FakeVault;
let time: FakeTime;
let secrets: KeyVaultSecrets;
beforeEach(async () => {
  vault = await startFakeVault();
  time = fakeTime();
  secrets = createKeyVaultSecrets({ client: vault.client, cacheTtlMs: 60_000, time });
});
afterEach(() => vault.close());

const reads = (): number => vault.seen().filter((line) => line.startsWith("GET /secrets/")).length;

test("a secret is read as it was written, with its end date in the vault", async () => {
  const expiresAt = new Date("2027-02-18T08:00:00Z");
  await secrets.set("reseller-1", "value", { expiresAt });
  expect(await secrets.get("reseller-1")).toBe("value");
  expect(vault.live.get("reseller-1")?.[0]).toMatchObject({ value: "value", exp: expiresAt.getTime() / 1000 });
});

test("what is not there, disabled or deleted is undefined", async () => {
  expect(await secrets.get("never")).toBeUndefined();
  await secrets.set("disabled", "value");
  vault.live.get("disabled")![0]!.enabled = false;
  expect(await secrets.get("disabled")).toBeUndefined();
  await secrets.set("deleted", "value");
  await secrets.destroy("deleted");
  expect(await secrets.get("deleted")).toBeUndefined();
});

test("not being allowed to read is an outage of ours, not a missing secret", async () => {
  vault.refuse(failure(403, "Forbidden", "ForbiddenByRbac"));
  await expect(secrets.get("reseller-1")).rejects.toMatchObject({ kind: "unavailable", code: "secretsForbidden" });
});

test.each([429, 500, 503])("a vault that answers %i is unavailable, with the seconds to wait", async (status) => {
  vault.refuse({ ...failure(status, "x"), headers: { "retry-after": "7" } });
  const expected = { kind: "unavailable", code: "secretsUnavailable", retryAfterSeconds: 7 };
  await expect(secrets.get("reseller-1")).rejects.toMatchObject(expected);
  await expect(secrets.set("reseller-1", "v")).rejects.toMatchObject(expected);
  await expect(secrets.destroy("reseller-1")).rejects.toMatchObject(expected);
});

describe("the memory", () => {
  beforeEach(() => secrets.set("reseller-1", "one"));

  test("answers for its time, then the vault is asked again", async () => {
    await secrets.get("reseller-1");
    time.advance(59_999);
    await secrets.get("RESELLER-1");
    expect(reads()).toBe(1);
    time.advance(1);
    await secrets.get("reseller-1");
    expect(reads()).toBe(2);
  });

  test("does not hold what is absent: it may be written any time", async () => {
    expect(await secrets.get("later")).toBeUndefined();
    await vault.client.setSecret("later", "value");
    expect(await secrets.get("later")).toBe("value");
  });

  test("lets callers at the same time share one read", async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => secrets.get("reseller-1")));
    expect(new Set(all)).toEqual(new Set(["one"]));
    expect(reads()).toBe(1);
  });

  test("forgets what is written or destroyed here, and can be passed by", async () => {
    await secrets.get("reseller-1");
    await secrets.set("reseller-1", "two");
    expect(await secrets.get("reseller-1")).toBe("two");
    await vault.client.setSecret("reseller-1", "three, by another instance");
    expect(await secrets.get("reseller-1")).toBe("two");
    expect(await secrets.refetch("reseller-1")).toBe("three, by another instance");
    expect(await secrets.get("reseller-1")).toBe("three, by another instance");
    await secrets.destroy("reseller-1");
    expect(await secrets.get("reseller-1")).toBeUndefined();
  });

  test("does not keep a value that was being read while it changed", async () => {
    const reading = secrets.get("reseller-1");
    await secrets.set("reseller-1", "two");
    await reading;
    expect(await secrets.get("reseller-1")).toBe("two");
  });
});

describe("destroying", () => {
  test("disables every version before it deletes", async () => {
    await secrets.set("reseller-1", "one");
    await secrets.set("reseller-1", "two");
    await secrets.destroy("reseller-1");
    expect(vault.deleted.get("reseller-1")?.map(({ enabled }) => enabled)).toEqual([false, false]);
    expect(vault.seen().slice(2)).toEqual([
      "GET /secrets/reseller-1/versions",
      "PATCH /secrets/reseller-1/{version}",
      "PATCH /secrets/reseller-1/{version}",
      "DELETE /secrets/reseller-1",
      // The SDK looks once whether it is gone; nobody waits for it.
      "GET /deletedsecrets/reseller-1",
    ]);
  });

  test("what is not there, or is destroyed already, is fine", async () => {
    await expect(secrets.destroy("never")).resolves.toBeUndefined();
    await secrets.set("reseller-1", "one");
    await secrets.destroy("reseller-1");
    await expect(secrets.destroy("reseller-1")).resolves.toBeUndefined();
  });
});

describe("a name that belongs to a deleted secret", () => {
  beforeEach(async () => {
    await secrets.set("reseller-1", "old");
    await secrets.destroy("reseller-1");
  });

  test("is recovered by set, and only the new version can be read", async () => {
    await secrets.set("reseller-1", "new");
    expect(await secrets.get("reseller-1")).toBe("new");
    expect(vault.live.get("reseller-1")?.map(({ value, enabled }) => [value, enabled])).toEqual([
      ["old", false],
      ["new", true],
    ]);
  });

  test("is left alone by replace, so a late token refresh brings nothing back", async () => {
    expect(await secrets.replace("reseller-1", "new")).toBe(false);
    expect(vault.live.has("reseller-1")).toBe(false);
  });
});

test("replace writes a new version of a secret that is there", async () => {
  await secrets.set("reseller-1", "one");
  expect(await secrets.replace("reseller-1", "two")).toBe(true);
  expect(await secrets.get("reseller-1")).toBe("two");
});
