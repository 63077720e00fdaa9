import { AppError } from "../errors";

/**
 * The address behind a link of Partner Center. Links are relative and inconsistent (`/v1/customers`, `/customers`,
 * sometimes with doubled slashes or absolute; fact sheet §1.1), and are never followed to another host.
 */
export function resolveLink(baseUrl: string, link: string): URL {
  const base = new URL(baseUrl);
  const absolute = /^https?:/i.test(link);
  const url = absolute ? parse(link) : new URL(base);
  if (absolute && url?.origin === base.origin && url.username === "" && url.password === "") {
    url.pathname = apiPath(url.pathname);
    return url;
  }
  if (absolute || url === undefined) throw foreign();
  const [path, query] = splitOnce(link.split("#", 1)[0] ?? "", "?");
  url.pathname = joinPaths(base.pathname, apiPath(path));
  url.search = query;
  if (url.origin !== base.origin) throw foreign();
  return url;
}

/** `/v1/...`, or another root that carries its own version such as `/auditactivity/v1/...`, said exactly once. */
function apiPath(path: string): string {
  const clean = `/${path}`.replace(/\\/g, "/").replace(/\/{2,}/g, "/");
  if (clean.split("/").some((part) => /^(\.|%2e){1,2}$/i.test(part))) throw foreign();
  if (/^\/v1(\/v1)+(\/|$)/.test(clean)) return clean.replace(/^(\/v1)+/, "/v1");
  return /^\/([a-z]+\/)?v1(\/|$)/i.test(clean) ? clean : `/v1${clean}`;
}

function joinPaths(prefix: string, path: string): string {
  return `${prefix.replace(/\/+$/, "")}${path}`;
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function parse(link: string): URL | undefined {
  return URL.canParse(link) ? new URL(link) : undefined;
}

function foreign(): AppError {
  return new AppError(
    "upstream",
    "upstreamError",
    "Partner Center sent a link that leads elsewhere; it was not followed.",
  );
}
