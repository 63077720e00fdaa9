import { SecretClient } from "@azure/keyvault-secrets";
import net from "node:net";
import type { AddressInfo } from "node:net";
import type { KeyVault } from "../../../local/key-vault/start-key-vault";
import { startKeyVault } from "../../../local/key-vault/start-key-vault";
import { PortInUseError } from "../../../local/stand-in";
import { clientOf, collect, fixedCredential, insecure } from "./vault-client";

let vault: KeyVault;
beforeEach(async () => {
  vault = await startKeyVault();
});
afterEach(() => vault.close());

const control = (path: string, method = "GET", body?: object): Promise<Response> =>
  fetch(`${vault.url}/_control/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });

describe("the token", () => {
  test("the challenge names the resource and the tenant the client asks a token for", async () => {
    const authorizationUrl = "https://login.example/11111111-1111-1111-1111-111111111111";
    const other = await startKeyVault({ authorizationUrl });
    const credential = fixedCredential();
    await new SecretClient(other.url, credential, insecure).setSecret("token", "one");
    expect(credential.asked).toEqual([
      { scopes: ["https://vault.azure.net/.default"], tenantId: "11111111-1111-1111-1111-111111111111" },
    ]);
    await other.close();
  });

  test("a request without a token is answered with the challenge", async () => {
    const response = await fetch(`${vault.url}/secrets?api-version=7.5`);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(
      /^Bearer authorization="https:\/\/[^"]+", resource="https:\/\/vault\.azure\.net"$/,
    );
    expect(await response.json()).toMatchObject({ error: { code: "Unauthorized" } });
  });

  test("a token that the check refuses gets no secret", async () => {
    const picky = await startKeyVault({
      verifyToken: async (token) => {
        await Promise.resolve();
        if (token !== "good") throw new Error("It is not good.");
      },
    });
    await new SecretClient(picky.url, fixedCredential("good"), insecure).setSecret("token", "one");
    await expect(clientOf(picky).getSecret("token")).rejects.toMatchObject({ statusCode: 401 });
    expect(picky.calls()).toEqual([{ operation: "setSecret", name: "token", status: 200 }]);
    await picky.close();
  });
});

describe("faults", () => {
  test("a throttled vault says when to come again, and the client does", async () => {
    await control("faults", "POST", { operation: "getSecret", status: 429, retryAfterSeconds: 0, times: 2 });
    const client = clientOf(vault, { retryOptions: { maxRetries: 3 } });
    await client.setSecret("token", "one");
    expect((await client.getSecret("token")).value).toBe("one");
    expect(vault.calls().map(({ operation, status }) => `${operation} ${status}`)).toEqual([
      "setSecret 200",
      "getSecret 429",
      "getSecret 429",
      "getSecret 200",
    ]);
  });

  test.each([
    [403, "Forbidden"],
    [429, "Throttled"],
    [500, "InternalServerError"],
    [503, "ServiceUnavailable"],
  ])("a fault with status %i has the code %s and meets only its operation and secret", async (status, code) => {
    await control("faults", "POST", { operation: "getSecret", name: "token", status });
    const client = clientOf(vault);
    await client.setSecret("token", "one");
    await client.setSecret("other", "two");
    expect((await client.getSecret("other")).value).toBe("two");
    await expect(client.getSecret("token")).rejects.toMatchObject({ statusCode: status, code });
    expect((await client.getSecret("token")).value).toBe("one");
  });

  test("an answer can be lost after the write was done", async () => {
    vault.addFault({ operation: "setSecret", status: 503, afterApplying: true });
    const client = clientOf(vault);
    await expect(client.setSecret("token", "one")).rejects.toMatchObject({ statusCode: 503 });
    expect((await client.getSecret("token")).value).toBe("one");
  });

  test("a fault without a count lasts until it is cleared", async () => {
    vault.addFault({ status: 503, times: null });
    const client = clientOf(vault);
    for (const _ of [1, 2, 3]) {
      await expect(collect(client.listPropertiesOfSecrets())).rejects.toMatchObject({ statusCode: 503 });
    }
    expect((await control("faults", "DELETE")).status).toBe(204);
    expect(await collect(client.listPropertiesOfSecrets())).toEqual([]);
  });

  test("an impossible fault is refused with the reason", async () => {
    const response = await control("faults", "POST", { operation: "getSecrets", status: 418 });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: expect.stringMatching(/operation[^]*|status/) as string });
    expect(await (await control("faults")).json()).toEqual({ faults: [] });
  });
});

describe("inspection", () => {
  test("every value that was ever stored, and every call, can be read from another process", async () => {
    const client = clientOf(vault);
    await client.setSecret("token", "one", { tags: { tenantId: "contoso" } });
    await client.setSecret("token", "two");
    const { secrets } = (await (await control("secrets")).json()) as { secrets: object[] };
    expect(secrets).toMatchObject([
      { name: "token", value: "one", enabled: true, expired: false, tags: { tenantId: "contoso" } },
      { name: "token", value: "two" },
    ]);
    expect(await (await control("calls")).json()).toEqual({
      calls: [
        { operation: "setSecret", name: "token", status: 200 },
        { operation: "setSecret", name: "token", status: 200 },
      ],
    });
  });

  test("a reset forgets secrets, faults and calls", async () => {
    const client = clientOf(vault);
    await client.setSecret("token", "one");
    vault.addFault({ status: 500, times: null });
    expect((await control("reset", "POST")).status).toBe(204);
    await expect(client.getSecret("token")).rejects.toMatchObject({ statusCode: 404 });
    expect(vault.everStored()).toEqual([]);
    expect(vault.calls()).toEqual([{ operation: "getSecret", name: "token", status: 404 }]);
  });
});

test("a port in use is named", async () => {
  const taken = net.createServer();
  await new Promise<void>((listening) => taken.listen(0, "127.0.0.1", listening));
  const { port } = taken.address() as AddressInfo;
  try {
    await expect(startKeyVault({ port })).rejects.toThrow(new PortInUseError("key vault", port));
  } finally {
    await new Promise((closed) => taken.close(closed));
  }
});
