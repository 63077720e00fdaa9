import type { SecretVault } from "../../shared/domain/access/secret-vault";
import type { TenantId } from "../../shared/domain/access/ids";
import { dispatchOutbox, sweepOutbox } from "../../shared/domain/decisions/outbox";
import type { OutgoingMessage } from "../../shared/domain/decisions/outgoing-message";
import { addReseller, type AddResellerDeps } from "../../shared/domain/resellers/add-reseller";
import { adoptGrant } from "../../shared/domain/resellers/adopt-grant";
import type { ChangeResellerDeps } from "../../shared/domain/resellers/change-reseller";
import type { PartnerSignIn } from "../../shared/domain/resellers/partner-sign-in";
import type { Reseller } from "../../shared/domain/resellers/reseller";
import type { ResellerAccess } from "../../shared/domain/resellers/reseller-access";
import type { ResellerIdentity } from "../../shared/domain/resellers/reseller-identity";
import { ResellerTask } from "../../shared/domain/resellers/reseller-task";
import { scheduleCare } from "../../shared/domain/resellers/schedule-care";
import { tendReseller } from "../../shared/domain/resellers/tend-reseller";
import { AppError } from "../../shared/errors";
import { START, TENANT } from "../build/ids";
import { memoryStateStore } from "./memory-state-store";
import { processPorts, type CallCounter } from "./process";
import { recordedLog } from "./recorded-log";

export const ASK = {
  displayName: "Larkspur Distribution",
  domain: "larkspur.example",
  applicationId: "30000000-0000-4000-8000-000000000001",
  applicationSecret: "secret-1",
};

/** The directory of `other.example`. */
const OTHER_DIRECTORY = "20000000-0000-4000-8000-000000000009" as TenantId;

const OPERATOR = { kind: "user", id: "admin", name: "ada@msp.example" } as const;

export type Deps = AddResellerDeps & ChangeResellerDeps;

/** The MSP's partition, the vault and the queue `tokens` in memory; processes that can crash at any call of a port. */
export function resellerWorld() {
  const store = memoryStateStore();
  const secrets = new Map<string, string>();
  const counter: CallCounter = { calls: 0, plan: undefined };
  const log = recordedLog();
  const queue: OutgoingMessage[] = [];
  let now = START;
  let byte = 0;
  let keys = 0;

  /** What Entra thinks of the sign-in that presents these secrets. */
  const entra = { accepts: (_identity: ResellerIdentity): "yes" | "Revoked" | "SecretInvalid" => "yes" };
  const judge = (identity: ResellerIdentity): Promise<void> => {
    const verdict = entra.accepts(identity);
    if (verdict === "yes") return Promise.resolve();
    const extensions = { resellerState: verdict };
    return Promise.reject(new AppError("conflict", "resellerNotAuthorized", "no", { extensions }));
  };
  const access: ResellerAccess = {
    renew: judge,
    issue: async (identity) => {
      await judge(identity);
      return "access";
    },
  };
  const vault: SecretVault = {
    get: (name) => Promise.resolve(secrets.get(name)),
    set: (name, value) => Promise.resolve(void secrets.set(name, value)),
    destroy: (name) => Promise.resolve(void secrets.delete(name)),
  };
  const signIn: PartnerSignIn = {
    resolveDirectory: (domain) =>
      Promise.resolve(domain === ASK.domain ? TENANT : domain === "other.example" ? OTHER_DIRECTORY : undefined),
    authorizeUrl: () => "https://login.example",
    exchangeCode: () => Promise.reject(new Error("nobody signs in here")),
  };

  /** A fresh process; after its crash nothing it does has an effect. */
  const startProcess = (): Deps => {
    const port = processPorts(counter);
    const seen = port(store);
    const { send } = port({ send: (message: OutgoingMessage) => Promise.resolve(void queue.push(message)) });
    return {
      ...{ store: seen, vault: port(vault), access: port(access), signIn: port(signIn), log },
      clock: () => now,
      random: (size) => new Uint8Array(size).map(() => byte++ % 251),
      dispatch: (partition, messages) => dispatchOutbox({ store: seen, send, log }, partition, messages),
      touchWork: () => Promise.resolve(),
    };
  };

  const deliver = async (deps: Deps): Promise<void> => {
    for (let message = queue.shift(); message; message = queue.shift()) {
      await tendReseller(deps, ResellerTask.parse(message.body));
    }
  };

  const request = (key = `key-${++keys}`) => ({
    actor: { ...OPERATOR, roles: ["Admin" as const], scope: { kind: "all" as const } },
    idempotency: { hash: key, bodyHash: "body" },
    correlationId: "correlation",
    clientIp: undefined,
  });

  return {
    ...{ store, secrets, counter, log, queue, entra, startProcess, deliver, request },
    advance: (ms: number) => void (now = new Date(now.getTime() + ms)),
    /** What runs by itself after a crash: the sweeper, the daily round, and the handlers of their messages. */
    async recover(): Promise<void> {
      counter.plan = undefined;
      const deps = startProcess();
      const send = (message: OutgoingMessage): Promise<void> => Promise.resolve(void queue.push(message));
      await sweepOutbox({ store, send, log }, "msp");
      now = new Date(now.getTime() + 24 * 3_600_000);
      await scheduleCare(deps);
      await deliver(deps);
    },
    add: async (more: Partial<typeof ASK> & { secretExpiresAt?: string } = {}): Promise<Reseller> =>
      (await addReseller(startProcess(), request(), { ...ASK, ...more })).value,
    authorize: (reseller: Reseller, refreshToken: string, deps = startProcess()): Promise<void> =>
      adoptGrant(deps, reseller, { refreshToken, userName: "agent@larkspur.example" }, { actor: OPERATOR }),
  };
}

export type ResellerWorld = ReturnType<typeof resellerWorld>;
