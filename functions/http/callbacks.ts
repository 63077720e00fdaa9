import type { Cookie } from "@azure/functions";
import { resellerCallbackRoute, tenantCallbackRoute } from "../../shared/api/callbacks";
import type { StartedAuthorization } from "../../shared/domain/access/authorization-state";
import { finishResellerAuthorization, type AuthorizeDeps } from "../../shared/domain/resellers/authorize-reseller";
import { finishTenantConsent, type ConsentDeps } from "../../shared/domain/tenants/tenant-consent";
import { hasCode } from "../../shared/errors";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";

const COOKIE_NAME = "csp_authorization";

/** The cookie that ties a callback to the browser that started it (design §6). `Secure` wherever the address is https. */
export function authorizationCookie(started: StartedAuthorization, redirectUri: string): Cookie {
  return {
    name: COOKIE_NAME,
    value: started.cookie,
    path: "/app",
    httpOnly: true,
    sameSite: "Lax",
    secure: redirectUri.startsWith("https:"),
    expires: started.expiresAt,
  };
}

/** Plain, and without detail: whoever sees it came here without a sign-in of ours. */
const NO_SIGN_IN = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign-in expired</title>
<h1>This sign-in has expired or was used already</h1><p>Go back to where you started, and start it again.</p></html>
`;

export function callbackEndpoints(deps: AuthorizeDeps & ConsentDeps): Endpoint[] {
  return [resellerCallback(deps), tenantCallback(deps)];
}

const resellerCallback = (deps: AuthorizeDeps): Endpoint =>
  endpoint(resellerCallbackRoute, async ({ query, cookies, correlationId, clientIp }) => {
    const finish = (): Promise<Finished> =>
      finishResellerAuthorization(deps, {
        state: query.state ?? "",
        code: query.code,
        error: query.error,
        cookie: cookies.get(COOKIE_NAME),
        correlationId,
        clientIp,
      });
    return answer(finish, "authorized");
  });

const tenantCallback = (deps: ConsentDeps): Endpoint =>
  endpoint(tenantCallbackRoute, async ({ query, cookies, correlationId, clientIp }) => {
    const finish = (): Promise<Finished> =>
      finishTenantConsent(deps, {
        state: query.state ?? "",
        granted: query.admin_consent?.toLowerCase() === "true" && query.error === undefined,
        cookie: cookies.get(COOKIE_NAME),
        correlationId,
        clientIp,
      });
    return answer(finish, "consented");
  });

interface Finished {
  returnTo: string;
  errorCode?: string;
}

type CallbackAnswer =
  | { status: 303; location: string; headers: Record<string, string> }
  | { status: 400; body: string; headers: Record<string, string> };

async function answer(finish: () => Promise<Finished>, success: string): Promise<CallbackAnswer> {
  const headers = { "Referrer-Policy": "no-referrer" };
  let finished: Finished;
  try {
    finished = await finish();
  } catch (error) {
    // The one failure without a place to return to.
    if (hasCode(error, "stateExpired")) return { status: 400, body: NO_SIGN_IN, headers };
    throw error;
  }
  const location = new URL(finished.returnTo);
  if (finished.errorCode) location.searchParams.set("error", finished.errorCode);
  else location.searchParams.set("status", success);
  return { status: 303, location: location.href, headers };
}
