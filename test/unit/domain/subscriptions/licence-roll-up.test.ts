import type { SubscriptionId } from "../../../../shared/domain/access/ids";
import { rollUpLicences } from "../../../../shared/domain/subscriptions/licence-roll-up";
import { OTHER_SUBSCRIPTION, SUBSCRIPTION } from "../../../build/ids";
import { aSubscription } from "../../../build/subscription";

const nothing = (): undefined => undefined;

test("subscriptions of one product make one licence, and only active ones give seats", () => {
  const licences = rollUpLicences(
    [
      aSubscription({ quantity: 10 }),
      aSubscription({ id: OTHER_SUBSCRIPTION, quantity: 4 }),
      aSubscription({ id: "20000000-0000-4000-8000-000000000003" as SubscriptionId, quantity: 7, status: "suspended" }),
      aSubscription({ productSku: "OTHER:0001", offerName: "Another", quantity: 2 }),
    ],
    [],
    (sku) => (sku === "OTHER:0001" ? 1 : undefined),
  );
  const none = { pendingApproval: 0, pendingPurchase: 0 };
  expect(licences).toEqual([
    { productSku: "CFQ7TTC0LCHC:0002", name: "Microsoft 365 Business Premium", totalSeats: 14, ...none },
    { productSku: "OTHER:0001", name: "Another", totalSeats: 2, availableSeats: 1, ...none },
  ]);
});

test("seats that wait for a decision and seats that wait to be bought are counted apart, by subscription", () => {
  const pending = [
    { subscriptionId: SUBSCRIPTION, seats: 5, waitsFor: "purchase" as const },
    { subscriptionId: SUBSCRIPTION, seats: 2, waitsFor: "approval" as const },
    { subscriptionId: OTHER_SUBSCRIPTION, seats: 3, waitsFor: "purchase" as const },
    { subscriptionId: "somebody else's", seats: 9, waitsFor: "purchase" as const },
  ];
  const [licence] = rollUpLicences([aSubscription(), aSubscription({ id: OTHER_SUBSCRIPTION })], pending, nothing);
  expect(licence).toMatchObject({ pendingApproval: 2, pendingPurchase: 8 });
});
