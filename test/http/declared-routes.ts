import * as access from "../../shared/api/access";
import * as auditLogs from "../../shared/api/audit-logs";
import * as callbacks from "../../shared/api/callbacks";
import * as changes from "../../shared/api/changes";
import { errorsOf } from "../../shared/api/common-errors";
import * as customers from "../../shared/api/customers";
import * as health from "../../shared/api/health";
import * as onboarding from "../../shared/api/onboarding";
import * as reference from "../../shared/api/reference";
import * as resellers from "../../shared/api/resellers";
import type { Route } from "../../shared/api/route";
import * as subscriptions from "../../shared/api/subscriptions";
import * as tenants from "../../shared/api/tenants";
import { checkResult } from "../../shared/http/check-response";
import type { AnyResult } from "../../shared/http/endpoint";
import type { Answer } from "./wire";

const modules = [
  access,
  auditLogs,
  callbacks,
  changes,
  customers,
  health,
  onboarding,
  reference,
  resellers,
  subscriptions,
  tenants,
];

/** Every operation that is declared, found in the modules that declare them. */
export const declaredRoutes: readonly Route[] = modules
  .flatMap((module): unknown[] => Object.values(module))
  .filter(isRoute);

function isRoute(value: unknown): value is Route {
  return typeof value === "object" && value !== null && "method" in value && "path" in value && "permission" in value;
}

/** The operation that answers this call; `undefined` where none is declared. */
export function routeOf(method: string, path: string): Route | undefined {
  const pathname = path.replace(/[?#].*$/, "");
  return declaredRoutes.find((route) => route.method === method && patternOf(route.path).test(pathname));
}

/** Throws when an answer is not one its operation declares: another status, body, or error code. */
export function checkDeclared(route: Route, { status, headers, body }: Answer): void {
  if (headers.get("content-type")?.startsWith("application/problem+json")) {
    const code = String((body as { code?: unknown }).code);
    const declared = errorsOf(route)[code];
    // An upstream that says when to come back is answered with 503 in place of 502.
    if (declared?.status === status || (declared?.status === 502 && status === 503)) return;
    throw new Error(`${route.name} refused with ${status} ${code}; declared: ${declared?.status ?? "not at all"}.`);
  }
  // The statuses a declaration knows are compared in there, so any number may go in.
  checkResult(route, { status: status as AnyResult["status"], body });
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replace(/\{[^}]*\}/g, "[^/]+").replaceAll(".", "\\.")}$`);
}
