import { AppError } from "../../errors";

/** The verified domains of the MSP's own directory, as Microsoft Graph shows them to our own application. */
export interface OwnDomains {
  /** Undefined when nobody in the MSP's directory consented to the application. Throws `upstreamError`, `tenantAppNotUsable`. */
  list(): Promise<OwnDomain[] | undefined>;
}

export interface OwnDomain {
  domain: string;
  isDefault: boolean;
  isInitial: boolean;
}

/** Domains to choose from when a reseller is added (C4): the default one first. Throws `consentRequired`. */
export async function suggestDomains(own: OwnDomains, search: string | undefined): Promise<OwnDomain[]> {
  const all = await own.list();
  if (!all) {
    const message =
      "Nobody has consented to the tenant application in the MSP's own directory. Type the domain instead.";
    throw new AppError("conflict", "consentRequired", message);
  }
  const wanted = search?.trim().toLowerCase() ?? "";
  return all
    .filter(({ domain }) => domain.toLowerCase().includes(wanted))
    .sort((a, b) => Number(b.isDefault) - Number(a.isDefault) || (a.domain < b.domain ? -1 : 1));
}
