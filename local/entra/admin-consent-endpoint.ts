import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { chosenAccount, offeredAccounts, returnAddressOf, visitorOf, type Visitor } from "./authorize-request";
import { EntraError, traceOf } from "./entra-error";
import { given, parametersOf, tenantOf, type Parameters } from "./parameters";
import { accountPage, consentPage, errorPage } from "./pages";
import { grantForEveryone, isConsentAdministrator } from "./permissions";
import { sendBack, sendBackError, type ReturnAddress } from "./redirect";
import { parseScope } from "./scopes";
import { sendPage } from "./send-page";
import type { EntraState } from "./state";

/**
 * `/{tenant}/v2.0/adminconsent` and the older `/{tenant}/adminconsent` (partner-center-api.md §2.8a). An administrator
 * lets the app into the directory; with a scope for what it names, without one for all the registration lists.
 */
export function addAdminConsentEndpoint(app: FastifyInstance, state: EntraState): void {
  const answer = (version: 1 | 2) => (request: FastifyRequest, reply: FastifyReply) =>
    adminConsent(state, version, request, reply);
  app.route({ method: ["GET", "POST"], url: "/:tenant/v2.0/adminconsent", handler: answer(2) });
  app.route({ method: ["GET", "POST"], url: "/:tenant/adminconsent", handler: answer(1) });
}

function adminConsent(state: EntraState, version: 1 | 2, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const trace = traceOf(request.headers, state.clock.now());
  let returnTo: ReturnAddress | undefined;
  try {
    const parameters = parametersOf(request);
    const visitor = visitorOf(state, tenantOf(request), parameters);
    const address = returnAddressOf(visitor.registration, parameters);
    returnTo = address;
    const permissions = requestedPermissions(state, version, given(parameters, "scope"), visitor.directory?.tenantId);
    return decide({ state, version, reply, parameters, visitor, returnTo: address, permissions });
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    if (!returnTo || [50020, 50034, 50057].includes(error.code)) return sendPage(reply, errorPage(error, trace), 400);
    return sendBackError(reply, returnTo, error, errorNames[error.code] ?? "invalid_request", trace);
  }
}

/** OAuth errors of this page; the number for a missing right is the one of sign-in. */
const errorNames: Partial<Record<number, string>> = { 65004: "access_denied", 90094: "permission_denied" };

interface ConsentVisit {
  state: EntraState;
  version: 1 | 2;
  reply: FastifyReply;
  parameters: Parameters;
  visitor: Visitor;
  returnTo: ReturnAddress;
  permissions: string[];
}

/** Account, then question, then consent. */
function decide({ state, version, reply, parameters, visitor, returnTo, permissions }: ConsentVisit): FastifyReply {
  const { appId, displayName: appName } = visitor.registration.app;
  const chosen = given(parameters, "account");
  if (chosen === undefined) {
    return sendPage(reply, accountPage(appName, offeredAccounts(state, visitor.directory), undefined));
  }
  const { account, directory } = chosenAccount(state, visitor, chosen);
  if (!isConsentAdministrator(account)) {
    throw new EntraError(90094, directory.displayName, permissions.join(" "), appName);
  }
  const answer = given(parameters, "consent");
  if (answer === "decline") throw new EntraError(65004);
  if (answer !== "accept") {
    const page = { appName, upn: account.upn, permissions, offerForEveryone: false, forEveryone: true };
    return sendPage(reply, consentPage(page));
  }
  grantForEveryone(directory, appId, permissions, state.directories);
  return sendBack(reply, returnTo, {
    admin_consent: "True",
    tenant: directory.tenantId,
    ...(version === 2 ? { scope: permissions.join(" ") } : {}),
  });
}

/** As permissions of a consent. The v2.0 page needs a scope; unlike sign-in it may name several resources. */
function requestedPermissions(
  state: EntraState,
  version: 1 | 2,
  scope: string | undefined,
  tenantId = "organizations",
): string[] {
  if (version === 1) return [".default"];
  if (scope === undefined) throw new EntraError(900144, "scope");
  const wanted = scope.split(/\s+/).filter((name) => name !== "");
  for (const name of wanted) parseScope(name, state.directories, tenantId); // refuses unknown resources
  return wanted;
}
