import { getAppRegistrationRoute, listResellerDomainsRoute } from "../../shared/api/reseller-setup";
import { suggestDomains, type OwnDomains } from "../../shared/domain/resellers/own-domains";
import { registrationSteps } from "../../shared/domain/resellers/registration-steps";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";

/** What somebody needs to know before a reseller is added. */
export function resellerSetupEndpoints(deps: { ownDomains: OwnDomains; redirectUri: string }): Endpoint[] {
  return [
    endpoint(listResellerDomainsRoute, async ({ query }) => ({
      status: 200,
      body: { value: await suggestDomains(deps.ownDomains, query.search) },
    })),
    endpoint(getAppRegistrationRoute, () => {
      const { redirectUri } = deps;
      return Promise.resolve({ status: 200, body: { redirectUri, steps: registrationSteps(redirectUri) } });
    }),
  ];
}
