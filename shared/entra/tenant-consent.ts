import { decodeJwt } from "jose";
import { z } from "zod";
import type { TenantId } from "../domain/access/ids";
import type { TenantDirectory } from "../domain/tenants/tenant-directory";
import { AppError } from "../errors";
import type { OAuthClient } from "./oauth-client";
import { TokenRefused } from "./token-refused";

/** The organisation a Graph token can read; `refused` when the token or its permissions are not accepted. */
export type ReadOrganization = (
  accessToken: string,
) => Promise<{ kind: "found"; id: string; displayName: string } | { kind: "refused" }>;

/** Our own application has no service principal in that directory, or nobody consented, or there is no such directory. */
const NOT_CONSENTED = new Set([700016, 7000229, 65001, 500011, 90002]);

/** Customers' directories through our tenant application (fact sheet §2.8a): consent, and the proof of it. */
export function createTenantConsent(options: {
  oauth: OAuthClient;
  /** Our tenant application: registered in the MSP's directory, multi-tenant. */
  applicationId: string;
  applicationSecret: () => Promise<string | undefined>;
  graphResource: string;
  readOrganization: ReadOrganization;
}): TenantDirectory {
  const { oauth, applicationId, readOrganization } = options;
  const scope = `${options.graphResource}/.default`;

  return {
    consentUrl({ tenantId, redirectUri, state }) {
      const url = new URL(`${oauth.authority}/${tenantId}/v2.0/adminconsent`);
      const fields = { client_id: applicationId, scope, redirect_uri: redirectUri, state };
      for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
      return url.href;
    },

    async readOrganization(tenantId) {
      const applicationSecret = await options.applicationSecret();
      if (applicationSecret === undefined) throw misconfigured("its secret is not in the vault");
      // Always a new token: one from before the consent lacks the permissions that were just given.
      const ask = { directoryId: tenantId, applicationId, applicationSecret, scope };
      const accessToken = await tokenUnlessMissing(oauth, ask);
      if (accessToken === undefined) return { kind: "missing" };
      const organization = await readOrganization(accessToken);
      if (organization.kind === "refused") return { kind: "missing" };
      if (organization.id.toLowerCase() !== tenantId) {
        throw new AppError("upstream", "upstreamError", "Microsoft Graph answered for another directory.");
      }
      const { displayName } = organization;
      return { kind: "consented", tenantId, displayName, permissions: permissionsOf(accessToken) };
    },
  };
}

async function tokenUnlessMissing(
  oauth: OAuthClient,
  ask: { directoryId: TenantId; applicationId: string; applicationSecret: string; scope: string },
): Promise<string | undefined> {
  try {
    return (await oauth.clientCredentials(ask)).accessToken;
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    if (error.code !== undefined && NOT_CONSENTED.has(error.code)) return undefined;
    if (error.error === "invalid_client") throw misconfigured("Entra does not accept its secret", error);
    if (error.error === "unauthorized_client") return undefined;
    throw new AppError(
      "upstream",
      "upstreamError",
      `Microsoft Entra refused the tenant application (${error.error}).`,
      {
        cause: error,
      },
    );
  }
}

/** Application permissions in the token. The token is opaque by contract: what cannot be read is shown as none. */
function permissionsOf(accessToken: string): string[] {
  try {
    return z.array(z.string()).catch([]).parse(decodeJwt(accessToken)["roles"]);
  } catch {
    return [];
  }
}

function misconfigured(why: string, cause?: unknown): AppError {
  return new AppError(
    "unavailable",
    "tenantAppNotUsable",
    `The tenant application of this system does not work: ${why}.`,
    {
      cause,
    },
  );
}
