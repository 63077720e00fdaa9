/** What every answer says to a browser. Written out here, so that nothing can be taken from the code unnoticed. */
export const EVERYWHERE: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/** What it says besides, unless it is a page or a file for a browser, which have words of their own for these. */
export const UNLESS_A_PAGE: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** What is wrong with the security headers of an answer. */
export function missingHeaders(headers: Headers): string[] {
  const wrong = Object.entries(EVERYWHERE).filter(([name, value]) => headers.get(name) !== value);
  const absent = Object.keys(UNLESS_A_PAGE).filter((name) => headers.get(name) === null);
  return [...wrong.map(([name]) => `${name}: ${String(headers.get(name))}`), ...absent];
}
