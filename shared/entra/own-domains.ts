import type { TenantId } from "../domain/access/ids";
import type { OwnDomain, OwnDomains } from "../domain/resellers/own-domains";
import type { OAuthClient } from "./oauth-client";
import { ownApplicationToken, type OwnApplication } from "./own-application";

/** Domains by a Graph token; `refused` when the token or its permissions are not accepted. */
export type ReadDomains = (
  accessToken: string,
) => Promise<{ kind: "found"; domains: OwnDomain[] } | { kind: "refused" }>;

/** The MSP's own directory through our tenant application, with that directory's own consent. */
export function createOwnDomains(
  options: OwnApplication & { oauth: OAuthClient; directoryId: TenantId; readDomains: ReadDomains },
): OwnDomains {
  return {
    async list() {
      const accessToken = await ownApplicationToken(options, options.directoryId);
      if (accessToken === undefined) return undefined;
      const read = await options.readDomains(accessToken);
      return read.kind === "refused" ? undefined : read.domains;
    },
  };
}
