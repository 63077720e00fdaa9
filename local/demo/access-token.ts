import { z } from "zod";
import { apiApp, DEMO_PASSWORD } from "../presets/demo-apps";

const TokenAnswer = z.object({ access_token: z.string() });

/** An access token for our API, as a script gets one: with a demo account's password (never do this with real people). */
export async function accessTokenOf(
  entraUrl: string,
  account: string,
  send: typeof globalThis.fetch = globalThis.fetch,
): Promise<string> {
  const directory = account.slice(account.indexOf("@") + 1);
  const response = await send(`${entraUrl}/${directory}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "password",
      client_id: apiApp.appId,
      scope: `api://${apiApp.appId}/access_as_user`,
      username: account,
      password: DEMO_PASSWORD,
    }),
  });
  if (!response.ok) throw new Error(`No token for ${account}: ${response.status} ${await response.text()}`);
  return TokenAnswer.parse(await response.json()).access_token;
}
