import * as access from "../../shared/api/access";
import * as auditLogs from "../../shared/api/audit-logs";
import * as callbacks from "../../shared/api/callbacks";
import * as changes from "../../shared/api/changes";
import * as connections from "../../shared/api/connections";
import * as customers from "../../shared/api/customers";
import * as health from "../../shared/api/health";
import * as onboarding from "../../shared/api/onboarding";
import * as reference from "../../shared/api/reference";
import * as resellerSetup from "../../shared/api/reseller-setup";
import * as resellers from "../../shared/api/resellers";
import type { Route } from "../../shared/api/route";
import * as subscriptions from "../../shared/api/subscriptions";
import * as summary from "../../shared/api/summary";
import * as tenantConsent from "../../shared/api/tenant-consent";
import * as tenants from "../../shared/api/tenants";
import * as writeMode from "../../shared/api/write-mode";

const modules = [
  access,
  auditLogs,
  callbacks,
  changes,
  connections,
  customers,
  health,
  onboarding,
  reference,
  resellerSetup,
  resellers,
  subscriptions,
  summary,
  tenantConsent,
  tenants,
  writeMode,
];

/** Every operation that is declared, found in the modules that declare them. */
export const declaredRoutes: readonly Route[] = modules
  .flatMap((module): unknown[] => Object.values(module))
  .filter(isRoute);

function isRoute(value: unknown): value is Route {
  return typeof value === "object" && value !== null && "method" in value && "path" in value && "permission" in value;
}
