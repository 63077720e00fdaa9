import {
  isSharedTenant,
  same,
  type Account,
  type AccountPlace,
  type Directory,
  type Registration,
} from "./directories";
import { EntraError } from "./entra-error";
import type { IssuedCode } from "./grants";
import { given, type Parameters } from "./parameters";
import { isRegistered, type ReturnAddress } from "./redirect";
import { parseScope, type ScopeRequest } from "./scopes";
import type { EntraState } from "./state";

/** The app that asks, in the directory of the path; undefined at `common` and `organizations`. */
export interface Visitor {
  registration: Registration;
  directory: Directory | undefined;
}

/** Which app asks, and whether it may in this directory. Refusals here are shown, never sent to the app. */
export function visitorOf(state: EntraState, tenant: string, parameters: Parameters): Visitor {
  const shared = isSharedTenant(tenant);
  const directory = shared ? undefined : state.directories.find(tenant);
  if (!shared && !directory) throw new EntraError(90002, tenant);
  const clientId = given(parameters, "client_id");
  if (clientId === undefined) throw new EntraError(900144, "client_id");
  const registration = state.directories.registration(clientId);
  const strange = directory !== undefined && registration?.home !== directory && registration?.app.multiTenant !== true;
  if (!registration || strange) throw new EntraError(700016, clientId, directory?.displayName ?? tenant);
  if (shared && !registration.app.multiTenant) throw new EntraError(50194, clientId);
  return { registration, directory };
}

/** Where the answer goes. An address that is not registered is refused with 50011, on a page. */
export function returnAddressOf({ app }: Registration, parameters: Parameters): ReturnAddress {
  const uri = given(parameters, "redirect_uri");
  if (uri === undefined) throw new EntraError(900144, "redirect_uri");
  if (!isRegistered(uri, app.redirectUris)) throw new EntraError(50011, uri, app.appId);
  const mode = given(parameters, "response_mode") ?? "query";
  if (mode !== "query" && mode !== "fragment" && mode !== "form_post") throw new EntraError(70051, mode);
  return { uri, mode, state: parameters["state"] };
}

/** What the app wants with the sign-in. Refusals from here on are sent to the app. */
export interface SignInRequest {
  /** As sent, or what a `resource` of the older endpoint stands for; kept with the code. */
  scopeText: string;
  prompt: string[];
  loginHint: string | undefined;
  nonce: string | undefined;
  challenge: IssuedCode["challenge"];
}

export function signInRequestOf(parameters: Parameters, version: 1 | 2): SignInRequest {
  const responseType = given(parameters, "response_type");
  if (responseType === undefined) throw new EntraError(900144, "response_type");
  if (responseType !== "code") throw new EntraError(700054, responseType);
  const resource = version === 1 ? given(parameters, "resource") : undefined;
  const scopeText =
    resource === undefined
      ? given(parameters, "scope")
      : `${resource.replace(/\/+$/, "")}/.default openid offline_access`;
  if (scopeText === undefined) throw new EntraError(900144, "scope");
  return {
    scopeText,
    prompt: (given(parameters, "prompt") ?? "").split(/\s+/),
    loginHint: given(parameters, "login_hint"),
    nonce: given(parameters, "nonce"),
    challenge: challengeOf(parameters),
  };
}

export function scopeIn(state: EntraState, request: SignInRequest, directory: Directory): ScopeRequest {
  return parseScope(request.scopeText, state.directories, directory.tenantId);
}

/** Accounts the page offers: the directory's own, or everybody at `common`. */
export function offeredAccounts(state: EntraState, directory: Directory | undefined): Account[] {
  return directory ? directory.accounts : state.directories.list().flatMap(({ accounts }) => accounts);
}

/** The chosen account, if it exists, is alive and belongs to the directory. */
export function chosenAccount(state: EntraState, visitor: Visitor, name: string): AccountPlace {
  const { directory, registration } = visitor;
  const place = state.directories.account(name);
  const directoryName = directory?.displayName ?? "any";
  if (!place || !same(name, place.account.upn)) throw new EntraError(50034, name, directoryName);
  if (directory && place.directory !== directory) {
    throw new EntraError(50020, name, directoryName, registration.app.appId);
  }
  if (place.account.disabled) throw new EntraError(50057);
  return place;
}

function challengeOf(parameters: Parameters): IssuedCode["challenge"] {
  const value = given(parameters, "code_challenge");
  if (value === undefined) return undefined;
  const method = given(parameters, "code_challenge_method") ?? "plain";
  const fits = value.length >= 43 && value.length <= 128;
  if (!fits || (method !== "S256" && method !== "plain")) throw new EntraError(501491);
  return { value, method };
}
