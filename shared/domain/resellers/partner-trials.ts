/** What Partner Center said to a question asked on trial; a refusal is an answer here, not an error. */
export interface TrialAnswer {
  status: number;
  /** Partner Center's number as text; absent in a success, and in answers of gateways. */
  code?: string;
}

/**
 * Small reads that show what an access token is good for, each one call that changes nothing. Throw `upstreamError` when
 * no answer could be had, or it is one that may pass (429, 5xx).
 */
export interface PartnerTrials {
  /** The own organisation's profile: the country, and whether Partner Center finds MFA in the token (fact sheet §2.5). */
  profile(accessToken: string): Promise<TrialAnswer & { country?: string; mfaCompliant?: boolean }>;
  /** One customer of the list: for Admin agents, and for applications registered in Partner Center. */
  customers(accessToken: string): Promise<TrialAnswer>;
  /** The price sheet of a country; only its beginning is read. The token is one for the price sheets' host. */
  priceSheet(accessToken: string, country: string): Promise<TrialAnswer>;
}
