import type { Directories } from "./directories";
import { EntraError } from "./entra-error";
import { graphId, resourceNamed, type Resource } from "./resources";

const openIdScopes = ["openid", "profile", "email", "offline_access"];

/** What a client asked for in `scope` (or `resource`, at the older endpoints). */
export interface ScopeRequest {
  resource: Resource;
  /** The resource as the client spelled it; scopes in answers carry the same prefix. */
  prefix: string;
  /** Names of permissions without the resource; may hold `.default`. */
  names: string[];
  /** Those of openid, profile, email and offline_access that were asked for. */
  openId: string[];
}

/**
 * Reads a v2.0 `scope`. Only one resource may be named (28000); a bare name belongs to Graph, and so does a request for
 * OpenID scopes alone.
 */
export function parseScope(scope: string, directories: Directories, tenantId: string): ScopeRequest {
  const all = scope.split(/\s+/).filter((part) => part !== "");
  if (all.length === 0) throw new EntraError(900144, "scope");
  const openId = all.filter((part) => openIdScopes.includes(part.toLowerCase())).map((part) => part.toLowerCase());
  const wanted = all.filter((part) => !openIdScopes.includes(part.toLowerCase())).map(splitScope);
  const prefixes = [...new Set(wanted.map(({ prefix }) => prefix))];
  const resources = prefixes.map((prefix) => resourceNamed(prefix, directories, tenantId));
  if (new Set(resources.map(({ id }) => id)).size > 1) throw new EntraError(28000, scope);
  const resource = resources[0] ?? resourceNamed(graphId, directories, tenantId);
  const names = [...new Set(wanted.map(({ name }) => name))];
  refuseUnknownScopes(resource, names);
  return { resource, prefix: prefixes[0] ?? graphId, names, openId };
}

/** Reads a `resource` of the older endpoints; it means everything the client may have there. */
export function scopeOfResource(name: string, directories: Directories, tenantId: string): ScopeRequest {
  const resource = resourceNamed(name, directories, tenantId);
  return { resource, prefix: name.replace(/\/+$/, ""), names: [".default"], openId: ["openid", "offline_access"] };
}

/** `scope` of an answer. Graph's permissions go without their address, as the real service has it. */
export function scopeText(request: ScopeRequest, granted: string[]): string {
  const names = request.names.includes(".default") ? [...granted, ".default"] : granted;
  const prefixed = names.map((name) =>
    request.resource.id === graphId && name !== ".default" ? name : `${request.prefix}/${name}`,
  );
  return [...request.openId.filter((name) => name !== "offline_access"), ...prefixed].join(" ");
}

/** `https://storage.azure.com//.default` names the resource `https://storage.azure.com/`, with its slash. */
function splitScope(scope: string): { prefix: string; name: string } {
  const slash = scope.lastIndexOf("/");
  if (slash === -1) return { prefix: graphId, name: scope };
  const [prefix, name] = [scope.slice(0, slash), scope.slice(slash + 1)];
  if (name === "" || prefix === "" || /^https?:\/?$/.test(prefix)) throw new EntraError(70011, scope);
  return { prefix, name };
}

function refuseUnknownScopes(resource: Resource, names: string[]): void {
  const offered = resource.registration ? resource.registration.app.scopes : fixedScopes(resource);
  const unknown = names.find((name) => name !== ".default" && offered?.includes(name) === false);
  if (unknown !== undefined) throw new EntraError(70011, unknown);
}

/** Every API of Microsoft but Graph offers exactly one delegated permission here. */
function fixedScopes(resource: Resource): string[] | undefined {
  return resource.id === graphId ? undefined : resource.defaultScopes;
}
