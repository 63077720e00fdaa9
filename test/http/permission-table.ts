import { roles, type Role } from "./operations";

/** `yes`, its own tenants only, what its grant names, only where the grant says so too, or not at all. */
type Cell = "yes" | "T" | "scope" | "opt-in" | "-";

/** Roles and permissions of product.md §10, row by row, in its order of columns. */
const SECTION_10 = `
  reseller.read            yes yes -   yes -  scope
  reseller.manage          yes -   -   -   -  -
  price.read               yes yes -   -   -  scope
  price.manage             yes -   -   -   -  -
  tenant.read              yes yes yes yes T  scope
  tenant.manage            yes yes -   -   -  -
  tenant.disconnect        yes -   -   -   -  -
  subscription.read        yes yes yes yes T  scope
  order.read               yes yes yes yes T  scope
  subscription.quantity    yes yes -   -   -  opt-in
  subscription.billing     yes yes -   -   -  opt-in
  subscription.autorenew   yes yes -   -   -  opt-in
  subscription.suspend     yes yes -   -   -  -
  subscription.reactivate  yes yes -   -   -  -
  subscription.cancel      yes -   -   -   -  -
  lcr.submit               yes yes yes -   T  scope
  lcr.decide               yes yes yes -   T  -
  lcr.readAll              yes yes yes yes T  scope
  lcr.purchase             yes yes -   -   -  -
  approval.bypass          yes -   -   -   -  -
  approvalProcess.manage   yes yes -   -   -  -
  licenseSettings.manage   yes yes -   -   -  -
  audit.read               yes yes yes yes T  scope
  access.manage            yes -   -   -   -  -
`;

export const permissionTable: ReadonlyMap<string, Readonly<Record<Role, Cell>>> = new Map(
  SECTION_10.trim()
    .split("\n")
    .map((line) => {
      const [permission = "", ...cells] = line.trim().split(/ +/);
      return [permission, Object.fromEntries(roles.map((role, i) => [role, cells[i]])) as Record<Role, Cell>];
    }),
);

/** Permission of each operation: product.md §12.2, for the rows of it that exist so far. */
const SECTION_12_2: Readonly<Record<string, readonly number[]>> = {
  "reseller.read": [1, 2, 4, 5, 11, 25],
  "reseller.manage": [3, 6, 7, 8, 9, 10, 12, 13, 14, 15, 66],
  "tenant.read": [17, 18, 19, 21, 30],
  "tenant.manage": [20, 22, 23, 26, 27, 28, 29, 63, 64, 67],
  "tenant.disconnect": [24],
  "subscription.read": [31, 68, 72],
  "subscription.quantity": [32, 69, 70],
  "audit.read": [42, 46],
  "access.manage": [65, 71],
};

/** What reads one of the things another row of the table makes, and has no row of its own. */
const READS = new Map([["GET /customers/{customerId}", "tenant.read"]]);

/** The permission of an operation: its address within the API, and the row of product.md §12 it belongs to. */
export function permissionOf({ c, method, path }: { c: string; method: string; path: string }): string {
  const row = Object.entries(SECTION_12_2).find(([, numbers]) => numbers.includes(Number(c.slice(1))));
  const permission = READS.get(`${method} ${path}`) ?? row?.[0];
  if (permission === undefined) throw new Error(`${c} ${method} ${path} is in no row of product.md §12.2.`);
  return permission;
}

/** The rows of product.md §12.2 above, such as `C3`. */
export const rowsWithPermission: readonly string[] = Object.values(SECTION_12_2)
  .flat()
  .sort((a, b) => a - b)
  .map((number) => `C${number}`);

/** The roles that hold a permission without further ado: all but an app that has to be let in by name. */
export function holdersOf(permission: string): Role[] {
  const row = permissionTable.get(permission);
  if (row === undefined) throw new Error(`product.md §10 has no ${permission}.`);
  return roles.filter((role) => row[role] !== "-" && row[role] !== "opt-in");
}
