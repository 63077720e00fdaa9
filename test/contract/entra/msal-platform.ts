import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startEntra, type Entra } from "../../../local/entra/entra";
import { createAuthority, writeAuthority } from "../../../local/tls/authority";
import { VirtualClock } from "../../../local/virtual-clock";
import { challenge, verifier } from "./client";
import { startMsalChild, type MsalChild, type MsalCall, type MsalResult } from "./msal-child";
import {
  apiApp,
  cspApp,
  graph,
  msp,
  partnerCenterScope,
  password,
  redirectUri,
  reseller,
  scriptApp,
  secret,
  seed,
} from "./world";

// One platform per test file: every file gets its own copy of this module.
export let entra: Entra;
export let clock: VirtualClock;
export let child: MsalChild;
let directory: string;

/** Starts Entra over TLS and the client library before the tests of a file, and stops both after them. */
export function useMsalPlatform(): void {
  beforeAll(start);
  beforeEach(() => entra.reset());
  afterAll(stop);
}

async function start(): Promise<void> {
  clock = new VirtualClock({ running: false });
  const authority = await createAuthority();
  directory = await mkdtemp(path.join(tmpdir(), "entra-msal-"));
  child = startMsalChild(await writeAuthority(authority, directory));
  entra = await startEntra({ seed, clock, tls: await authority.issue() });
}

async function stop(): Promise<void> {
  await child.stop();
  await entra.close();
  await rm(directory, { recursive: true });
}

export const agent = "agent@reseller.test";

/** The only setting a local Entra needs beside its address: its host is no cloud the library knows. */
export function auth(
  tenant: string,
  clientId = cspApp,
  clientSecret: string | undefined = secret,
): Record<string, unknown> {
  return {
    clientId,
    authority: `${entra.url}/${tenant}`,
    knownAuthorities: [new URL(entra.url).host],
    ...(clientSecret === "" ? {} : { clientSecret }),
  };
}

export const appOnly = (tenant = reseller, scope = `${graph}/.default`, more = {}): MsalCall => ({
  auth: { ...auth(tenant), ...more },
  method: "acquireTokenByClientCredential",
  request: { scopes: [scope] },
});
export const byRefreshToken = (refreshToken: string, tenant = reseller, scope = partnerCenterScope): MsalCall => ({
  auth: auth(tenant),
  method: "acquireTokenByRefreshToken",
  request: { refreshToken, scopes: [scope], forceCache: true },
});
export const byCode = (code: string, more: Record<string, unknown> = {}): MsalCall => ({
  auth: auth(reseller),
  method: "acquireTokenByCode",
  request: { code, redirectUri, codeVerifier: verifier, nonce: "n", scopes: [partnerCenterScope], ...more },
});
export const byPassword = (username: string, more: Record<string, unknown> = {}): MsalCall => ({
  kind: "public",
  auth: auth(msp, scriptApp, ""),
  method: "acquireTokenByUsernamePassword",
  request: { username, password, scopes: [`api://${apiApp}/access_as_user`], ...more },
});

/** What a browser does with the address the library made: choose the account, accept, come back. */
export async function comeBack(
  form: Record<string, string>,
  changes: Record<string, string> = {},
): Promise<URLSearchParams> {
  const url = new URL(
    await child.authCodeUrl({
      auth: auth(reseller),
      request: {
        scopes: [partnerCenterScope],
        redirectUri,
        state: "s",
        nonce: "n",
        codeChallenge: challenge,
        codeChallengeMethod: "S256",
        prompt: "select_account",
      },
    }),
  );
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
  const { location, body } = await child.post(url.href, form);
  if (location === null) throw new Error(body);
  return new URL(location).searchParams;
}

export async function codeOf(upn = agent): Promise<string> {
  const code = (await comeBack({ account: upn, consent: "accept" })).get("code");
  if (code === null) throw new Error("The sign-in gave no code.");
  return code;
}

export async function signIn(upn = agent): Promise<MsalResult & { refreshToken: string }> {
  const { refreshToken, ...result } = await child.tokens(byCode(await codeOf(upn)));
  if (refreshToken === undefined) throw new Error("The library got no refresh token.");
  return { ...result, refreshToken };
}

/** A switch, turned over TLS. */
export async function turn(method: string, route: string, body?: unknown): Promise<void> {
  const status = await child.control(`${entra.url}/_control/${route}`, method, body);
  if (status !== 200) throw new Error(`${method} ${route}: ${status}`);
}
