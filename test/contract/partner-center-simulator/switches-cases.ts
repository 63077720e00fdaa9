import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import type { coreSwitches } from "../../../local/partner-center-simulator/core-switches";
import type { SubscriptionSeed } from "../../../local/partner-center-simulator/seed";
import { catalogItem, customerId, partnerId, subscriptionPath, type SubscriptionBench } from "./subscriptions-bench";
import { appToken, guid, unsignedToken, type Json } from "./transport-client";

const DAY = 86_400_000;

/** What a client sees with the switch in each position; the first is the default. */
export interface SwitchCase {
  subscriptions?: Partial<SubscriptionSeed>[];
  positions: [value: boolean | number | string, seen: unknown][];
  observe: (bench: SubscriptionBench, value: boolean | number | string) => Promise<unknown>;
}

const get =
  (path = subscriptionPath()) =>
  async (bench: SubscriptionBench) =>
    bench.call("GET", path);
const statusOf = async (reply: Promise<{ status: number; body: Json }>): Promise<string> => {
  const { status, body } = await reply;
  return status < 400 ? String(status) : `${status}/${String(body["code"])}`;
};
const days = (bench: SubscriptionBench, count: number) => bench.clock.advance(count * DAY);
const items = (body: Json): Json[] => body["items"] as Json[];
const list = async (bench: SubscriptionBench) =>
  items((await bench.call("GET", `/v1/customers/${customerId}/subscriptions`)).body);
const auditRecords = async (bench: SubscriptionBench) =>
  items((await bench.call("GET", "/v1/auditrecords?startDate=2026-11-16&endDate=2026-12-30")).body);
const instructions = { product: catalogItem(sku.businessPremium, "P1Y", "monthly"), quantity: 7 };

const legacy = { sku: "84a03d81-6b37-4d66-8d4a-faea24541538", billingCycle: "annual", boughtDaysAgo: 30 };
const endingIn3Days = { boughtDaysAgo: 362 };
const base = guid("base");

