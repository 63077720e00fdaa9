import { z } from "zod";
import { MSP_PARTITION, type Head } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";

/** The kill switch (design §9): nothing is written, only named tenants, or everything. */
export const WriteMode = z.enum(["off", "listed", "on"]);
export type WriteMode = z.infer<typeof WriteMode>;

/** Of one tenant: never; as one of those named while the MSP's mode is `listed`; or as the MSP's mode says. */
export const TenantWriteMode = z.enum(["off", "on", "default"]);
export type TenantWriteMode = z.infer<typeof TenantWriteMode>;

/** In partition `msp` the MSP's mode; in a tenant's partition who set its own, which stands in `head` for the worker. */
export const WRITE_MODE_ROW = "setting_writeMode";

const changed = { changedAt: z.iso.datetime().optional(), changedBy: z.string().optional() };
export const WriteModeSetting = z.object({ mode: WriteMode, ...changed });
export const TenantWriteModeSetting = z.object({ mode: TenantWriteMode, ...changed });

/** True when paid writes for this tenant may go out now. A tenant can switch itself off, never override the MSP's off. */
export function writesAllowed(mode: WriteMode, head: Pick<Head, "writeMode">): boolean {
  switch (mode) {
    case "off":
      return false;
    case "listed":
      return head.writeMode === "on";
    case "on":
      return head.writeMode !== "off";
  }
}

/** The MSP's mode at this moment, read anew each time: a switch must not wait for anybody's memory to fade. */
export async function readWriteMode(store: StateStore, unlessSet: WriteMode): Promise<WriteMode> {
  const row = await store.get(MSP_PARTITION, WRITE_MODE_ROW);
  return row ? WriteModeSetting.parse(row.value).mode : unlessSet;
}
