import type { Faults } from "../entra/faults";
import type { VirtualClock } from "../virtual-clock";
import type { GraphSeed, GraphTenantSeed } from "./seed";

/** Claims of a genuine access token for the audience, or a rejection that says why not. `Entra.verify` is one. */
export type VerifyToken = (token: string, audience: string) => Promise<Record<string, unknown>>;

export interface GraphSwitches {
  /** Whether LicenseAssignment.Read.All suffices for subscribedSkus (unconfirmed). */
  licenseAssignmentRead: boolean;
  /** Page size of lists without `$top`. */
  defaultPageSize: number;
}

export const defaultSwitches: GraphSwitches = { licenseAssignmentRead: true, defaultPageSize: 100 };

/** Everything the routes share. Reset replaces what may change. */
export interface GraphState {
  readonly clock: VirtualClock;
  readonly faults: Faults;
  readonly verify: VerifyToken;
  readonly url: () => string;
  tenants: Map<string, GraphTenantSeed>;
  switches: GraphSwitches;
}

/** Fresh, changeable tenants by lower-case id; the seed stays untouched. */
export function tenantsOf(seed: GraphSeed): Map<string, GraphTenantSeed> {
  return new Map(structuredClone(seed.tenants).map((tenant) => [tenant.tenantId.toLowerCase(), tenant]));
}