/** One entry per switch of `core-switches.ts`: the compiler misses none. */
export const switchCases: { [Name in keyof typeof coreSwitches]: SwitchCase } = {
  bom: {
    positions: [
      [false, "{"],
      [true, "\uFEFF"],
    ],
    observe: async (bench) => (await get()(bench)).text[0],
  },
  numericErrorCodes: {
    positions: [
      [false, "2002"],
      [true, 2002],
    ],
    observe: async (bench) => (await bench.change({ quantity: 0 })).body["code"],
  },
  doubledEchoHeaders: {
    positions: [
      [false, "a1"],
      [true, "a1,a1"],
    ],
    observe: async (bench) =>
      (await bench.call("GET", subscriptionPath(), { headers: { "MS-RequestId": "a1" } })).headers.get("ms-requestid"),
  },
  dateStyle: {
    positions: [
      ["milliseconds", "2026-11-16T09:00:00.000Z"],
      ["offset", "2026-11-16T09:00:00.000+00:00"],
      ["sevenDigits", "2026-11-16T09:00:00.0000000Z"],
    ],
    observe: async (bench) => (await bench.read())["creationDate"],
  },
  requireContractVersion: {
    positions: [
      [false, "200"],
      [true, "400/3000"],
    ],
    observe: (bench) => statusOf(bench.call("GET", subscriptionPath())),
  },
  linksWithVersion: {
    positions: [
      [false, "/customers"],
      [true, "/v1/customers"],
    ],
    observe: async (bench) =>
      ((await bench.call("GET", "/v1/customers")).body["links"] as { self: { uri: string } }).self.uri,
  },
  totalCountOfAllPages: {
    positions: [
      [false, 1],
      [true, 2],
    ],
    observe: async (bench) => (await bench.call("GET", "/v1/customers?size=1")).body["totalCount"],
  },
  subscriptionRequestsPerMinute: {
    positions: [
      [500, "200"],
      [2, "429/undefined"],
      [0, "200"],
    ],
    observe: async (bench) => {
      await bench.read();
      await bench.read();
      return statusOf(bench.call("GET", subscriptionPath()));
    },
  },
  requestIdReplay: {
    positions: [
      [true, ["200", 11]],
      [false, ["400/3000", 11]],
    ],
    observe: async (bench) => {
      const headers = { "MS-RequestId": guid("once") };
      await bench.change({ quantity: 11 }, { headers });
      const again = await statusOf(
        bench.patch({ quantity: 12, friendlyName: "both", autoRenewEnabled: true }, { headers }),
      );
      return [again, (await bench.read())["quantity"]];
    },
  },
  requestIdReplayHours: {
    positions: [
      [24, 11],
      [1, 12],
    ],
    observe: async (bench) => {
      const headers = { "MS-RequestId": guid("once") };
      await bench.change({ quantity: 11 }, { headers });
      await bench.clock.advance(2 * 3_600_000);
      await bench.change({ quantity: 12 }, { headers });
      return (await bench.read())["quantity"];
    },
  },
  replayRefusals: {
    positions: [
      [false, "200"],
      [true, "400/2002"],
    ],
    observe: async (bench) => {
      const headers = { "MS-RequestId": guid("once") };
      await bench.change({ quantity: 0 }, { headers });
      return statusOf(bench.change({ quantity: 11 }, { headers }));
    },
  },
  readStalenessSeconds: {
    positions: [
      [0, 11],
      [60, 10],
    ],
    observe: async (bench) => {
      await bench.clock.advance(120_000);
      await bench.change({ quantity: 11 });
      return (await bench.read())["quantity"];
    },
  },
  mfaEnforcement: {
    positions: [
      [true, "401/900421"],
      [false, "200"],
    ],
    observe: (bench) =>
      statusOf(bench.call("GET", subscriptionPath(), { token: unsignedToken({ upn: "a@b.example", scp: "x" }) })),
  },
  unregisteredAppStatus: {
    positions: [
      ["401", "401/400"],
      ["403", "403/400"],
    ],
    observe: async (bench) => {
      await bench.control("PATCH", `/partners/${partnerId}`, { appIds: ["another"] });
      return statusOf(bench.call("GET", subscriptionPath(), { token: appToken }));
    },
  },
  auditDelaySeconds: {
    subscriptions: [{ boughtDaysAgo: 100 }],
    positions: [
      [30, [0, 1]],
      [0, [1, 1]],
    ],
    observe: async (bench) => {
      await bench.change({ quantity: 11 });
      const atOnce = (await auditRecords(bench)).length;
      await bench.clock.advance(30_000);
      return [atOnce, (await auditRecords(bench)).length];
    },
  },
  auditRefusedWrites: {
    subscriptions: [{ boughtDaysAgo: 100 }],
    positions: [
      [false, []],
      [true, ["failed"]],
    ],
    observe: async (bench) => {
      await bench.change({ quantity: 0 });
      await bench.clock.advance(60_000);
      return (await auditRecords(bench)).map((record) => record["operationStatus"]);
    },
  },
  auditSystemChanges: {
    subscriptions: [endingIn3Days],
    positions: [
      [true, 1],
      [false, 0],
    ],
    observe: async (bench) => {
      await days(bench, 5);
      return (await auditRecords(bench)).length;
    },
  },
  customerPageLimit: {
    positions: [
      [500, 2],
      [1, 1],
    ],
    observe: async (bench) => items((await bench.call("GET", "/v1/customers?size=100")).body).length,
  },
  subscriptionEtags: {
    subscriptions: [{}, { ...legacy, id: base }],
    positions: [
      ["legacy", [false, true]],
      ["all", [true, true]],
      ["none", [false, false]],
    ],
    observe: async (bench) =>
      [await bench.read(), await bench.read(base)].map((one) => (one["attributes"] as Json)["etag"] !== undefined),
  },
  staleEtagAnswer: {
    positions: [
      ["412", "412/2055"],
      ["400", "400/2055"],
    ],
    observe: (bench) => statusOf(bench.change({ quantity: 11 }, { headers: { "If-Match": '"old"' } })),
  },
  refundOptionsOnSeats: {
    positions: [
      [true, true],
      [false, false],
    ],
    observe: async (bench) => "refundOptions" in (await bench.read()),
  },
  refundableQuantityInLists: {
    positions: [
      [false, false],
      [true, true],
    ],
    observe: async (bench) => "refundableQuantity" in ((await list(bench))[0] ?? {}),
  },
  unknownEnumValues: {
    subscriptions: [{ termDuration: "P1M", boughtDaysAgo: 40, suspended: { daysAgo: 35 } }],
    positions: [
      [false, "expired"],
      [true, "lapsed"],
    ],
    observe: async (bench) => (await bench.read())["status"],
  },
  scheduleTypeSpelling: {
    positions: [
      ["scheduleType", ["scheduleType", "actionType"]],
      ["scheduledType", ["scheduledType", "actionType"]],
    ],
    observe: async (bench) => {
      const scheduledActions = [{ scheduleType: "TermEnd", actionType: "Cancel" }];
      await bench.change({ autoRenewEnabled: false, scheduledActions });
      return Object.keys(((await bench.read())["scheduledActions"] as Json[])[0] ?? {});
    },
  },
  scheduledActionsReturned: {
    positions: [
      [true, true],
      [false, false],
    ],
    observe: async (bench) => {
      await bench.change({
        autoRenewEnabled: false,
        scheduledActions: [{ scheduledType: "TermEnd", actionType: "Cancel" }],
      });
      return "scheduledActions" in (await bench.read());
    },
  },
  listsPendingSubscriptions: {
    subscriptions: [{ pendingSeconds: 600 }],
    positions: [
      [true, 1],
      [false, 0],
    ],
    observe: async (bench) => (await list(bench)).length,
  },
  slowWriteSeconds: {
    positions: [
      [0, ["200", 11, 11]],
      [60, ["202", 10, 11]],
    ],
    observe: async (bench) => {
      const answer = await statusOf(bench.change({ quantity: 11 }));
      const atOnce = (await bench.read())["quantity"];
      await bench.clock.advance(60_000);
      return [answer, atOnce, (await bench.read())["quantity"]];
    },
  },
  combinedChanges: {
    positions: [
      ["refuse", ["400/3000", 10, "Renamed?"]],
      ["firstOnly", ["200", 11, "Renamed?"]],
      ["all", ["200", 11, "Renamed"]],
    ],
    subscriptions: [{ friendlyName: "Renamed?" }],
    observe: async (bench) => {
      const answer = await statusOf(bench.change({ quantity: 11, friendlyName: "Renamed" }));
      const { quantity, friendlyName } = await bench.read();
      return [answer, quantity, friendlyName];
    },
  },
  nullScheduleRemoves: {
    positions: [
      [true, false],
      [false, true],
    ],
    observe: async (bench) => {
      await bench.change({ scheduledNextTermInstructions: instructions });
      await bench.change({ scheduledNextTermInstructions: null });
      return "scheduledNextTermInstructions" in (await bench.read());
    },
  },
  midTermTermChange: {
    subscriptions: [{ termDuration: "P1M" }],
    positions: [
      [true, "200"],
      [false, "400/800121"],
    ],
    observe: (bench) => statusOf(bench.change({ termDuration: "P1Y" })),
  },
  midTermBillingChange: {
    subscriptions: [{ billingCycle: "annual" }],
    positions: [
      ["immediate", ["monthly", false]],
      ["nextChargeCycle", ["annual", true]],
    ],
    observe: async (bench) => {
      await bench.change({ billingCycle: "monthly" });
      const now = await bench.read();
      return [now["billingCycle"], "nextChargeInstructions" in now];
    },
  },
  seatRemovalOrder: {
    subscriptions: [
      {
        boughtDaysAgo: 100,
        added: [
          { quantity: 3, daysAgo: 4 },
          { quantity: 5, daysAgo: 1 },
        ],
      },
    ],
    positions: [
      ["newestFirst", [3, 3]],
      ["oldestFirst", [1, 5]],
    ],
    observe: async (bench) => {
      await bench.change({ quantity: 16 });
      const { details } = (await bench.read())["refundableQuantity"] as { details: Json[] };
      return details.map(({ quantity }) => quantity);
    },
  },
  softwareSeatIncrease: {
    subscriptions: [{ sku: sku.windowsServerCal }],
    positions: [
      [true, "200"],
      [false, "403/800027"],
    ],
    observe: (bench) => statusOf(bench.change({ quantity: 11 })),
  },
  autoRenewIgnoredOnLegacy: {
    subscriptions: [legacy],
    positions: [
      [true, ["200", true]],
      [false, ["400/800093", true]],
    ],
    observe: async (bench) => {
      const answer = await statusOf(bench.change({ autoRenewEnabled: false }));
      return [answer, (await bench.read())["autoRenewEnabled"]];
    },
  },
  cascadeToAddons: {
    subscriptions: [
      { sku: sku.businessCentral },
      { id: base, sku: sku.businessCentralEnvironment, quantity: 1, parentSubscriptionId: guid("subscription") },
    ],
    positions: [
      [false, "active"],
      [true, "suspended"],
    ],
    observe: async (bench) => {
      await bench.change({ status: "suspended" });
      return (await bench.read(base))["status"];
    },
  },
  updateCap: {
    positions: [
      [500, "200"],
      [2, "400/900311"],
      [0, "200"],
    ],
    observe: async (bench) => {
      await bench.change({ quantity: 11 });
      await bench.change({ quantity: 12 });
      return statusOf(bench.change({ quantity: 13 }));
    },
  },
  extendedTermSeatDecrease: {
    subscriptions: [{ boughtDaysAgo: 390, autoRenewEnabled: false }],
    positions: [
      [true, "200"],
      [false, "400/900257"],
    ],
    observe: async (bench, value) => {
      // The seats of the running month were batched under the default: another month brings new ones.
      if (value === false) await days(bench, 35);
      return statusOf(bench.change({ quantity: 9 }));
    },
  },
  fullRefundHours: {
    subscriptions: [{ boughtDaysAgo: 0.5 }],
    positions: [
      [24, ["Full", "Partial"]],
      [6, ["Partial"]],
    ],
    observe: async (bench) => ((await bench.read())["refundOptions"] as Json[]).map(({ type }) => type),
  },
  partnerSuspensionReason: {
    positions: [
      ["Partner", ["Partner"]],
      ["PartnerCancellation", ["PartnerCancellation"]],
      ["Customer", ["Customer"]],
    ],
    observe: async (bench) => {
      await bench.change({ status: "suspended" });
      return (await bench.read())["suspensionReasons"];
    },
  },
  provisioningSeconds: {
    positions: [
      [60, ["pending", "active"]],
      [0, ["active", "active"]],
    ],
    observe: async (bench) => {
      const before = await statusOfBought(bench);
      await bench.clock.advance(60_000);
      return [before, await statusOfNewest(bench)];
    },
  },
  provisioningOutcome: {
    subscriptions: [{ pendingSeconds: 60 }],
    positions: [
      ["success", "active"],
      ["failed", "deleted"],
    ],
    observe: async (bench) => {
      await bench.clock.advance(60_000);
      return (await bench.read())["status"];
    },
  },
  licenceSettleSeconds: {
    subscriptions: [{ boughtDaysAgo: 1 }],
    positions: [
      [900, "pending"],
      [0, "success"],
    ],
    observe: async (bench) => {
      await bench.change({ quantity: 11 });
      return (await bench.call("GET", `${subscriptionPath()}/provisioningstatus`)).body["status"];
    },
  },
  suspendedTermEnd: {
    subscriptions: [endingIn3Days],
    positions: [
      ["expired", "expired"],
      ["disabled", "disabled"],
    ],
    observe: async (bench) => {
      await bench.change({ status: "suspended" });
      await days(bench, 5);
      return (await bench.read())["status"];
    },
  },
  expiredDays: {
    subscriptions: [endingIn3Days],
    positions: [
      [30, "expired"],
      [7, "disabled"],
    ],
    observe: async (bench) => {
      await bench.change({ status: "suspended" });
      await days(bench, 20);
      return (await bench.read())["status"];
    },
  },
  disabledDays: {
    subscriptions: [{ sku: sku.windowsServerCal, boughtDaysAgo: 362, autoRenewEnabled: false, billingCycle: "annual" }],
    positions: [
      [90, "disabled"],
      [10, "deleted"],
    ],
    observe: async (bench) => {
      await days(bench, 60);
      return (await bench.read())["status"];
    },
  },
  disabledDaysAfterSuspension: {
    subscriptions: [endingIn3Days],
    positions: [
      [30, "deleted"],
      [90, "disabled"],
    ],
    observe: async (bench) => {
      await bench.change({ status: "suspended" });
      await days(bench, 80);
      return (await bench.read())["status"];
    },
  },
  renewalDelayHours: {
    subscriptions: [endingIn3Days],
    positions: [
      [0, "200"],
      [12, "409/900278"],
    ],
    observe: async (bench) => {
      const { commitmentEndDateTime } = await bench.read();
      await bench.clock.advance(Date.parse(String(commitmentEndDateTime)) + 3_600_000 - bench.clock.nowMs());
      return statusOf(bench.change({ quantity: 11 }));
    },
  },
  renewalKeepsSubscriptionId: {
    subscriptions: [endingIn3Days],
    positions: [
      [true, ["active"]],
      [false, ["expired", "active"]],
    ],
    observe: async (bench) => {
      await days(bench, 5);
      return (await list(bench)).map(({ status }) => status);
    },
  },
  renewalChangesOrderId: {
    subscriptions: [endingIn3Days],
    positions: [
      [false, true],
      [true, false],
    ],
    observe: async (bench) => {
      const before = (await bench.read())["orderId"];
      await days(bench, 5);
      return (await bench.read())["orderId"] === before;
    },
  },
  fullTransitionKeepsId: {
    subscriptions: [{ sku: sku.businessBasic }],
    positions: [
      [true, ["active"]],
      [false, ["deleted", "pending"]],
    ],
    observe: async (bench) => {
      const target = catalogItem(sku.businessPremium, "P1Y", "monthly");
      const toCatalogItemId = `${target.productId}:${target.skuId}:${target.availabilityId}`;
      await bench.call("POST", `${subscriptionPath()}/transitions`, { body: { toCatalogItemId, quantity: 10 } });
      return (await list(bench)).map(({ status }) => status);
    },
  },
  extendedServiceTerm: {
    subscriptions: [{ ...endingIn3Days, autoRenewEnabled: false }],
    positions: [
      [true, "active"],
      [false, "expired"],
    ],
    observe: async (bench) => {
      await days(bench, 5);
      return (await bench.read())["status"];
    },
  },
  extendedTermChangesSku: {
    subscriptions: [{ ...endingIn3Days, autoRenewEnabled: false }],
    positions: [
      [true, "E001"],
      [false, "0001"],
    ],
    observe: async (bench) => {
      await days(bench, 5);
      return String((await bench.read())["offerId"]).split(":")[1];
    },
  },
  extendedTermActionHours: {
    positions: [
      [0, undefined],
      [12, [{ scheduleType: "TermEnd", actionType: "RenewToExtendedServiceTerm" }]],
    ],
    observe: async (bench) => {
      await bench.change({ autoRenewEnabled: false });
      await days(bench, 1);
      return (await bench.read())["scheduledActions"];
    },
  },
};

async function statusOfBought(bench: SubscriptionBench): Promise<unknown> {
  const { productId, skuId, availabilityId } = catalogItem(sku.exchangePlan1, "P1Y", "monthly");
  await bench.call("POST", `/v1/customers/${customerId}/orders`, {
    body: {
      referenceCustomerId: customerId,
      billingCycle: "monthly",
      lineItems: [
        { lineItemNumber: 0, offerId: `${productId}:${skuId}:${availabilityId}`, quantity: 3, termDuration: "P1Y" },
      ],
    },
  });
  return statusOfNewest(bench);
}

const statusOfNewest = async (bench: SubscriptionBench): Promise<unknown> => (await list(bench)).at(-1)?.["status"];
