import { amount, choice, flag } from "./switch-definition";

/** Switches of transport, tokens, customers and subscriptions. The first value of a choice is its default. */
export const coreSwitches = {
  // Transport
  bom: flag(false, "JSON answers begin with a UTF-8 byte order mark."),
  numericErrorCodes: flag(false, "`code` of an error is a JSON number where it can be."),
  doubledEchoHeaders: flag(false, "MS-RequestId and MS-CorrelationId come back doubled, `guid,guid`."),
  dateStyle: choice(["milliseconds", "offset", "sevenDigits"], "Form of dates: `.120Z`, `+00:00`, or seven digits."),
  requireContractVersion: flag(false, "Calls without `MS-Contract-Version` are refused with 400/3000."),
  linksWithVersion: flag(false, "Links in collections begin with `/v1`; off: with `/customers`."),
  totalCountOfAllPages: flag(false, "`totalCount` of paged lists counts all pages; off: this page."),
  subscriptionRequestsPerMinute: amount(
    500,
    "Calls per minute, partner and customer on subscriptions; more: 429. 0: no limit.",
  ),
  requestIdReplay: flag(true, "A write with a known MS-RequestId answers what it answered before and does nothing."),
  requestIdReplayHours: amount(24, "How long an MS-RequestId is remembered, in hours."),
  replayRefusals: flag(false, "Refusals are remembered by MS-RequestId too."),
  readStalenessSeconds: amount(0, "Reads of subscriptions show the state of so many seconds ago."),
  // Tokens
  mfaEnforcement: flag(true, "User tokens without an MFA claim are refused with 401/900421."),
  unregisteredAppStatus: choice(["401", "403"], "HTTP status for app-only tokens of an application not registered."),
  // Audit
  auditDelaySeconds: amount(30, "Audit records can be queried so many seconds after the write."),
  auditRefusedWrites: flag(false, "Refused writes leave an audit record with operationStatus `failed`."),
  auditSystemChanges: flag(true, "Renewals and other changes made by time leave audit records too."),
  // Customers
  customerPageLimit: amount(500, "Largest page of customers, whatever `size` asks for."),
  // Subscriptions: what a client sees
  subscriptionEtags: choice(["legacy", "all", "none"], "Which subscriptions carry `attributes.etag`."),
  staleEtagAnswer: choice(["412", "400"], "Answer to a stale If-Match: 412, or 400/2055."),
  refundOptionsOnSeats: flag(true, "Seat subscriptions show `refundOptions`; off: only software does."),
  refundableQuantityInLists: flag(false, "List answers show `refundableQuantity`; off: only GET by id."),
  unknownEnumValues: flag(false, "`expired` is shown as `lapsed`, a status that no client knows."),
  scheduleTypeSpelling: choice(
    ["scheduleType", "scheduledType"],
    "Spelling of the field in `scheduledActions` in answers.",
  ),
  scheduledActionsReturned: flag(true, "`scheduledActions` come back on GET; off: kept but not shown."),
  listsPendingSubscriptions: flag(true, "Lists show pending subscriptions; off: only once they are active."),
  // Subscriptions: writes
  slowWriteSeconds: amount(
    0,
    "Every write on a subscription answers 202 and is applied so many virtual seconds later.",
  ),
  combinedChanges: choice(
    ["refuse", "firstOnly", "all"],
    "PATCH with several changes: 400/3000, the first only, or all.",
  ),
  nullScheduleRemoves: flag(true, "`scheduledNextTermInstructions: null` removes the schedule; off: null keeps it."),
  seatRemovalOrder: choice(["newestFirst", "oldestFirst"], "Which seats a decrease takes first, of those that may go."),
  midTermBillingChange: choice(["immediate", "nextChargeCycle"], "When a PATCH of `billingCycle` takes effect."),
  midTermTermChange: flag(true, "A longer term may be chosen mid-term; off: refused with 400/800121."),
  softwareSeatIncrease: flag(true, "Software subscriptions accept more seats; off: refused with 403/800027."),
  autoRenewIgnoredOnLegacy: flag(
    true,
    "PATCH of auto-renew on legacy offers answers 200 and changes nothing; off: 400/800093.",
  ),
  cascadeToAddons: flag(false, "Suspending or cancelling a base does the same to its add-ons; off: they stay."),
  updateCap: amount(500, "Updates of one subscription before 400/900311. 0: no limit."),
  extendedTermSeatDecrease: flag(true, "Seats can be given back any time in the extended service term."),
  fullRefundHours: amount(24, "Hours after purchase or renewal in which a cancel gives a full refund."),
  partnerSuspensionReason: choice(
    ["Partner", "PartnerCancellation", "Customer"],
    "`suspensionReasons` after a suspend by PATCH.",
  ),
  // Subscriptions: time
  provisioningSeconds: amount(60, "A new subscription is pending for so many seconds."),
  provisioningOutcome: choice(["success", "failed"], "How provisioning ends; `failed` deletes the subscription."),
  licenceSettleSeconds: amount(900, "`provisioningstatus` says pending so many seconds after a seat change."),
  suspendedTermEnd: choice(["expired", "disabled"], "What becomes of a suspended subscription at its term end."),
  expiredDays: amount(30, "Days from expired to disabled."),
  disabledDays: amount(90, "Days from disabled to deleted."),
  disabledDaysAfterSuspension: amount(30, "Days from disabled to deleted when it was suspended before."),
  renewalDelayHours: amount(
    0,
    "Hours after midnight UTC until the renewal queue reaches a subscription; writes meanwhile are refused.",
  ),
  renewalKeepsSubscriptionId: flag(true, "A renewal keeps the subscription id; off: it ends and a new one begins."),
  renewalChangesOrderId: flag(false, "`orderId` becomes the renewal's order."),
  fullTransitionKeepsId: flag(true, "A transition of all seats keeps the subscription id."),
  extendedServiceTerm: flag(true, "Auto-renew off without a scheduled Cancel continues month to month at term end."),
  extendedTermChangesSku: flag(true, "In the extended service term `offerId` names an SKU of its own."),
  extendedTermActionHours: amount(
    0,
    "Hours until Microsoft adds RenewToExtendedServiceTerm after auto-renew went off. 0: never shown.",
  ),
};
