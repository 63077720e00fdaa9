import type { Platform } from "../platform/start-platform";
import { DEMO_PASSWORD, resellerApps } from "../presets/demo-apps";
import { demoScopeOf } from "./grant-demo-access";
import { customerTenants, mspTenant, resellerTenants, type DemoTenant } from "../presets/tenants";

export interface WelcomeOptions {
  /** An access token of the administrator, for the command to try. */
  token: string;
  /** How long the start took. */
  seconds: number;
  /** `demo`: the demo data is loaded. Otherwise the installation is empty, and these customers can be connected. */
  data: "demo" | { customers: readonly DemoTenant[] };
}

/** The last thing `npm start` says: where everything is, who may sign in, and a command that works. */
export function welcomeScreen(platform: Platform, { token, seconds, data }: WelcomeOptions): string {
  return `
CSP marketplace runs, ready after ${seconds} s. Ctrl-C stops all of it.

${addresses(platform)}

${signIns(data)}
  Try:
    TOKEN=${token}
    curl -s -H "Authorization: Bearer $TOKEN" ${platform.apiUrl}/api/v1/csp/${data === "demo" ? "tenants" : "resellers"}
`;
}

/** Where people find what. */
export function addresses({ apiUrl, simulator, entra, controlUrl }: Platform): string {
  return `  API              ${apiUrl}/api/v1/csp
  Reference        ${apiUrl}/api/docs
  Sign-in          ${entra.url}
  Partner Center   ${simulator.url}/v1   its books: ${simulator.url}/_control/books
  Control          ${controlUrl}   such as POST /clock/advance {"minutes": 20}`;
}

function signIns(data: WelcomeOptions["data"]): string {
  const customer = data === "demo" ? customerTenants.mueller : data.customers[0];
  return `  Sign in as (password ${DEMO_PASSWORD}):
${staffAccounts(data)}
${customer ? account("user", customer, data === "demo" ? "sees that tenant only" : "once that tenant is added") : ""}
${data === "demo" ? "" : nothingYet(data.customers)}`;
}

function staffAccounts(data: WelcomeOptions["data"]): string {
  const may = { operator: "changes seats", approver: "reads", reader: "reads" };
  const others = Object.entries(may).map(([name, does]) =>
    account(name, mspTenant, data === "demo" ? `${does}, ${demoScopeOf(name)}` : `${does}, once something is granted`),
  );
  return [account("admin", mspTenant, "sees and may do everything"), ...others].join("\n");
}

function account(name: string, { domain }: DemoTenant, may: string): string {
  return `    ${`${name}@${domain}`.padEnd(44)} ${may}`;
}

/** What somebody needs who begins with an empty installation: a reseller to add, and customers to connect. */
function nothingYet(customers: readonly DemoTenant[]): string {
  const [first] = customers;
  const last = customers.at(-1);
  const resellers = Object.entries(resellerApps).map(([key, { appId, secret }]) => {
    const { domain } = resellerTenants[key as keyof typeof resellerApps];
    return `    ${domain.padEnd(32)} application ${appId}, secret ${secret}`;
  });
  return `
  The installation is empty. Resellers to add:
${resellers.join("\n")}
  Customers to connect: ${customers.length}, from ${first?.domain ?? "-"} to ${last?.domain ?? "-"}
`;
}
