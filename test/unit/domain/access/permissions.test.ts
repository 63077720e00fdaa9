import {
  OptIn,
  rolesAllow,
  ROLES,
  seesWholeAudit,
  type Permission,
} from "../../../../shared/domain/access/permissions";
import { holdersOf, permissionTable } from "../../../http/permission-table";

test.each([...permissionTable.keys()])("%s is held by the roles that product.md §10 names", (permission) => {
  // One that ours does not have throws.
  const holders = ROLES.filter((role) => rolesAllow([role], permission as Permission));
  expect(holders).toEqual(holdersOf(permission));
});

test("an app may be let in, by name, to what the column of apps marks so, and to nothing else", () => {
  const optional = [...permissionTable]
    .filter(([, cells]) => cells.ApiApp === "opt-in")
    .map(([permission]) => permission);
  expect([...OptIn.options].sort()).toEqual(optional.sort());
});

test("an Approver with another role reads what that role reads", () => {
  expect(seesWholeAudit(["Approver"])).toBe(false);
  expect(seesWholeAudit(["Approver", "Reader"])).toBe(true);
  expect(seesWholeAudit([])).toBe(false);
});
