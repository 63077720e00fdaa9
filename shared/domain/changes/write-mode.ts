import { z } from "zod";
import type { Head } from "../decisions/head";

/** The kill switch (design §9): nothing is written, only named tenants, or everything. */
export const WriteMode = z.enum(["off", "listed", "on"]);
export type WriteMode = z.infer<typeof WriteMode>;

export const WRITE_MODE_ROW = "setting_writeMode";
export const WriteModeSetting = z.object({ mode: WriteMode });

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
