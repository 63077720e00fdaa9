/** Our code and sentence for a refusal of Partner Center (fact sheet §1.5, "Subscription updates" and "Purchase"). */
export interface Refusal {
  code: string;
  message: string;
}

const BY_MICROSOFT_CODE: Readonly<Record<string, Refusal>> = {
  "2001": { code: "notActive", message: "Seats cannot be changed while the subscription is suspended." },
  "2002": { code: "offerLimit", message: "The number of seats is outside what this product allows." },
  "2006": { code: "notAllowedForOffer", message: "Microsoft does not allow this change for this product." },
  "2011": { code: "notActive", message: "The subscription has been cancelled." },
  "20002": {
    code: "relationshipRemoved",
    message: "The customer is no longer connected to this reseller at Microsoft.",
  },
  "20003": { code: "subscriptionNotFound", message: "Microsoft does not know this subscription." },
  "800023": { code: "creditLimit", message: "The reseller's credit line at Microsoft is too small for this purchase." },
  "800067": { code: "offerLimit", message: "More seats than one subscription of this product may have." },
  "800088": { code: "offerLimit", message: "More seats than this customer may have of this product." },
  "800081": { code: "notActive", message: "Microsoft has not activated the subscription yet." },
  "800090": { code: "reductionWindowClosed", message: "These seats can no longer be given back before the renewal." },
  "800091": { code: "notActive", message: "A suspended subscription cannot be changed." },
  "900214": { code: "reductionWindowClosed", message: "These seats can no longer be given back before the renewal." },
  "900257": { code: "reductionWindowClosed", message: "These seats can no longer be given back before the renewal." },
  "900277": { code: "notActive", message: "The subscription is about to end." },
  "900311": {
    code: "tooManyUpdates",
    message: "Microsoft accepts no more changes of this subscription; contact its support.",
  },
};

/** What a refusal means; an unknown code is passed on with Microsoft's own number in the sentence. */
export function explainRefusal(status: number, code: string, message: string): Refusal {
  const known = BY_MICROSOFT_CODE[code];
  if (known) return known;
  const detail = message ? `: ${message}` : "";
  return {
    code: "microsoftRefused",
    message: `Microsoft refused the change (HTTP ${status}, code ${code || "none"})${detail}`,
  };
}
