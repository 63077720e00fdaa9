import { z } from "zod";
import { TenantId } from "../domain/access/ids";
import { TenantWriteMode, WriteMode } from "../domain/changes/write-mode";
import { defineRoute } from "./route";

const changed = {
  changedAt: z.iso.datetime().optional().meta({ description: "Absent while nobody has set it." }),
  changedBy: z.string().optional(),
};
const WriteModeView = z.object({ mode: WriteMode, ...changed }).meta({ id: "WriteMode" });
const TenantWriteModeView = z
  .object({
    mode: TenantWriteMode,
    effective: z.boolean().meta({ description: "Whether paid writes of this tenant go out now." }),
    ...changed,
  })
  .meta({ id: "TenantWriteMode" });
const reason = z.string().trim().min(1).max(2000).optional();
const tenantParams = z.object({ tenantId: TenantId });

export const getWriteModeRoute = defineRoute({
  name: "getWriteMode",
  operations: ["C71"],
  method: "GET",
  path: "/api/v1/csp/settings/write-mode",
  summary: "Whether paid writes go out",
  description: "Its ETag is what a change of it has to name.",
  tag: "Write mode",
  permission: "access.manage",
  responses: { 200: { description: "The MSP's mode.", schema: WriteModeView } },
});

export const setWriteModeRoute = defineRoute({
  name: "setWriteMode",
  operations: ["C71"],
  method: "PUT",
  path: "/api/v1/csp/settings/write-mode",
  summary: "Switch paid writes for everybody",
  description:
    "`off`: nothing is written at Microsoft, accepted changes wait. `listed`: only tenants whose own mode is `on`. `on`: every " +
    "tenant whose own mode is not `off`. Holds before the next write; what waited for it goes on at once. Reads and plans " +
    "work in every mode. Audit: `settings.writeMode`.",
  tag: "Write mode",
  permission: "access.manage",
  body: z.strictObject({ mode: WriteMode, reason }),
  concurrency: "ifMatch",
  responses: { 200: { description: "The mode as it is now.", schema: WriteModeView } },
  errors: {
    reconcileRequired: {
      status: 409,
      description: "The installation was restored and is not reconciled yet; `off` is possible.",
    },
  },
});

export const getTenantWriteModeRoute = defineRoute({
  name: "getTenantWriteMode",
  operations: ["C71"],
  method: "GET",
  path: "/api/v1/csp/tenants/{tenantId}/write-mode",
  summary: "Whether paid writes of a tenant go out",
  description: "Its ETag is what a change of it has to name.",
  tag: "Write mode",
  permission: "access.manage",
  params: tenantParams,
  responses: { 200: { description: "The tenant's mode.", schema: TenantWriteModeView } },
});

export const setTenantWriteModeRoute = defineRoute({
  name: "setTenantWriteMode",
  operations: ["C71"],
  method: "PUT",
  path: "/api/v1/csp/tenants/{tenantId}/write-mode",
  summary: "Switch paid writes of one tenant",
  description:
    "`off`: never, whatever the MSP's mode. `on`: also while the MSP's mode is `listed`. `default`: as the MSP's mode says. " +
    "No tenant overrides an MSP that is off. Audit: `settings.writeMode`.",
  tag: "Write mode",
  permission: "access.manage",
  params: tenantParams,
  body: z.strictObject({ mode: TenantWriteMode, reason }),
  concurrency: "ifMatch",
  responses: { 200: { description: "The mode as it is now.", schema: TenantWriteModeView } },
  errors: {
    reconcileRequired: {
      status: 409,
      description: "The installation was restored and is not reconciled yet; `off` is possible.",
    },
  },
});
