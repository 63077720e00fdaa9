import { z } from "zod";
import { ACTIVITIES, DAYS_PER_MONTH, timesPerDay, type Activity } from "./workload";

const amount = z.number().nonnegative();

/** List prices of one month, in one currency; `prices.json` says when they were looked up. */
export const Prices = z.object({
  asOf: z.string().regex(/^\d{4}-\d{2}$/),
  currency: z.string(),
  functions: z.object({
    perGbSecond: amount,
    perMillionExecutions: amount,
    freeGbSeconds: amount,
    freeExecutions: amount,
    alwaysReadyPerGbSecond: amount,
    alwaysReadyExecutionPerGbSecond: amount,
  }),
  serviceBus: z.object({
    standardPerMonth: amount,
    standardIncludedOperations: amount,
    standardPerMillionOperations: amount,
    premiumPerMonth: amount,
  }),
  tables: z.object({ perTenThousandTransactions: amount, perGbMonth: amount }),
  keyVault: z.object({ perTenThousandOperations: amount }),
  logs: z.object({ perGb: amount, freeGbPerMonth: amount }),
  alerts: z.object({ perMetricRule: amount, perLogRule: amount }),
  privateEndpoint: z.object({ perMonth: amount }),
});
export type Prices = z.infer<typeof Prices>;

/** What one activity uses. Seconds are billed seconds: each execution counts at least one (Flex Consumption). */
export const Use = z.object({
  executions: amount,
  httpSeconds: amount,
  backgroundSeconds: amount,
  tableTransactions: amount,
  vaultOperations: amount,
  messages: amount,
  logBytes: amount,
});
export type Use = z.infer<typeof Use>;

export const Measured = z.object({
  on: z.iso.date(),
  use: z.object({ visit: Use, change: Use, sync: Use, sweep: Use, daily: Use }),
  /** Bytes that a connected tenant's rows take, as the demo has them. */
  bytesPerTenant: amount,
});
export type Measured = z.infer<typeof Measured>;

/** What of an installation costs money whether it is used or not. */
export interface Installation {
  name: "dev" | "prod" | "private";
  instanceGb: number;
  alwaysReadyHttp: number;
  serviceBus: "Standard" | "Premium";
  privateEndpoints: number;
  metricRules: number;
  logRules: number;
}

export type CostLine =
  "functions" | "alwaysReady" | "serviceBus" | "tables" | "keyVault" | "logs" | "alerts" | "privateEndpoints";
export type MonthlyCost = Record<CostLine, number> & { total: number };

/** A message is sent, received and completed; in a session, the session is accepted and its lock renewed. */
const OPERATIONS_PER_MESSAGE = 5;
/** Receivers ask again about once a minute while nothing comes: four queues, their dead letters, four sessions each. */
const IDLE_OPERATIONS_PER_DAY = 1440 * 20;
const SECONDS_PER_DAY = 86_400;

/** What an installation with so many tenants costs in a month, line by line, in the currency of the prices. */
export function monthlyCost(
  installation: Installation,
  tenants: number,
  { use, bytesPerTenant }: Pick<Measured, "use" | "bytesPerTenant">,
  prices: Prices,
): MonthlyCost {
  const used = monthlyUse(use, tenants);
  const lines: Record<CostLine, number> = {
    ...functionsCost(installation, used, prices.functions),
    serviceBus: serviceBusCost(installation, used.messages, prices.serviceBus),
    tables:
      (used.tableTransactions / 1e4) * prices.tables.perTenThousandTransactions +
      ((bytesPerTenant * tenants) / 1e9) * prices.tables.perGbMonth,
    keyVault: (used.vaultOperations / 1e4) * prices.keyVault.perTenThousandOperations,
    logs: Math.max(0, used.logBytes / 1e9 - prices.logs.freeGbPerMonth) * prices.logs.perGb,
    alerts: installation.metricRules * prices.alerts.perMetricRule + installation.logRules * prices.alerts.perLogRule,
    privateEndpoints: installation.privateEndpoints * prices.privateEndpoint.perMonth,
  };
  return { ...lines, total: Object.values(lines).reduce((sum, line) => sum + line, 0) };
}

/** All that is used in a month, by how often each activity happens. */
export function monthlyUse(use: Measured["use"], tenants: number): Use {
  const times = timesPerDay(tenants);
  const sum = (member: keyof Use): number =>
    ACTIVITIES.reduce((total, activity: Activity) => total + use[activity][member] * times[activity], 0) *
    DAYS_PER_MONTH;
  return {
    executions: sum("executions"),
    httpSeconds: sum("httpSeconds"),
    backgroundSeconds: sum("backgroundSeconds"),
    tableTransactions: sum("tableTransactions"),
    vaultOperations: sum("vaultOperations"),
    messages: sum("messages"),
    logBytes: sum("logBytes"),
  };
}

/** Instances that are always ready are billed while they wait, at a lower price while they work, and have no grant. */
function functionsCost(
  { instanceGb, alwaysReadyHttp }: Installation,
  { executions, httpSeconds, backgroundSeconds }: Use,
  price: Prices["functions"],
): { functions: number; alwaysReady: number } {
  const isReady = alwaysReadyHttp > 0;
  const onDemand = (backgroundSeconds + (isReady ? 0 : httpSeconds)) * instanceGb;
  const waiting = alwaysReadyHttp * instanceGb * SECONDS_PER_DAY * DAYS_PER_MONTH * price.alwaysReadyPerGbSecond;
  const working = isReady ? httpSeconds * instanceGb * price.alwaysReadyExecutionPerGbSecond : 0;
  return {
    functions:
      Math.max(0, onDemand - price.freeGbSeconds) * price.perGbSecond +
      (Math.max(0, executions - price.freeExecutions) / 1e6) * price.perMillionExecutions,
    alwaysReady: waiting + working,
  };
}

function serviceBusCost({ serviceBus }: Installation, messages: number, price: Prices["serviceBus"]): number {
  if (serviceBus === "Premium") return price.premiumPerMonth;
  const operations = messages * OPERATIONS_PER_MESSAGE + IDLE_OPERATIONS_PER_DAY * DAYS_PER_MONTH;
  const beyond = Math.max(0, operations - price.standardIncludedOperations);
  return price.standardPerMonth + (beyond / 1e6) * price.standardPerMillionOperations;
}
