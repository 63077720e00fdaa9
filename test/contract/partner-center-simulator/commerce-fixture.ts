import { randomUUID } from "node:crypto";
import type { SimulatorSeed, SubscriptionSeed } from "../../../local/partner-center-simulator/seed";
import { startSimulator, type Simulator } from "../../../local/partner-center-simulator/start-simulator";
import type { SwitchSettings } from "../../../local/partner-center-simulator/switches";
import { VirtualClock } from "../../../local/virtual-clock";

export const partnerId = "11111111-1111-4111-8111-111111111111";
export const otherPartnerId = "22222222-2222-4222-8222-222222222222";
export const acme = "aaaaaaaa-0000-4000-8000-000000000001";
export const school = "aaaaaaaa-0000-4000-8000-000000000002";
export const unsigned = "aaaaaaaa-0000-4000-8000-000000000003";
export const underReview = "aaaaaaaa-0000-4000-8000-000000000004";
export const charity = "aaaaaaaa-0000-4000-8000-000000000005";

const START = new Date("2026-11-10T09:00:00.000Z");
export const MINUTE = 60_000;
export const DAY = 86_400_000;

const partner = (tenantId: string, companyName: string) => ({
  tenantId,
  companyName,
  domain: "partner.onmicrosoft.com",
  email: "partner@partner.onmicrosoft.com",
  country: "DE",
  currency: "EUR",
  culture: "en-US",
  language: "en",
});

const customer = (id: string, companyName: string, more: Partial<SimulatorSeed["customers"][number]> = {}) => ({
  id,
  companyName,
  domain: `${companyName.toLowerCase()}.onmicrosoft.com`,
  partners: [partnerId],
  ...more,
});

function commerceSeed(subscriptions: SubscriptionSeed[]): SimulatorSeed {
  return {
    partners: [partner(partnerId, "Fabrikam"), partner(otherPartnerId, "Proseware")],
    customers: [
      customer(acme, "Acme", { partners: [partnerId, otherPartnerId] }),
      customer(school, "School", { segment: "education" }),
      customer(unsigned, "Unsigned", { agreementConfirmed: false }),
      customer(underReview, "Review", { validationStatus: "UnderReview" }),
      customer(charity, "Charity", { segment: "nonprofit" }),
    ],
    subscriptions,
  };
}

/** A subscription of Acme, bought through the partner of the fixture. */
export function owned(
  rest: Omit<SubscriptionSeed, "customerId" | "partnerId"> & Partial<SubscriptionSeed>,
): SubscriptionSeed {
  return { customerId: acme, partnerId, ...rest };
}

/** What tests read of answers. A property that is missing is undefined, and the assertion on it fails. */
export interface Wire {
  [name: string]: unknown;
  id: string;
  code: string;
  status: string;
  quantity: number;
  catalogItemId: string;
  subscriptionId: string;
  correlationId: string;
  commitmentEndDate: string;
  data: string[];
  customerName: string;
  orderGroup: string;
  duration: string;
  billingCycle: string;
  originalCorrelationId: string;
  resourceOldValue: string;
  resourceNewValue: string;
  items: Wires;
  orders: Wires;
  lineItems: Wires;
  addonItems: Wires;
  terms: Wires;
  eligibilities: Wires;
  requiredProducts: Wires;
  errors: Wires;
  type: string;
  productSku: { skuPartNumber: string };
  cancellationPolicies: Wires;
  error: { errorCode: unknown } | undefined;
  pricing: Record<"listPrice" | "proratedPrice" | "price" | "extendedPrice", number>;
  links: { next: NextLink };
}

/** As long as the test expects: what is not there is undefined when it runs. */
type Wires = [Wire, Wire, ...Wire[]];

interface NextLink {
  uri: string;
  headers: { key: string; value: string }[];
}

export interface Reply {
  status: number;
  body: Wire;
  text: string;
  headers: Headers;
}

