import { decodeJwt } from "jose";
import { z } from "zod";
import type { TenantDirectory } from "../domain/tenants/tenant-directory";
import { AppError } from "../errors";
import { ownApplicationToken, type OwnApplication } from "./own-application";

/** The organisation a Graph token can read; `refused` when the token or its permissions are not accepted. */
export type ReadOrganization = (
  accessToken: string,
) => Promise<{ kind: "found"; id: string; displayName: string } | { kind: "refused" }>;

/** Customers' directories through our tenant application (fact sheet §2.8a): consent, and the proof of it. */
export function createTenantConsent(options: OwnApplication & { readOrganization: ReadOrganization }): TenantDirectory {
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
      const accessToken = await ownApplicationToken(options, tenantId);
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

/** Application permissions in the token. The token is opaque by contract: what cannot be read is shown as none. */
function permissionsOf(accessToken: string): string[] {
  try {
    return z.array(z.string()).catch([]).parse(decodeJwt(accessToken)["roles"]);
  } catch {
    return [];
  }
}
