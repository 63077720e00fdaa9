import type { Directory, Registration } from "./directories";
import { EntraError } from "./entra-error";
import { given, type Parameters } from "./parameters";
import type { EntraState } from "./state";

/** What a client presents: in the form, or as basic authentication. */
export interface ClientCredentials {
  clientId: string | undefined;
  secret: string | undefined;
  assertion: string | undefined;
}

export function credentialsOf(form: Parameters, authorization: string | undefined): ClientCredentials {
  const basic = basicOf(authorization);
  return {
    clientId: given(form, "client_id") ?? basic?.id,
    secret: given(form, "client_secret") ?? basic?.secret,
    assertion: given(form, "client_assertion"),
  };
}

/** The registration named by the client, if it may be used in this directory at all. */
export function clientIn(state: EntraState, directory: Directory, clientId: string | undefined): Registration {
  if (clientId === undefined) throw new EntraError(900144, "client_id");
  const registration = state.directories.registration(clientId);
  if (!registration || (registration.home !== directory && !registration.app.multiTenant)) {
    throw new EntraError(700016, clientId, directory.displayName);
  }
  return registration;
}

/** Proves that the client is the app. Secrets expire by the virtual clock. */
export function authenticateClient(
  state: EntraState,
  { app }: Registration,
  credentials: ClientCredentials,
  secretNeeded: boolean,
): void {
  if (credentials.assertion !== undefined) throw new EntraError(700027);
  if (credentials.secret === undefined) {
    if (secretNeeded || app.publicClient !== true) throw new EntraError(7000218);
    return;
  }
  if (app.publicClient === true && app.secrets.length === 0) throw new EntraError(700025);
  const found = app.secrets.find(({ value }) => value === credentials.secret);
  if (!found) throw new EntraError(7000215);
  if (Date.parse(found.expiresAt) <= state.clock.nowMs()) throw new EntraError(7000222, app.appId);
}

/** Both parts are form-encoded before they are joined (RFC 6749 §2.3.1). */
function basicOf(authorization: string | undefined): { id: string; secret: string } | undefined {
  const encoded = /^basic\s+([a-z0-9+/=]+)\s*$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon === -1) return undefined;
  return { id: formDecode(text.slice(0, colon)), secret: formDecode(text.slice(colon + 1)) };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text; // a client that does not encode
  }
}
