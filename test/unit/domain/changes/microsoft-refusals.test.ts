import { explainRefusal } from "../../../../shared/domain/changes/microsoft-refusals";

test.each([
  [400, "2001", "notActive"],
  [400, "2002", "offerLimit"],
  [400, "2006", "notAllowedForOffer"],
  [403, "2006", "notAllowedForOffer"],
  [400, "2011", "notActive"],
  [403, "20002", "relationshipRemoved"],
  [404, "20003", "subscriptionNotFound"],
  [403, "800023", "creditLimit"],
  [403, "800067", "offerLimit"],
  [403, "800088", "offerLimit"],
  [400, "800081", "notActive"],
  [400, "800090", "reductionWindowClosed"],
  [400, "800091", "notActive"],
  [400, "900214", "reductionWindowClosed"],
  [400, "900257", "reductionWindowClosed"],
  [400, "900277", "notActive"],
  [400, "900311", "tooManyUpdates"],
  [403, "13605", "agreementMissing"],
  [404, "400019", "notSold"],
  [404, "400018", "notSold"],
  [404, "400013", "notSold"],
  [400, "800025", "creditLimit"],
  [403, "900121", "creditLimit"],
  [403, "800027", "notAllowedForOffer"],
  [403, "800028", "notAllowedForOffer"],
  [400, "800092", "notAllowedForOffer"],
  [400, "800093", "notAllowedForOffer"],
  [400, "800095", "notAllowedForOffer"],
  [400, "800121", "notAllowedForTerm"],
  [400, "800122", "notAllowedForTerm"],
  [400, "900244", "notAllowedForTerm"],
  [400, "900245", "notAllowedForTerm"],
  [400, "900246", "notAllowedForTerm"],
  [400, "900269", "notAllowedForTerm"],
  [400, "900270", "notAllowedForTerm"],
  [400, "900279", "notActive"],
])("Microsoft's %i/%s is told as %s, in a sentence of ours", (status, code, ours) => {
  const refusal = explainRefusal(status, code, "Their words, which may change.");
  expect(refusal.code).toBe(ours);
  expect(refusal.message).toMatch(/\.$/);
  expect(refusal.message).not.toContain("Their words");
});

test("the same number is told by its status too", () => {
  expect(explainRefusal(403, "2006", "").message).not.toBe(explainRefusal(400, "2006", "").message);
});

test("an unknown refusal keeps Microsoft's number and words", () => {
  expect(explainRefusal(403, "123456", "Something new.")).toEqual({
    code: "microsoftRefused",
    message: "Microsoft refused the change (HTTP 403, code 123456): Something new.",
  });
  expect(explainRefusal(400, "", "").message).toBe("Microsoft refused the change (HTTP 400, code none)");
});
