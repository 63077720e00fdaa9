import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Faults, Operation } from "./faults";
import { faultError } from "./faults";
import type { Journal } from "./journal";
import { NewSecret, parseBody, parseName, SecretUpdate } from "./secret-bodies";
import type { ListQuery, Vault } from "./secret-responses";
import { deletedBundle, deletedItem, newest, page, secretBundle, secretItem, versionItem } from "./secret-responses";
import type { SecretStore, VaultRules } from "./secret-store";
import { VaultError } from "./vault-error";

export interface SecretRoutes {
  store: SecretStore;
  rules: VaultRules;
  faults: Faults;
  journal: Journal;
}

interface Call {
  vault: Vault;
  name: string;
  version: string | undefined;
  body: unknown;
  query: ListQuery;
  /** This request's address without its query. */
  path: string;
}

interface Request {
  Params: { name?: string; version?: string };
  Querystring: ListQuery;
}

type Method = "GET" | "PUT" | "PATCH" | "POST" | "DELETE";

/** The secrets API of the vault, without its token check. */
export function addSecretRoutes(app: FastifyInstance, routes: SecretRoutes): void {
  const add = (method: Method, url: string, operation: Operation, answer: (call: Call) => object | undefined): void => {
    app.route<Request>({ method, url, handler: (request, reply) => run(routes, operation, answer, request, reply) });
  };
  addLiveSecrets(add, routes);
  addDeletedSecrets(add, routes);
}

type Add = (method: Method, url: string, operation: Operation, answer: (call: Call) => object | undefined) => void;

function addLiveSecrets(add: Add, { store, journal }: SecretRoutes): void {
  add("GET", "/secrets", "listSecrets", ({ vault, query, path }) => {
    return page(
      store.all(),
      ({ name }) => name,
      (secret) => secretItem(vault, secret),
      query,
      path,
    );
  });
  add("PUT", "/secrets/:name", "setSecret", ({ vault, name, body }) => {
    const [secret, version] = store.set(name, parseBody(NewSecret, body));
    journal.recordValue(secret.name, version);
    return secretBundle(vault, secret, version);
  });
  add("DELETE", "/secrets/:name", "deleteSecret", ({ vault, name }) => deletedBundle(vault, store.delete(name)));
  add("GET", "/secrets/:name/versions", "listVersions", ({ vault, name, query, path }) => {
    const secret = store.versionsOf(name);
    return page(
      secret.versions,
      ({ version }) => version,
      (one) => versionItem(vault, secret, one),
      query,
      path,
    );
  });
  for (const url of ["/secrets/:name", "/secrets/:name/:version"]) {
    add("GET", url, "getSecret", ({ vault, name, version }) => secretBundle(vault, ...store.get(name, version)));
    add("PATCH", url, "updateSecretProperties", ({ vault, name, version, body }) => {
      return versionItem(vault, ...store.update(name, version, parseBody(SecretUpdate, body)));
    });
  }
}

function addDeletedSecrets(add: Add, { store }: SecretRoutes): void {
  add("GET", "/deletedsecrets", "listDeletedSecrets", ({ vault, query, path }) => {
    return page(
      store.allDeleted(),
      ({ name }) => name,
      (secret) => deletedItem(vault, secret),
      query,
      path,
    );
  });
  add("GET", "/deletedsecrets/:name", "getDeletedSecret", ({ vault, name }) => {
    return deletedBundle(vault, store.getDeleted(name));
  });
  add("DELETE", "/deletedsecrets/:name", "purgeDeletedSecret", ({ name }) => {
    store.purge(name);
    return undefined;
  });
  add("POST", "/deletedsecrets/:name/recover", "recoverDeletedSecret", ({ vault, name }) => {
    const secret = store.recover(name);
    return versionItem(vault, secret, newest(secret));
  });
}

/** Every operation has its faults and its line in the journal. Without an answer it is 204. */
function run(
  { faults, journal, rules }: SecretRoutes,
  operation: Operation,
  answer: (call: Call) => object | undefined,
  request: FastifyRequest<Request>,
  reply: FastifyReply,
): FastifyReply {
  const { name } = request.params;
  const record = (status: number): void => journal.recordCall({ operation, name, status });
  try {
    const fault = faults.take(operation, name);
    if (fault?.retryAfterSeconds !== undefined) reply.header("Retry-After", fault.retryAfterSeconds);
    if (fault && !fault.afterApplying) throw faultError(fault);
    const result = answer(callOf(request, rules));
    if (fault) throw faultError(fault);
    record(result === undefined ? 204 : 200);
    return result === undefined ? reply.code(204).send() : reply.send(result);
  } catch (error) {
    record(toVaultError(error).status);
    throw error;
  }
}

function callOf(request: FastifyRequest<Request>, rules: VaultRules): Call {
  const url = `${request.protocol}://${request.host}`;
  const [path = ""] = request.url.split("?");
  return {
    vault: { url, rules },
    name: request.params.name === undefined ? "" : parseName(request.params.name),
    version: request.params.version,
    body: request.body,
    query: request.query,
    path: url + path,
  };
}

/** Refusals for the error handler: ours as they are, those of the server (a body that is no JSON) as bad parameters. */
export function toVaultError(error: unknown): VaultError {
  if (error instanceof VaultError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (typeof error === "object" && error !== null && "statusCode" in error && typeof error.statusCode === "number") {
    return new VaultError(error.statusCode, "BadParameter", message);
  }
  return new VaultError(500, "InternalServerError", message);
}
