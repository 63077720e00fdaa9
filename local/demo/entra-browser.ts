/** Where the sign-in sent the browser in the end, and what that page said. */
export interface Landing {
  url: URL;
  status: number;
  text: string;
}

/**
 * What a person does in a browser at Microsoft's sign-in: opens the address, picks an account, accepts. `cookie` is the
 * one our API set when the sign-in was started; it goes to our own origin only. Follows redirects until a page is shown.
 */
export async function signInAt(
  address: string,
  choice: { account: string; consent?: "accept" | "decline" },
  cookie: string,
  send: typeof globalThis.fetch = globalThis.fetch,
): Promise<Landing> {
  const form = new URLSearchParams({ account: choice.account, consent: choice.consent ?? "accept" });
  let response = await send(address, { method: "POST", body: form, redirect: "manual" });
  const entra = new URL(address).origin;
  let url = new URL(address);
  for (let hops = 0; hops < 10; hops++) {
    const location = response.headers.get("location");
    if (location === null || response.status < 300 || response.status >= 400) break;
    url = new URL(location, url);
    // The last redirect leads back to the page that asked; there is none behind a script.
    if (url.origin !== entra && !url.pathname.startsWith("/app/")) return { url, status: response.status, text: "" };
    response = await send(url, { redirect: "manual", headers: url.origin === entra ? {} : { cookie } });
  }
  return { url, status: response.status, text: await response.text() };
}
