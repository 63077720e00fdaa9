import type { SecretVault } from "../../../../shared/domain/access/secret-vault";
import { addReseller, type AddResellerDeps } from "../../../../shared/domain/resellers/add-reseller";
import type { PartnerSignIn } from "../../../../shared/domain/resellers/partner-sign-in";
import { findReseller } from "../../../../shared/domain/resellers/find-reseller";
import { recordedLog } from "../../../fakes/recorded-log";
import { TENANT } from "../../../build/ids";
import { setup } from "../decisions/decision-setup";

const ASK = {
  displayName: "Larkspur Distribution",
  domain: "larkspur.example",
  applicationId: "30000000-0000-4000-8000-000000000001",
  applicationSecret: "a secret",
};
const request = (key: string): Parameters<typeof addReseller>[1] => ({
  actor: { kind: "user", id: "admin", name: "ada@msp.example", roles: ["Admin"], scope: { kind: "all" } },
  idempotency: { hash: key, bodyHash: "body" },
  correlationId: "correlation",
  clientIp: undefined,
});

function world() {
  const { deps, store, faults } = setup();
  const secrets = new Map<string, string>();
  const vault: SecretVault = {
    get: (name) => Promise.resolve(secrets.get(name)),
    set: (name, value) => Promise.resolve(void secrets.set(name, value)),
    destroy: (name) => Promise.resolve(void secrets.delete(name)),
  };
  const signIn: PartnerSignIn = {
    resolveDirectory: (domain) => Promise.resolve(domain === ASK.domain ? TENANT : undefined),
    authorizeUrl: () => "https://login.example",
    exchangeCode: () => Promise.reject(new Error("nobody signs in here")),
  };
  const all: AddResellerDeps = { ...deps, vault, signIn, log: recordedLog() };
  return { deps: all, store, faults, secrets };
}

test("a reseller is added with its secret in the vault and only the secret's name in the row", async () => {
  const { deps, secrets } = world();
  const { value } = await addReseller(deps, request("1"), ASK);
  expect(value).toMatchObject({ displayName: ASK.displayName, directoryId: TENANT, state: "NotAuthorized" });
  expect(secrets.get(value.applicationSecretName)).toBe("a secret");
  expect(JSON.stringify(value)).not.toContain("a secret");
});

test("a repeated request answers the first reseller, and leaves one secret", async () => {
  const { deps, secrets } = world();
  const first = await addReseller(deps, request("1"), ASK);
  const again = await addReseller(deps, request("1"), ASK);
  expect(again.value.id).toBe(first.value.id);
  expect([...secrets.keys()]).toEqual([first.value.applicationSecretName]);
});

test.each([
  ["a name that is taken", { applicationId: "another application" }],
  ["an application that is there already", { displayName: "Another name" }],
])("%s is refused, and leaves no secret behind", async (_name, differing) => {
  const { deps, secrets } = world();
  await addReseller(deps, request("1"), ASK);
  const second = addReseller(deps, request("2"), { ...ASK, ...differing });
  await expect(second).rejects.toMatchObject({ kind: "conflict", code: "duplicate" });
  expect(secrets.size).toBe(1);
});

test("an outage that hides the answer does not take the secret from a reseller that was stored", async () => {
  const { deps, store, faults, secrets } = world();
  const outage = (): Promise<never> => Promise.reject(new Error("storage is down"));
  const announces = <T>(commit: () => T): T => commit();
  faults.push(announces, outage, outage, async (commit) => {
    await commit();
    throw new Error("storage is down");
  });
  await expect(addReseller(deps, request("1"), ASK)).rejects.toThrow("storage is down");
  const row = [...store.dump("msp").keys()].find((key) => key.startsWith("reseller_"));
  const { value } = await findReseller(store, row?.slice("reseller_".length) as Parameters<typeof findReseller>[1]);
  expect(secrets.get(value.applicationSecretName)).toBe("a secret");
});

test("a domain that no directory owns is refused before anything is stored", async () => {
  const { deps, secrets } = world();
  const lost = addReseller(deps, request("1"), { ...ASK, domain: "nobody.example" });
  await expect(lost).rejects.toMatchObject({ code: "domainUnresolved" });
  expect(secrets.size).toBe(0);
});
