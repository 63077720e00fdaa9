import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  chosenAccount,
  offeredAccounts,
  returnAddressOf,
  scopeIn,
  signInRequestOf,
  visitorOf,
  type SignInRequest,
  type Visitor,
} from "./authorize-request";
import { consentStep, type ConsentStep } from "./consent-step";
import type { AccountPlace } from "./directories";
import { EntraError, oauthErrorOf, traceOf } from "./entra-error";
import { given, parametersOf, tenantOf, type Parameters } from "./parameters";
import { accountPage, approvalNeededPage, consentPage, errorPage } from "./pages";
import { sendBack, sendBackError, type ReturnAddress } from "./redirect";
import { sendPage } from "./send-page";
import { fitsHint, signedInAccount, startSession } from "./session";
import { stableGuid } from "./stable-guid";
import type { EntraState } from "./state";

interface Visit {
  state: EntraState;
  request: FastifyRequest;
  reply: FastifyReply;
  parameters: Parameters;
  visitor: Visitor;
  returnTo: ReturnAddress;
  signIn: SignInRequest;
}

/**
 * `/{tenant}/oauth2/v2.0/authorize` and the older `/oauth2/authorize` (partner-center-api.md §2.2): account picker,
 * consent page, code. The pages post back to their own address, so a browser and curl can both drive them.
 */
export function addAuthorizeEndpoint(app: FastifyInstance, state: EntraState): void {
  const answer = (version: 1 | 2) => (request: FastifyRequest, reply: FastifyReply) =>
    authorize(state, version, request, reply);
  app.route({ method: ["GET", "POST"], url: "/:tenant/oauth2/v2.0/authorize", handler: answer(2) });
  app.route({ method: ["GET", "POST"], url: "/:tenant/oauth2/authorize", handler: answer(1) });
}

function authorize(state: EntraState, version: 1 | 2, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const trace = traceOf(request.headers, state.clock.now());
  const parameters = parametersOf(request);
  let returnTo: ReturnAddress | undefined;
  try {
    const visitor = visitorOf(state, tenantOf(request), parameters);
    const address = returnAddressOf(visitor.registration, parameters);
    returnTo = address;
    const signIn = signInRequestOf(parameters, version);
    return visit({ state, request, reply, parameters, visitor, returnTo: address, signIn });
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    // Nobody can be sent anywhere before the address is known to be registered, nor when the account is the trouble.
    if (!returnTo || [50020, 50034, 50057].includes(error.code)) return sendPage(reply, errorPage(error, trace), 400);
    return sendBackError(reply, returnTo, error, redirectErrorOf(error, state), trace);
  }
}

function visit(visit: Visit): FastifyReply {
  const { state, request, reply, parameters, visitor, signIn } = visit;
  if (visitor.directory) scopeIn(state, signIn, visitor.directory); // a bad scope is refused before anybody signs in
  const chosen = given(parameters, "account");
  if (chosen !== undefined) return signedIn(visit, chosenAccount(state, visitor, chosen));
  const silent = signIn.prompt.includes("none");
  const session = signedInAccount(state, request);
  const usable = session && fitsHint(session, signIn.loginHint) && belongs(session, visitor);
  const mayReuse = !signIn.prompt.includes("login") && !signIn.prompt.includes("select_account");
  if (usable && mayReuse) return signedIn(visit, session);
  if (silent) throw new EntraError(50058);
  const accounts = offeredAccounts(state, visitor.directory);
  return sendPage(reply, accountPage(visitor.registration.app.displayName, accounts, signIn.loginHint));
}

function signedIn(visit: Visit, place: AccountPlace): FastifyReply {
  const { state, reply, parameters, visitor, signIn } = visit;
  const { account } = place;
  const directory = visitor.directory ?? place.directory;
  // The real page would lead the user through the enrolment; here the app learns that it is missing.
  if (directory.policies.requireMfa && !account.mfa) throw new EntraError(50079, visitor.registration.app.appId);
  const step = consentStep(state, {
    directory,
    registration: visitor.registration,
    account,
    scope: scopeIn(state, signIn, directory),
    answer: given(parameters, "consent"),
    forEveryone: given(parameters, "orgwide") === "true",
    force: signIn.prompt.includes("consent"),
    silent: signIn.prompt.includes("none"),
  });
  if (step.kind !== "granted") return sendPage(reply, pageOf(step, visitor, account.upn));
  const amr = account.mfa ? ["pwd", "mfa"] : ["pwd"];
  startSession(state, reply, { oid: account.oid, amr, epoch: account.epoch });
  const answer = { code: issueCode(visit, place, directory.tenantId, amr) };
  const sessionState = stableGuid(account.oid, visitor.registration.app.appId);
  return sendBack(reply, visit.returnTo, { ...answer, session_state: sessionState });
}

function issueCode(visit: Visit, { account }: AccountPlace, tenantId: string, amr: string[]): string {
  const { state, signIn, visitor, returnTo } = visit;
  const { appId } = visitor.registration.app;
  state.grants.record({ kind: "code", appId, tenantId, upn: account.upn, resource: "", permissions: [], amr });
  return state.grants.issueCode({
    grant: {
      appId,
      oid: account.oid,
      tenantId,
      amr,
      epoch: account.epoch,
      scope: signIn.scopeText,
      ...(signIn.nonce === undefined ? {} : { nonce: signIn.nonce }),
    },
    redirectUri: returnTo.uri,
    ...(signIn.challenge ? { challenge: signIn.challenge } : {}),
  });
}

function pageOf(step: Exclude<ConsentStep, { kind: "granted" }>, { registration }: Visitor, upn: string): string {
  const appName = registration.app.displayName;
  if (step.kind === "approvalNeeded") return approvalNeededPage(appName, upn, step.permissions);
  const { permissions, offerForEveryone } = step;
  return consentPage({ appName, upn, permissions, offerForEveryone, forEveryone: false });
}

function belongs(session: AccountPlace, { directory }: Visitor): boolean {
  return directory === undefined || session.directory === directory;
}

/** Here a few numbers go with other names than at the token endpoint. */
function redirectErrorOf(error: EntraError, state: EntraState): string {
  if (error.code === 65001) return "consent_required";
  if (error.code === 50079) return "interaction_required";
  return oauthErrorOf(error, { version: 2, unknownApp: state.switches.unknownApp });
}
