import type { Directories, Registration } from "./directories";
import { EntraError } from "./entra-error";

/** An API tokens are issued for. */
export interface Resource {
  /** Canonical name: permissions are stored under it. */
  id: string;
  /** Value of `aud`: what the client asked for, or the app id for v2 tokens. */
  audience: string;
  /** Format of its access tokens. Microsoft's own APIs take v1 (issuer `sts.windows.net`), registered apps v2. */
  tokenVersion: 1 | 2;
  /** What `.default` means when the client's registration lists nothing. */
  defaultScopes: string[];
  /** The API whose consents hold here too; absent: its own. */
  consentedWith?: string;
  /** The API of this registration, if it is not one of Microsoft's. */
  registration?: Registration;
}

interface KnownResource {
  id: string;
  aliases: string[];
  /** Further host names under which accounts of the service are reached. */
  hosts?: RegExp;
  defaultScopes: string[];
  consentedWith?: string;
}

export const graphId = "https://graph.microsoft.com";

const partnerCenterId = "https://api.partnercenter.microsoft.com";

const known: KnownResource[] = [
  {
    id: partnerCenterId,
    aliases: ["fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"],
    defaultScopes: ["user_impersonation"],
  },
  {
    id: "https://api.partner.microsoft.com",
    aliases: [],
    defaultScopes: ["user_impersonation"],
    // Price sheets: a token of its own from the sign-in to Partner Center, without another consent (fact sheet §7).
    consentedWith: partnerCenterId,
  },
  { id: graphId, aliases: ["00000003-0000-0000-c000-000000000000"], defaultScopes: ["User.Read"] },
  {
    id: "https://vault.azure.net",
    aliases: ["cfa8b339-82a2-471a-a3c9-0fc0be7a4093"],
    hosts: /^https:\/\/[a-z0-9-]+\.vault\.azure\.net$/,
    defaultScopes: ["user_impersonation"],
  },
  {
    id: "https://storage.azure.com",
    aliases: ["e406a681-f3d4-42a8-90b6-c2b029497af1"],
    hosts: /^https:\/\/[a-z0-9]+\.(?:blob|queue|table)\.core\.windows\.net$/,
    defaultScopes: ["user_impersonation"],
  },
  {
    id: "https://servicebus.azure.net",
    aliases: ["80a10ef9-8168-493d-abf9-3297c4ef6e3c"],
    hosts: /^https:\/\/[a-z0-9-]+\.servicebus\.windows\.net$/,
    defaultScopes: ["user_impersonation"],
  },
  { id: "https://monitor.azure.com", aliases: [], defaultScopes: ["user_impersonation"] },
  {
    id: "https://management.azure.com",
    aliases: ["https://management.core.windows.net", "797f4846-ba00-4fd7-ba43-dac1f8f63013"],
    defaultScopes: ["user_impersonation"],
  },
];

/** Two spellings of one API compare equal when they differ in case or a slash at the end. */
export function sameAudience(left: string, right: string): boolean {
  return plain(left) === plain(right);
}

/** Finds the API by its address, its app id or one of its identifier URIs. */
export function findResource(name: string, directories: Directories): Resource | undefined {
  const wanted = plain(name);
  const own = known.find(({ id, aliases, hosts }) => id === wanted || aliases.includes(wanted) || hosts?.test(wanted));
  if (own) {
    const { id, defaultScopes, consentedWith } = own;
    return { id, audience: name, tokenVersion: 1, defaultScopes, ...(consentedWith ? { consentedWith } : {}) };
  }
  const registration = directories.registrations().find(({ app }) => namesOf(app).some((uri) => plain(uri) === wanted));
  if (!registration) return undefined;
  const { appId, scopes } = registration.app;
  return {
    id: plain(`api://${appId}`),
    audience: appId,
    tokenVersion: 2,
    defaultScopes: scopes ?? ["user_impersonation"],
    registration,
  };
}

/** As `findResource`, or the refusal 500011. */
export function resourceNamed(name: string, directories: Directories, tenantId: string): Resource {
  const resource = findResource(name, directories);
  if (!resource) throw new EntraError(500011, name, tenantId);
  return resource;
}

function namesOf(app: Registration["app"]): string[] {
  return [app.appId, `api://${app.appId}`, ...(app.identifierUris ?? [])];
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\/+$/, "");
}
