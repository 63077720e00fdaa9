import type { FastifyInstance, FastifyReply } from "fastify";
import type { StandIn, StandInOptions } from "../stand-in";
import { createLoopbackServer, listenOnLoopback } from "../tls/loopback-server";
import { VirtualClock } from "../virtual-clock";
import { addControlRoutes } from "./control-routes";
import type { FaultInput } from "./faults";
import { Faults } from "./faults";
import type { Call, StoredSecret } from "./journal";
import { Journal } from "./journal";
import { addSecretRoutes, toVaultError } from "./secret-routes";
import type { VaultRules } from "./secret-store";
import { SecretStore } from "./secret-store";
import { badParameter, errorBody } from "./vault-error";

export interface KeyVaultOptions extends StandInOptions, Partial<VaultRules> {
  /** Throws to refuse a bearer token. Absent: every token is accepted, but there must be one. */
  verifyToken?: (token: string) => unknown;
  /** Where the challenge sends clients for a token. Real clients read the tenant from it. */
  authorizationUrl?: string;
}

export interface KeyVault extends StandIn {
  /** All values that were ever stored since the last reset, in order, also of secrets that are purged. */
  everStored(): StoredSecret[];
  /** Requests that passed the token check, in order of their answers. */
  calls(): readonly Call[];
  addFault(fault: FaultInput): void;
}

const DEFAULT_AUTHORIZATION_URL = "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000";

/** Starts a vault with the secrets API, in memory. `README.md` lists its switches. */
export async function startKeyVault(options: KeyVaultOptions = {}): Promise<KeyVault> {
  const { retentionDays = 90, purgeProtection = false, namesIgnoreCase = true } = options;
  if (!(retentionDays >= 7 && retentionDays <= 90)) throw new RangeError("retentionDays is a number from 7 to 90.");
  const clock = options.clock ?? new VirtualClock();
  const rules: VaultRules = { retentionDays, purgeProtection, namesIgnoreCase };
  const store = new SecretStore(rules, clock);
  const faults = new Faults();
  const journal = new Journal();
  const reset = (): void => {
    store.clear();
    faults.clear();
    journal.clear();
  };
  const app = createLoopbackServer(options.tls);
  addErrorShapes(app);
  addControlRoutes(app, { faults, journal, clock, reset });
  await app.register((api, _options, done) => {
    addTokenCheck(api, options);
    addSecretRoutes(api, { store, rules, faults, journal });
    done();
  });
  const address = await listenOnLoopback(app, "key vault", options);
  return {
    ...address,
    everStored: () => journal.everStored(clock.nowMs()),
    calls: () => journal.everCalled(),
    addFault: (fault) => faults.add(fault),
    reset: () => {
      reset();
      return Promise.resolve();
    },
    close: () => app.close(),
  };
}

function addErrorShapes(app: FastifyInstance): void {
  app.setErrorHandler((error, _request, reply) => {
    const refusal = toVaultError(error);
    return reply.code(refusal.status).send(errorBody(refusal));
  });
  app.setNotFoundHandler((request, reply) => {
    return reply
      .code(404)
      .send(errorBody({ code: "NotFound", message: `No operation ${request.method} ${request.url}` }));
  });
}

/**
 * The client's first request has neither token nor body: the challenge tells it where to get one. Runs before the body is
 * read, because an empty body is no JSON.
 */
function addTokenCheck(api: FastifyInstance, { verifyToken, authorizationUrl }: KeyVaultOptions): void {
  const challenge = `Bearer authorization="${authorizationUrl ?? DEFAULT_AUTHORIZATION_URL}", resource="https://vault.azure.net"`;
  api.addHook<{ Querystring: { "api-version"?: string } }>("onRequest", async (request, reply) => {
    const refuse = (message: string): FastifyReply =>
      reply
        .code(401)
        .header("WWW-Authenticate", challenge)
        .send(errorBody({ code: "Unauthorized", message }));
    const [, token] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
    if (token === undefined) return refuse("AKV10000: Request is missing a Bearer or PoP token.");
    try {
      await verifyToken?.(token);
    } catch (error) {
      return refuse(`AKV10001: The token is refused. ${error instanceof Error ? error.message : String(error)}`);
    }
    if (!request.query["api-version"]) throw badParameter("The api-version query parameter must be specified.");
    return undefined;
  });
}
