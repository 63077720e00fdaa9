import { createRefundableReader } from "../../../../shared/domain/subscriptions/refundable-reader";
import type { Subscription } from "../../../../shared/domain/subscriptions/subscription";
import { after, CSP_CUSTOMER, MINUTE, RESELLER, START, TENANT } from "../../../build/ids";
import { aSubscription } from "../../../build/subscription";

const IDENTITY = {
  resellerId: RESELLER,
  directoryId: TENANT,
  applicationId: "30000000-0000-4000-8000-000000000001",
  applicationSecretName: "secret",
  refreshTokenName: "token",
};

/** A reader, a clock, and how often Microsoft was asked. */
function setUp() {
  let now = START;
  let asked = 0;
  const reader = createRefundableReader(
    {
      list: () => Promise.resolve([]),
      get: () => {
        asked++;
        const subscription = aSubscription({ refundable: { total: asked, batches: [] } });
        return Promise.resolve({ subscription, raw: {}, readAt: now });
      },
    },
    () => now,
  );
  return {
    read: (differing: Partial<Subscription> = {}) =>
      reader.read(IDENTITY, CSP_CUSTOMER, aSubscription({ refundable: undefined, ...differing })),
    asked: () => asked,
    wait: (ms: number) => (now = after(ms, now)),
  };
}

test("what was read is shown for a quarter of an hour, and then read again", async () => {
  const { read, asked, wait } = setUp();
  expect(await read()).toEqual({ total: 1, batches: [] });
  wait(15 * MINUTE - 1);
  expect(await read()).toEqual({ total: 1, batches: [] });
  wait(1);
  expect(await read()).toEqual({ total: 2, batches: [] });
  expect(asked()).toBe(2);
});

test("a subscription that looks different is read again at once", async () => {
  const { read } = setUp();
  await read();
  expect(await read({ quantity: 11 })).toEqual({ total: 2, batches: [] });
});

test("what the list tells itself is taken, and a subscription that is not active is not asked for", async () => {
  const { read, asked } = setUp();
  expect(await read({ refundable: { total: 7, batches: [] } })).toEqual({ total: 7, batches: [] });
  expect(await read({ status: "suspended" })).toBeUndefined();
  expect(asked()).toBe(0);
});
