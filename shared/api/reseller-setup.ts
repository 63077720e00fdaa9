import { z } from "zod";
import { vaultErrors } from "./outage-errors";
import { defineRoute } from "./route";
import { SearchText } from "./shared-views";

export const ResellerDomainView = z
  .object({ domain: z.string(), isDefault: z.boolean(), isInitial: z.boolean() })
  .meta({ id: "ResellerDomain" });

const RegistrationStepView = z
  .object({ id: z.string(), where: z.string(), title: z.string(), detail: z.string() })
  .meta({ id: "RegistrationStep" });

export const listResellerDomainsRoute = defineRoute({
  name: "listResellerDomains",
  operations: ["C4"],
  method: "GET",
  path: "/api/v1/csp/reseller-domains",
  summary: "Suggest domains for a new reseller",
  description:
    "The verified domains of the MSP's own directory, as Microsoft Graph shows them. Suggestions only: a reseller may be of any directory.",
  tag: "Resellers",
  permission: "reseller.read",
  query: z.strictObject({ search: SearchText }),
  responses: {
    200: {
      description: "The domains, the default one first.",
      schema: z.object({ value: z.array(ResellerDomainView) }).meta({ id: "ResellerDomains" }),
    },
  },
  errors: {
    consentRequired: {
      status: 409,
      description: "Nobody consented to the tenant application in the MSP's own directory.",
    },
    tenantAppNotUsable: { status: 503, description: "The tenant application of this installation does not work." },
    upstreamError: { status: 502, description: "Microsoft Entra or Graph could not be asked." },
    ...vaultErrors,
  },
});

export const getAppRegistrationRoute = defineRoute({
  name: "getAppRegistrationInfo",
  operations: ["C5"],
  method: "GET",
  path: "/api/v1/csp/app-registration-info",
  summary: "How to prepare a reseller's application",
  description:
    "What has to be done at Microsoft before a reseller is added, with the redirect URI of this installation.",
  tag: "Resellers",
  permission: "reseller.read",
  responses: {
    200: {
      description: "The redirect URI to copy, and the steps in their order.",
      schema: z.object({ redirectUri: z.url(), steps: z.array(RegistrationStepView) }).meta({ id: "AppRegistration" }),
    },
  },
});
