import type { Registration } from "./directories";
import { grantedAppRoles } from "./permissions";
import { resourceNamed } from "./resources";
import { stableGuid } from "./stable-guid";
import type { EntraState } from "./state";
import { signAppToken } from "./tokens";

/** What the managed-identity endpoint hands out. */
export interface ServiceToken {
  accessToken: string;
  /** Epoch seconds, real time. */
  expiresOn: number;
  resource: string;
  clientId: string;
}

/** See `Entra.issueServiceToken`. The resource may be given as a scope (`…/.default`) too. */
export async function issueServiceToken(state: EntraState, resource: string, clientId?: string): Promise<ServiceToken> {
  const registration = identityOf(state, clientId);
  const { app, home } = registration;
  const found = resourceNamed(resource.replace(/\/\.default$/, ""), state.directories, home.tenantId);
  const roles = grantedAppRoles(home, registration, found, state.directories);
  const { token, expiresIn } = await signAppToken(state, home, registration, found, roles);
  state.grants.record({
    kind: "service",
    appId: app.appId,
    tenantId: home.tenantId,
    resource: found.id,
    permissions: roles,
  });
  const expiresOn = Math.floor(Date.now() / 1000) + expiresIn;
  return { accessToken: token, expiresOn, resource, clientId: app.appId };
}

/** A managed identity need not be registered: then it is one of the first directory. */
function identityOf(state: EntraState, clientId: string | undefined): Registration {
  const known = clientId === undefined ? undefined : state.directories.registration(clientId);
  if (known) return known;
  const home = state.directories.list()[0];
  if (!home) throw new Error("Entra has no directory, so it has no managed identity.");
  const appId = clientId ?? stableGuid(home.tenantId, "system-assigned identity");
  return {
    home,
    app: { appId, displayName: "Managed identity", multiTenant: false, redirectUris: [], secrets: [] },
  };
}
