import type { TenantId } from "../domain/access/ids";
import { AppError } from "../errors";
import type { OAuthClient } from "./oauth-client";
import { TokenRefused } from "./token-refused";

/** Our tenant application: registered in the MSP's directory, multi-tenant. */
export interface OwnApplication {
  oauth: OAuthClient;
  applicationId: string;
  applicationSecret: () => Promise<string | undefined>;
  graphResource: string;
}

/** It has no service principal in that directory, or nobody consented, or there is no such directory. */
const NOT_CONSENTED = new Set([700016, 7000229, 65001, 500011, 90002]);

/**
 * A Graph token of our application for one directory, always a new one: a token from before a consent lacks what was just
 * given. Undefined when the directory has not consented. Throws `tenantAppNotUsable` when it is our side that does not
 * work, `upstreamError` for what Entra says besides.
 */
export async function ownApplicationToken(app: OwnApplication, directoryId: TenantId): Promise<string | undefined> {
  const { applicationId } = app;
  const applicationSecret = await app.applicationSecret();
  if (applicationSecret === undefined) throw misconfigured("its secret is not in the vault");
  try {
    const ask = { directoryId, applicationId, applicationSecret, scope: `${app.graphResource}/.default` };
    return (await app.oauth.clientCredentials(ask)).accessToken;
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    if (error.code !== undefined && NOT_CONSENTED.has(error.code)) return undefined;
    if (error.error === "invalid_client") throw misconfigured("Entra does not accept its secret", error);
    if (error.error === "unauthorized_client") return undefined;
    const message = `Microsoft Entra refused the tenant application (${error.error}).`;
    throw new AppError("upstream", "upstreamError", message, { cause: error });
  }
}

function misconfigured(why: string, cause?: unknown): AppError {
  const message = `The tenant application of this system does not work: ${why}.`;
  return new AppError("unavailable", "tenantAppNotUsable", message, { cause });
}
