import { SECURITY_HEADERS } from "../../shared/http/security-headers";

/** What an answer may say in its own words; everything else is the same on all of them. */
const OWN_WORDS = ["Cache-Control", "Content-Security-Policy"];

/** What is wrong with the security headers of an answer. A header with words of its own must be there, at least. */
export function missingHeaders(headers: Headers): string[] {
  return Object.entries(SECURITY_HEADERS).flatMap(([name, value]) => {
    const sent = headers.get(name);
    const isFine = OWN_WORDS.includes(name) ? sent !== null : sent === value;
    return isFine ? [] : [`${name}: ${String(sent)}`];
  });
}
