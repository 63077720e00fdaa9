import { connectionStatus } from "../../../../shared/domain/tenants/connection-status";
import { START } from "../../../build/ids";
import { aConnection, aReseller, aTenant } from "../../../build/tenant";

const { connection: _none, ...unconnected } = aTenant();

test("a tenant without a connection is not connected, whatever its reseller was", () => {
  expect(connectionStatus(unconnected, undefined)).toEqual({ state: "NotConnected" });
});

test("a connection through a reseller that may be used is connected", () => {
  expect(connectionStatus(aTenant(), aReseller())).toEqual({ state: "Connected" });
});

test.each([
  ["Revoked", "Nordlicht is not authorised. Authorise it again."],
  ["NotAuthorized", "Nordlicht is not authorised. Authorise it again."],
  ["SecretInvalid", "The application secret of Nordlicht is not valid. Enter a new one."],
] as const)("a reseller that is %s degrades it, and the remedy is named", (state, message) => {
  expect(connectionStatus(aTenant(), aReseller({ state }))).toEqual({
    state: "Degraded",
    trouble: { code: "resellerNotAuthorized", message },
  });
});

test("a reseller that is gone degrades it, and does not make it look unconnected", () => {
  expect(connectionStatus(aTenant(), undefined)).toMatchObject({
    state: "Degraded",
    trouble: { code: "resellerNotAuthorized" },
  });
});

test("a relationship that the customer ended degrades it, once the reseller is in order", () => {
  const tenant = aTenant({ connection: aConnection({ relationshipRemovedAt: START.toISOString() }) });
  expect(connectionStatus(tenant, aReseller())).toMatchObject({
    state: "Degraded",
    trouble: { code: "relationshipRemoved" },
  });
  expect(connectionStatus(tenant, aReseller({ state: "Revoked" }))).toMatchObject({
    trouble: { code: "resellerNotAuthorized" },
  });
});

test("a connection that is going says so, before and after the mapping itself is gone", () => {
  const disconnecting = {
    ...{ then: { kind: "nothing" as const }, since: START.toISOString(), idempotency: { hash: "h", bodyHash: "b" } },
    by: { actor: { kind: "user" as const, id: "u", name: "u" }, correlationId: "c" },
  };
  for (const tenant of [aTenant(), unconnected]) {
    expect(connectionStatus({ ...tenant, disconnecting }, aReseller())).toEqual({ state: "Disconnecting" });
  }
});
