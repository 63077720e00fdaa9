/** Our code and sentence for a refusal of Partner Center (fact sheet §1.5, "Subscription updates" and "Purchase"). */
export interface Refusal {
  code: string;
  message: string;
}

const CREDIT: Refusal = {
  code: "creditLimit",
  message: "The reseller's credit line at Microsoft is too small for this purchase.",
};
const NOT_SOLD: Refusal = {
  code: "notSold",
  message: "Microsoft does not sell this product to the customer any more.",
};
const NO_SUCH_PLAN: Refusal = {
  code: "notAllowedForTerm",
  message: "The product is not sold for this term and billing.",
};
const TERM_END: Refusal = {
  code: "notAllowedForTerm",
  message: "The scheduled end of the next term is not one that Microsoft allows.",
};
const WINDOW_CLOSED: Refusal = {
  code: "reductionWindowClosed",
  message: "These seats can no longer be given back before the renewal.",
};

/** The same number means different things at different statuses (fact sheet §1.5). */
const BY_STATUS_AND_CODE: Readonly<Record<string, Refusal>> = {
  "403 2006": { code: "notAllowedForOffer", message: "This reseller may not sell this product." },
};

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
  "13605": {
    code: "agreementMissing",
    message: "The customer has not accepted the Microsoft Customer Agreement; confirm it in Partner Center first.",
  },
  "400013": NOT_SOLD,
  "400018": NOT_SOLD,
  "400019": NOT_SOLD,
  "800023": CREDIT,
  "800025": CREDIT,
  "800027": { code: "notAllowedForOffer", message: "Seats of this product can be neither added nor given back." },
  "800028": {
    code: "notAllowedForOffer",
    message: "Microsoft does not sell the term of this subscription any more; seats cannot be added to it.",
  },
  "800067": { code: "offerLimit", message: "More seats than one subscription of this product may have." },
  "800088": { code: "offerLimit", message: "More seats than this customer may have of this product." },
  "800081": { code: "notActive", message: "Microsoft has not activated the subscription yet." },
  "800090": WINDOW_CLOSED,
  "800091": { code: "notActive", message: "A suspended subscription cannot be changed." },
  "800092": { code: "notAllowedForOffer", message: "Seats under Software Assurance cannot be added." },
  "800093": {
    code: "notAllowedForOffer",
    message: "This subscription cannot be renewed automatically, so nothing can be scheduled for its renewal.",
  },
  "800095": { code: "notAllowedForOffer", message: "Microsoft does not allow another number of seats here." },
  "800121": NO_SUCH_PLAN,
  "800122": NO_SUCH_PLAN,
  "900121": CREDIT,
  "900214": WINDOW_CLOSED,
  "900257": WINDOW_CLOSED,
  "900244": TERM_END,
  "900245": TERM_END,
  "900246": TERM_END,
  "900269": NO_SUCH_PLAN,
  "900270": NO_SUCH_PLAN,
  "900277": { code: "notActive", message: "The subscription is about to end." },
  "900279": { code: "notActive", message: "Microsoft allows no more changes of this subscription." },
  "900311": {
    code: "tooManyUpdates",
    message: "Microsoft accepts no more changes of this subscription; contact its support.",
  },
};

/** What a refusal means; an unknown code is passed on with Microsoft's own number in the sentence. */
export function explainRefusal(status: number, code: string, message: string): Refusal {
  const known = BY_STATUS_AND_CODE[`${status} ${code}`] ?? BY_MICROSOFT_CODE[code];
  if (known) return known;
  const detail = message ? `: ${message}` : "";
  return {
    code: "microsoftRefused",
    message: `Microsoft refused the change (HTTP ${status}, code ${code || "none"})${detail}`,
  };
}
