import type { Platform } from "../platform/start-platform";
import { DEMO_PASSWORD } from "../presets/demo-apps";
import { customerTenants, mspTenant } from "../presets/tenants";

/** The last thing `npm start` says: where everything is, who may sign in, and a command that works. */
export function welcomeScreen(platform: Platform, token: string, seconds: number): string {
  const { apiUrl, simulator, entra, controlUrl } = platform;
  return `
CSP marketplace runs, ready after ${seconds} s. Ctrl-C stops all of it.

  API            ${apiUrl}/api/v1/csp          Reference   ${apiUrl}/api/docs
  Partner Center ${simulator.url}/v1           Books       ${simulator.url}/_control/books
  Sign-in        ${entra.url}                  Clock       POST ${controlUrl}/clock/advance {"minutes": 20}

  Sign in as (password ${DEMO_PASSWORD}):
    admin@${mspTenant.domain}      operator@ · approver@ · reader@ of the same domain
    user@${customerTenants.mueller.domain}      a user of a customer, who sees that tenant only

  Try:
    TOKEN=${token}
    curl -s -H "Authorization: Bearer $TOKEN" ${apiUrl}/api/v1/csp/tenants
`;
}
