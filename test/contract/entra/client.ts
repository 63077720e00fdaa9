import { createHash } from "node:crypto";
import { decodeJwt, type JWTPayload } from "jose";
import type { Entra } from "../../../local/entra/entra";
import { cspApp, partnerCenterScope, redirectUri, reseller, secret } from "./world";

export const verifier = "a-verifier-that-is-long-enough-for-the-rules-0123456789";
export const challenge = createHash("sha256").update(verifier).digest("base64url");

export interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

/** A plain form POST to the token endpoint. */
export async function token(
  entra: Entra,
  tenant: string,
  form: Record<string, string>,
  options: { path?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(`${entra.url}/${tenant}/${options.path ?? "oauth2/v2.0/token"}`, {
    method: "POST",
    body: new URLSearchParams(form),
    headers: options.headers ?? {},
  });
  const body = (await response.json()) as Record<string, unknown>; // the endpoint always answers with an object
  return { status: response.status, body, headers: response.headers };
}

/** Address of the sign-in page; undefined removes a parameter. */
export function authorizeUrl(
  entra: Entra,
  changes: Record<string, string | undefined> = {},
  tenant = reseller,
): string {
  const parameters: Record<string, string | undefined> = {
    client_id: cspApp,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: `${partnerCenterScope} offline_access openid profile`,
    state: "a state & more=",
    nonce: "a nonce",
    code_challenge: challenge,
    code_challenge_method: "S256",
    ...changes,
  };
  const present = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${entra.url}/${tenant}/oauth2/v2.0/authorize?${new URLSearchParams(present).toString()}`;
}

export interface PageAnswer {
  status: number;
  html: string;
  /** Where the browser is sent. */
  location: URL | undefined;
  cookie: string | undefined;
}

/** One step of a browser: GET, or POST of a form. */
export async function browse(url: string, form?: Record<string, string>, cookie?: string): Promise<PageAnswer> {
  const response = await fetch(url, {
    redirect: "manual",
    headers: cookie === undefined ? {} : { cookie },
    ...(form ? { method: "POST", body: new URLSearchParams(form) } : {}),
  });
  const location = response.headers.get("location");
  return {
    status: response.status,
    html: await response.text(),
    location: location === null ? undefined : new URL(location),
    cookie: response.headers.get("set-cookie")?.split(";")[0],
  };
}

/** Signs in and accepts everything in one POST; returns the code. */
export async function codeFor(
  entra: Entra,
  upn: string,
  changes: Record<string, string | undefined> = {},
  tenant = reseller,
): Promise<string> {
  const { location, html } = await browse(authorizeUrl(entra, changes, tenant), { account: upn, consent: "accept" });
  const code = location?.searchParams.get("code");
  if (typeof code !== "string") throw new Error(`No code: ${location?.href ?? html}`);
  return code;
}

export const codeForm = (code: string): Record<string, string> => ({
  client_id: cspApp,
  client_secret: secret,
  grant_type: "authorization_code",
  code,
  redirect_uri: redirectUri,
  code_verifier: verifier,
  scope: `${partnerCenterScope} offline_access openid profile`,
});

export const refreshForm = (refreshToken: string, scope = `${partnerCenterScope} offline_access`) => ({
  client_id: cspApp,
  client_secret: secret,
  grant_type: "refresh_token",
  refresh_token: refreshToken,
  scope,
});

export const appForm = (scope = "https://graph.microsoft.com/.default") => ({
  client_id: cspApp,
  client_secret: secret,
  grant_type: "client_credentials",
  scope,
});

/** A full sign-in; returns the token answer. */
export async function signIn(entra: Entra, upn: string): Promise<Record<string, unknown>> {
  const { status, body } = await token(entra, reseller, codeForm(await codeFor(entra, upn)));
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body;
}

export async function refreshTokenOf(entra: Entra, upn: string): Promise<string> {
  return text((await signIn(entra, upn))["refresh_token"]);
}

export function claimsOf(body: Record<string, unknown>, name = "access_token"): JWTPayload {
  return decodeJwt(text(body[name]));
}

export function text(value: unknown): string {
  if (typeof value !== "string") throw new Error(`Not a text: ${JSON.stringify(value)}`);
  return value;
}

/** A call of the control API; throws unless it succeeds. */
export async function control(
  entra: Pick<Entra, "url">,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${entra.url}/_control/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const answer = (await response.json()) as Record<string, unknown>; // the control API always answers with an object
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
  return answer;
}
