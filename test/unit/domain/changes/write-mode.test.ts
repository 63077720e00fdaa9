import type { WriteMode } from "../../../../shared/domain/changes/write-mode";
import { writesAllowed } from "../../../../shared/domain/changes/write-mode";
import { EMPTY_HEAD } from "../../../../shared/domain/decisions/head";

const NOBODY = undefined;
test.each<[WriteMode, "on" | "off" | undefined, boolean]>([
  ["off", NOBODY, false],
  ["off", "on", false],
  ["off", "off", false],
  ["listed", NOBODY, false],
  ["listed", "on", true],
  ["listed", "off", false],
  ["on", NOBODY, true],
  ["on", "on", true],
  ["on", "off", false],
])("with mode %s and a tenant's own %s, writing is allowed: %s", (mode, own, allowed) => {
  expect(writesAllowed(mode, { ...EMPTY_HEAD, ...(own ? { writeMode: own } : {}) })).toBe(allowed);
});
