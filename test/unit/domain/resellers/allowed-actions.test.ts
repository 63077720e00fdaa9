import type { ResellerState } from "../../../../shared/domain/resellers/reseller";
import { allowedActions, type Reseller } from "../../../../shared/domain/resellers/reseller";
import { RESELLER, START, TENANT } from "../../../build/ids";

const aReseller = (state: ResellerState): Reseller => ({
  id: RESELLER,
  displayName: "Larkspur Distribution",
  domain: "larkspur.example",
  directoryId: TENANT,
  applicationId: "app",
  state,
  applicationSecretName: "secret",
  secretSetAt: START.toISOString(),
  createdAt: START.toISOString(),
  modifiedAt: START.toISOString(),
});

test.each<[ResellerState, string[]]>([
  ["NotAuthorized", ["authorize"]],
  ["Authorized", ["reauthorize"]],
  ["Revoked", ["reauthorize"]],
  // Nobody can sign in before a valid secret is entered.
  ["SecretInvalid", []],
])("a reseller that is %s offers to %j, and says why not the rest", (state, offered) => {
  const actions = allowedActions(aReseller(state));
  expect(actions.filter(({ allowed }) => allowed).map(({ action }) => action)).toEqual(offered);
  expect(actions.filter(({ allowed }) => !allowed).every(({ reason }) => reason !== undefined)).toBe(true);
});
