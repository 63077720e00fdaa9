import type { VirtualClock } from "../virtual-clock";
import type { Directories } from "./directories";
import type { Faults } from "./faults";
import type { Grants } from "./grants";
import type { SigningKeys } from "./signing-keys";

/** Behaviours of the real service that are not confirmed; `README.md` has the table. */
export interface EntraSwitches {
  /** OAuth error that goes with 700016. */
  unknownApp: "unauthorized_client" | "invalid_client";
  /** What client_credentials answers in a directory that never let the multi-tenant app in. */
  missingServicePrincipal: 7000229 | 700016;
}

export const defaultSwitches: EntraSwitches = {
  unknownApp: "unauthorized_client",
  missingServicePrincipal: 7000229,
};

/** Everything the endpoints share. Reset replaces what may change, so nobody keeps a copy of a part. */
export interface EntraState {
  readonly clock: VirtualClock;
  readonly keys: SigningKeys;
  readonly faults: Faults;
  /** Base address, known once the server listens. */
  readonly url: () => string;
  directories: Directories;
  grants: Grants;
  switches: EntraSwitches;
}