interface Client {
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>;
  patch(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>;
  delete(path: string): Promise<Reply>;
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(claims: Record<string, unknown>): string {
  const common = { iss: "https://sts.example", appid: "5f0c9d3a-0000-4000-8000-00000000a001", oid: randomUUID() };
  return `${part({ alg: "none", typ: "JWT" })}.${part({ ...common, ...claims })}.unsigned`;
}

const API = "https://api.partnercenter.microsoft.com";
const SALES = "https://api.partner.microsoft.com";

const appClaims = (tid: string, aud = API) => ({ aud, tid, idtyp: "app" });
const userClaims = (tid: string, aud = API) => ({
  ...{ aud, tid, scp: "user_impersonation", upn: "ops@partner.example", amr: ["pwd", "mfa"] },
});

/** JSON of an answer; tests assert on every field they read. */
export function readWire(text: string): Wire {
  return JSON.parse(text) as Wire;
}

function clientOf(baseUrl: () => string, bearer: string): Client {
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    more: Record<string, string> = {},
  ): Promise<Reply> => {
    const response = await fetch(baseUrl() + path, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...more,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true && text !== "";
    return { status: response.status, body: isJson ? readWire(text) : readWire("{}"), text, headers: response.headers };
  };
  return {
    get: (path, headers) => send("GET", path, undefined, headers),
    post: (path, body, headers) => send("POST", path, body, headers),
    put: (path, body, headers) => send("PUT", path, body, headers),
    patch: (path, body, headers) => send("PATCH", path, body, headers),
    delete: (path) => send("DELETE", path),
  };
}

export interface Commerce {
  simulator: Simulator;
  clock: VirtualClock;
  /** App-only token of the partner. */
  app: Client;
  /** User token with MFA. */
  user: Client;
  /** User token for the host of price sheets. */
  salesUser: Client;
  salesApp: Client;
  otherApp: Client;
  anonymous: Client;
  /** Stops what runs and starts anew with other subscriptions or switches. */
  restart(options?: CommerceOptions): Promise<void>;
  close(): Promise<void>;
}

interface CommerceOptions {
  subscriptions?: SubscriptionSeed[];
  switches?: SwitchSettings;
}

/** A simulator with one partner and five customers; its clock stands still unless a test moves it. */
export async function startCommerce(options: CommerceOptions = {}): Promise<Commerce> {
  const start = async (settings: CommerceOptions): Promise<[Simulator, VirtualClock]> => {
    const clock = new VirtualClock({ start: START, running: false });
    const seed = commerceSeed(settings.subscriptions ?? []);
    return [await startSimulator({ clock, seed, switches: settings.switches ?? {} }), clock];
  };
  let [simulator, clock] = await start(options);
  const url = () => simulator.url;
  return {
    get simulator() {
      return simulator;
    },
    get clock() {
      return clock;
    },
    app: clientOf(url, token(appClaims(partnerId))),
    user: clientOf(url, token(userClaims(partnerId))),
    salesUser: clientOf(url, token(userClaims(partnerId, SALES))),
    salesApp: clientOf(url, token(appClaims(partnerId, SALES))),
    otherApp: clientOf(url, token(appClaims(otherPartnerId))),
    anonymous: {
      ...clientOf(url, ""),
      get: async (path) => {
        const response = await fetch(simulator.url + path);
        const text = await response.text();
        return { status: response.status, body: readWire("{}"), text, headers: response.headers };
      },
    },
    async restart(next = {}) {
      await simulator.close();
      [simulator, clock] = await start(next);
    },
    close: () => simulator.close(),
  };
}

/** The catalogItemId of a SKU today, as a client finds it: from its availabilities. */
export async function itemIdOf(commerce: Commerce, productAndSku: string, customerId = acme): Promise<string> {
  const [productId = "", skuId = ""] = productAndSku.split(":");
  const path = `/v1/customers/${customerId}/products/${productId}/skus/${skuId}/availabilities`;
  const { body } = await commerce.app.get(path);
  return body.items[0].catalogItemId;
}

/** A cart with these lines. */
export async function cartWith(
  commerce: Commerce,
  lines: Record<string, unknown>[],
  customerId = acme,
  more: Record<string, unknown> = {},
): Promise<Reply> {
  const lineItems = lines.map((line, id) => ({ id, ...line }));
  return commerce.app.post(`/v1/customers/${customerId}/carts`, { lineItems, ...more });
}

export function checkout(commerce: Commerce, cartId: string, customerId = acme): Promise<Reply> {
  return commerce.app.post(`/v1/customers/${customerId}/carts/${cartId}/checkout`);
}
