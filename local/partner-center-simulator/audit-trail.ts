import type { Simulation } from "./route";
import type { JsonObject } from "./world";
import type { WriteActor } from "./write";

export interface AuditContent {
  operation: string;
  resourceType: string;
  customerId: string | undefined;
  oldValue?: JsonObject | undefined;
  newValue?: JsonObject | undefined;
  customizedData?: { key: string; value: string }[];
  /** Default: succeeded. */
  status?: "succeeded" | "failed";
}

/** Appends what a partner reads under `/v1/auditrecords` (partner-center-api.md §8.1); returns its id. */
export function appendAuditRecord(simulation: Simulation, actor: WriteActor, content: AuditContent): string {
  const { world, clock, switches } = simulation;
  const at = actor.atMs ?? clock.nowMs();
  const customer = content.customerId === undefined ? undefined : world.customers.get(content.customerId);
  const id = `${actor.partnerId}_${content.customerId ?? "none"}_${content.operation.replaceAll("_", "")}_${world.ids.hex(12)}`;
  const resource = {
    id,
    partnerId: actor.partnerId,
    ...(content.customerId === undefined ? {} : { customerId: content.customerId }),
    ...(customer ? { customerName: customer.resource.companyProfile.companyName } : {}),
    ...(actor.caller.upn === undefined ? {} : { userPrincipalName: actor.caller.upn }),
    ...(actor.caller.appId === undefined ? {} : { applicationId: actor.caller.appId }),
    resourceType: content.resourceType,
    ...(content.oldValue ? { resourceOldValue: JSON.stringify(pascalCased(content.oldValue)) } : {}),
    ...(content.newValue ? { resourceNewValue: JSON.stringify(pascalCased(content.newValue)) } : {}),
    operationType: content.operation,
    originalCorrelationId: actor.correlationId,
    operationDate: new Date(at).toISOString(),
    operationStatus: content.status ?? "succeeded",
    customizedData: content.customizedData ?? [],
    attributes: { objectType: "AuditRecord" },
  };
  const visibleAt = at + switches.auditDelaySeconds * 1000;
  world.auditRecords.push({ partnerId: actor.partnerId, customerId: content.customerId, at, visibleAt, resource });
  return id;
}

/** Audit records carry resources with property names in Pascal case. */
function pascalCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pascalCased);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.charAt(0).toUpperCase() + name.slice(1), pascalCased(inner)]),
  );
}
