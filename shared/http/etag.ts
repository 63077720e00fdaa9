const UNSAFE = /[^\x21\x23\x24\x26-\x7e]/g;
const QUOTED = /^(?:W\/)?"([\x21\x23-\x7e]*)"$/;

/** Any opaque text as a strong ETag; what a quoted tag cannot hold (quotes, spaces, `%`) is percent-encoded. */
export function formatEtag(opaque: string): string {
  return `"${opaque.replace(UNSAFE, encodeURIComponent)}"`;
}

/**
 * The opaque text of one quoted ETag, or `undefined`. A weak mark is ignored: proxies that compress weaken tags in
 * passing, and the text alone names the version.
 */
export function parseEtag(header: string): string | undefined {
  const tag = QUOTED.exec(header.trim())?.[1];
  if (tag === undefined || tag === "") return undefined;
  try {
    return decodeURIComponent(tag);
  } catch {
    return undefined;
  }
}
