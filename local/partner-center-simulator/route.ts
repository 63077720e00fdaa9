import type { VirtualClock } from "../virtual-clock";
import { refuse } from "./errors";
import type { Faults } from "./faults";
import type { SwitchValues } from "./switches";
import type { Customer, Effect, JsonObject, Partner, Subscription, World } from "./world";

/** Told after something changed a subscription: a write, an outside edit, or time. */
export interface SubscriptionChange {
  partnerId: string;
  customerId: string;
  subscriptionId: string;
  operation: string;
  auditRecordId: string;
  at: Date;
  effect: Effect;
}

/** Everything a feature needs of the running simulator. `world` is replaced on reset: read it per call, keep no copy. */
export interface Simulation {
  world: World;
  readonly clock: VirtualClock;
  readonly switches: SwitchValues;
  readonly faults: Faults;
  /** Base address, for links that must be absolute. */
  readonly url: () => string;
  /** Makes time act on subscriptions not later than this moment (epoch milliseconds); see `clock-events.ts`. */
  readonly wakeAt: (atMs: number) => void;
  /** When time next does something to this subscription (epoch milliseconds); `Infinity`: never. */
  readonly nextEventOf: (subscription: Subscription) => number;
  readonly onSubscriptionChange: ((change: SubscriptionChange) => void)[];
  /** Called once, on the next reset or close, to forget timers of a feature. */
  readonly onReset: (() => void)[];
}

/** Who calls, as proven by the access token. */
export interface Caller {
  kind: "app" | "user";
  partner: Partner;
  appId: string;
  /** The service principal's or user's object id. */
  oid: string;
  /** Users only. */
  upn: string | undefined;
  mfa: boolean;
  roles: string[];
  groups: string[];
}

/** One call of a client, authenticated. */
export interface Call {
  simulation: Simulation;
  routeName: string;
  method: string;
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  /** The parsed JSON body, untouched; undefined without a body. */
  body: unknown;
  caller: Caller;
  requestId: string;
  correlationId: string;
  locale: string;
  now: Date;
}

export interface Answer {
  status: number;
  body?: JsonObject | unknown[] | string | Buffer | undefined;
  headers?: Record<string, string>;
}

export interface RouteRule {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Fastify path, such as `/v1/customers/:customerId/carts`. `:customerId` makes the relationship to be checked (403/20002). */
  path: string;
  /** Unique; faults name routes by it, such as `patchSubscription`. */
  name: string;
  /** `any`: app-only and user tokens; `user`: app-only is refused with 403/900329; `none`: open to everybody. */
  token: "any" | "user" | "none";
  /** Users need a GDAP role in the customer tenant (403/900308). */
  gdap?: boolean;
  /** Default `partner-center`; `sales` is the host of price sheets with an audience of its own. */
  audience?: "partner-center" | "sales";
}

export type Handler = (call: Call) => Answer | Promise<Answer>;

/** How a feature registers its routes: `export function registerCarts(add: AddRoute): void`. */
export type AddRoute = (rule: RouteRule, handler: Handler) => void;

/** The customer of the path, whose relationship to the caller's partner has been checked. */
export function customerOf(call: Call): Customer {
  const customer = call.simulation.world.customers.get(call.params["customerId"] ?? "");
  if (!customer) throw new Error(`Route ${call.routeName} has no :customerId in its path.`);
  return customer;
}

/** The body as a JSON object, or 400/800002. */
export function bodyObject(call: Call): JsonObject {
  if (isJsonObject(call.body)) return call.body;
  return refuse(400, "800002", "The request body must be a JSON object.");
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A copy whose property names start in lower case, at every depth: Partner Center reads bodies case-insensitively. */
export function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.charAt(0).toLowerCase() + name.slice(1), camelCased(inner)]),
  );
}

/** A collection in the common envelope (partner-center-api.md §1.4). */
export function collection(
  items: unknown[],
  selfUri: string,
  extra: { nextUri?: string; token?: string } = {},
): JsonObject {
  const self = { uri: selfUri, method: "GET", headers: [] };
  const next =
    extra.nextUri === undefined
      ? {}
      : {
          next: {
            uri: extra.nextUri,
            method: "GET",
            headers: extra.token === undefined ? [] : [{ key: "MS-ContinuationToken", value: extra.token }],
          },
        };
  return { totalCount: items.length, items, links: { self, ...next }, attributes: { objectType: "Collection" } };
}
