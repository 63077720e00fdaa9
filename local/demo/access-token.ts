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
  return ask(send, `${entraUrl}/${directory}`, {
    grant_type: "password",
    client_id: apiApp.appId,
    scope: `api://${apiApp.appId}/access_as_user`,
    username: account,
    password: DEMO_PASSWORD,
  });
}

/** An access token for our API that an app gets by itself, with its secret. */
export async function appTokenOf(
  entraUrl: string,
  directoryId: string,
  app: { appId: string; secret: string },
): Promise<string> {
  return ask(globalThis.fetch, `${entraUrl}/${directoryId}`, {
    grant_type: "client_credentials",
    client_id: app.appId,
    client_secret: app.secret,
    scope: `api://${apiApp.appId}/.default`,
  });
}

async function ask(send: typeof globalThis.fetch, directoryUrl: string, form: Record<string, string>): Promise<string> {
  const body = new URLSearchParams(form);
  const response = await send(`${directoryUrl}/oauth2/v2.0/token`, { method: "POST", body });
  if (!response.ok)
    throw new Error(
      `No token for ${form["username"] ?? form["client_id"]}: ${response.status} ${await response.text()}`,
    );
  return TokenAnswer.parse(await response.json()).access_token;
}
