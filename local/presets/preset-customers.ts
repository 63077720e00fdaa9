import { scaleTenants } from "./scale-tenants";
import { customerTenants, type DemoTenant } from "./tenants";

/** A customer of the world the platform starts with. */
export interface PresetCustomer {
  tenant: DemoTenant;
  /** Its administrator consented to the tenant app before the start. */
  consented: boolean;
}

const CONSENTED = ["mueller", "baeckerei", "kanzlei", "klinik", "spedition", "larkspur"];

/** The twelve customers of the demo. */
export function demoCustomers(): PresetCustomer[] {
  return Object.entries(customerTenants).map(([key, tenant]) => ({ tenant, consented: CONSENTED.includes(key) }));
}

/** So many generated customers, none of which has consented to anything. */
export function scaleCustomers(count: number): PresetCustomer[] {
  return scaleTenants(count).map((tenant) => ({ tenant, consented: false }));
}
