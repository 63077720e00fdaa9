import { randomBytes } from "node:crypto";
import { SecretClient } from "@azure/keyvault-secrets";
import { startUpstream, type Reply, type SeenRequest, type Upstream } from "../partner-center/upstream";

interface Version {
  id: string;
  value: string;
  enabled: boolean;
  exp: number | undefined;
}

export interface FakeVault {
  client: SecretClient;
  live: Map<string, Version[]>;
  deleted: Map<string, Version[]>;
  /** Method and path of what was asked, in order. */
  seen(): string[];
  /** Answers the next requests in place of the vault. */
  refuse(reply: Reply | undefined): void;
  close(): Promise<void>;
}

/** The little of Key Vault's HTTP API that the adapter uses, for the real SDK to talk to. */
export async function startFakeVault(): Promise<FakeVault> {
  const live = new Map<string, Version[]>();
  const deleted = new Map<string, Version[]>();
  let refusal: Reply | undefined;
  const upstream: Upstream = await startUpstream((request) => {
    if (!request.headers.authorization) {
      const challenge = 'Bearer authorization="https://login.example/t", resource="https://vault.azure.net"';
      return { status: 401, headers: { "www-authenticate": challenge } };
    }
    return refusal ?? answer(request);
  });

  const shown = (name: string, version: Version): Record<string, unknown> => ({
    id: `${upstream.url}/secrets/${name}/${version.id}`,
    value: version.value,
    attributes: { enabled: version.enabled, created: 1, updated: 1, exp: version.exp },
  });

  function answer({ method, path, body }: SeenRequest): Reply {
    const [, kind, name = "", part] = path.split("/");
    const versions = live.get(name);
    if (kind === "deletedsecrets") return answerDeleted(name, part);
    if (method === "PUT") return put(name, JSON.parse(body) as { value: string; attributes?: { exp?: number } });
    if (!versions) return failure(404, "SecretNotFound");
    if (method === "DELETE") {
      live.delete(name);
      deleted.set(name, versions);
      return { body: { ...shown(name, versions[0]!), recoveryId: `${upstream.url}/deletedsecrets/${name}` } };
    }
    if (part === "versions") return { body: { value: versions.map((version) => shown(name, version)) } };
    const version = part ? versions.find(({ id }) => id === part) : versions.at(-1);
    if (!version) return failure(404, "SecretNotFound");
    if (method === "PATCH")
      version.enabled = (JSON.parse(body) as { attributes: { enabled: boolean } }).attributes.enabled;
    else if (!version.enabled) return failure(403, "Forbidden", "SecretDisabled");
    return { body: shown(name, version) };
  }

  function put(name: string, asked: { value: string; attributes?: { exp?: number } }): Reply {
    if (deleted.has(name)) return failure(409, "Conflict", "ObjectIsDeletedButRecoverable");
    const version = {
      id: randomBytes(16).toString("hex"),
      value: asked.value,
      enabled: true,
      exp: asked.attributes?.exp,
    };
    live.set(name, [...(live.get(name) ?? []), version]);
    return { body: shown(name, version) };
  }

  function answerDeleted(name: string, part: string | undefined): Reply {
    const versions = deleted.get(name);
    if (!versions) return failure(404, "SecretNotFound");
    if (part === "recover") {
      deleted.delete(name);
      live.set(name, versions);
    }
    return { body: { ...shown(name, versions[0]!), recoveryId: `${upstream.url}/deletedsecrets/${name}` } };
  }

  const credential = { getToken: () => Promise.resolve({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }) };
  return {
    live,
    deleted,
    client: new SecretClient(upstream.url, credential, {
      allowInsecureConnection: true,
      disableChallengeResourceVerification: true,
      retryOptions: { maxRetries: 0 },
    }),
    seen: () =>
      upstream.requests
        .filter(({ headers }) => headers.authorization)
        .map(({ method, path }) => `${method} ${path.replace(/\/[0-9a-f]{32}$/, "/{version}")}`),
    refuse(reply) {
      refusal = reply;
    },
    close: () => upstream.close(),
  };
}

export function failure(status: number, code: string, inner?: string): Reply {
  return { status, body: { error: { code, message: "no", ...(inner ? { innererror: { code: inner } } : {}) } } };
}
