import { collection, type AddRoute, type Call } from "./route";
import type { JsonObject } from "./world";

const NEWEST = 10_000;

/** Remembers calls of users for `GET /v1/partnerRequests`, by which partners check MFA (partner-center-api.md §2.5). */
export function recordPartnerRequest(call: Call): void {
  if (call.caller.kind !== "user") return;
  const log = call.simulation.world.partnerRequests;
  log.push({
    requestId: call.requestId,
    correlationId: call.correlationId,
    operationName: call.routeName,
    requestDateTime: call.now.toISOString(),
    ipAddress: "127.0.0.1",
    objectId: call.caller.oid,
    tenantId: call.caller.partner.tenantId,
    upn: call.caller.upn,
    applicationId: call.caller.appId,
    mfaCompliant: call.caller.mfa,
  });
  if (log.length > NEWEST) log.splice(0, log.length - NEWEST);
}

export function registerPartnerRequests(add: AddRoute): void {
  add({ method: "GET", path: "/v1/partnerRequests", name: "listPartnerRequests", token: "user" }, (call) => {
    const mine = (request: JsonObject): boolean => request["tenantId"] === call.caller.partner.tenantId;
    const items = call.simulation.world.partnerRequests.filter(mine).reverse();
    return { status: 200, body: collection(items, "/partnerRequests") };
  });
}
