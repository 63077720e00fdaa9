import { fork } from "node:child_process";
import path from "node:path";

/** What the client library threw. */
interface MsalFailure {
  name: string;
  errorCode?: string;
  errorMessage?: string;
  errorNo?: number | string;
  subError?: string;
  claims?: string;
  status?: number;
}

export interface MsalResult {
  accessToken: string;
  scopes: string[];
  idTokenClaims?: Record<string, unknown>;
  account?: { username: string; homeAccountId: string };
  expiresOn: string;
  refreshToken?: string;
}

export interface MsalCall {
  kind?: "confidential" | "public";
  auth: Record<string, unknown>;
  method: string;
  request: Record<string, unknown>;
}

type Outcome = { value: unknown } | { error: MsalFailure };

/** The client library in its own process. */
export interface MsalChild {
  /** Tokens, or the address of the sign-in page for `getAuthCodeUrl`. */
  tokens(call: MsalCall): Promise<MsalResult>;
  authCodeUrl(call: Omit<MsalCall, "method">): Promise<string>;
  failure(call: MsalCall): Promise<MsalFailure>;
  /** Access token of a `ClientSecretCredential` of `@azure/identity`. */
  credential(input: Record<string, unknown>): Promise<string>;
  post(url: string, form: Record<string, string>): Promise<{ status: number; location: string | null; body: string }>;
  /** A call of the control API over TLS; resolves with the status. */
  control(url: string, method: string, body?: unknown): Promise<number>;
  stop(): Promise<void>;
}

export function startMsalChild(caFile: string): MsalChild {
  const child = fork(path.join(__dirname, "msal-client.cjs"), {
    execArgv: [],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile },
  });
  const waiting = new Map<number, (outcome: Outcome) => void>();
  let lastId = 0;
  child.on("message", (message: Outcome & { id: number }) => {
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  });
  const ask = (operation: string, input: unknown): Promise<Outcome> =>
    new Promise((resolve) => {
      const id = ++lastId;
      waiting.set(id, resolve);
      child.send({ id, operation, input });
    });
  const valueOf = async <T>(operation: string, input: unknown): Promise<T> => {
    const outcome = await ask(operation, input);
    if ("error" in outcome)
      throw new Error(`${outcome.error.name}: ${outcome.error.errorMessage ?? ""}`, { cause: outcome.error });
    return outcome.value as T; // the script answers in the shape its operation promises
  };
  return {
    tokens: (call) => valueOf("call", call),
    authCodeUrl: (call) => valueOf("call", { ...call, method: "getAuthCodeUrl" }),
    async failure(call) {
      const outcome = await ask("call", call);
      if ("value" in outcome) throw new Error("The call was expected to fail, and did not.");
      return outcome.error;
    },
    credential: (input) => valueOf("credential", input),
    post: (url, form) => valueOf("post", { url, form }),
    control: (url, method, body) => valueOf("control", { url, method, body }),
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill();
      }),
  };
}
