import type { Account, Directory, Registration } from "./directories";
import { EntraError } from "./entra-error";
import {
  grantForEveryone,
  grantToAccount,
  isConsentAdministrator,
  missingScopes,
  neededScopes,
  needsAdministrator,
} from "./permissions";
import type { ScopeRequest } from "./scopes";
import type { EntraState } from "./state";

export interface ConsentQuestion {
  directory: Directory;
  registration: Registration;
  account: Account;
  scope: ScopeRequest;
  /** `accept`, `decline`, or undefined while the user was not asked. */
  answer: string | undefined;
  /** The administrator ticked "on behalf of your organization". */
  forEveryone: boolean;
  /** `prompt=consent`: ask even for what was granted. */
  force: boolean;
  /** `prompt=none`: nobody can be asked. */
  silent: boolean;
}

export type ConsentStep =
  | { kind: "granted" }
  | { kind: "ask"; permissions: string[]; offerForEveryone: boolean }
  | { kind: "approvalNeeded"; permissions: string[] };

/**
 * Whether the app has the consent it needs from this account, and what to show if not. Grants what was accepted.
 * Throws 65004 for a refusal, 90094 when only an administrator could grant, 65001 when nobody can be asked.
 */
export function consentStep(state: EntraState, question: ConsentQuestion): ConsentStep {
  const { directory, registration, account, scope, answer, force } = question;
  const needed = neededScopes(scope, registration, state.directories);
  const missing = missingScopes(directory, registration, account.oid, scope.resource, needed);
  const permissions = missing.map((name) => `${scope.prefix}/${name}`);
  const asked = force ? [...scope.openId, ...needed.map((name) => `${scope.prefix}/${name}`)] : permissions;
  if (asked.length === 0) return { kind: "granted" };
  if (question.silent) throw new EntraError(65001, registration.app.appId, registration.app.displayName);

  const administrator = isConsentAdministrator(account);
  if (!administrator && missing.some((name) => needsAdministrator(directory, scope.resource, name))) {
    if (answer === undefined) return { kind: "approvalNeeded", permissions };
    throw new EntraError(90094, directory.displayName, permissions.join(" "), registration.app.displayName);
  }
  if (answer === "decline") throw new EntraError(65004);
  if (answer !== "accept") return { kind: "ask", permissions: asked, offerForEveryone: administrator };
  if (administrator && question.forEveryone) {
    const keys = missing.map((name) => `${scope.resource.id}/${name}`);
    grantForEveryone(directory, registration.app.appId, keys, state.directories);
  } else {
    grantToAccount(directory, registration.app.appId, account.oid, scope.resource, missing);
  }
  return { kind: "granted" };
}
