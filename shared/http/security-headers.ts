/**
 * On every answer. A handler's own headers win: pages and assets have a policy and a cache life of their own. host.json has
 * the same in `customHeaders`, for what the Functions host answers without asking us, such as 404.
 */
export const SECURITY_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
} as const satisfies Readonly<Record<string, string>>;

/** What a page of an allowed other origin may read of an answer, beside the body: without the ETag it could change nothing. */
export const EXPOSED_HEADERS = "ETag, Location, Operation-Location, Preference-Applied, Retry-After, x-correlation-id";
