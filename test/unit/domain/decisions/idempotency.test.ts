import { decide } from "../../../../shared/domain/decisions/decide";
import { findReplay, remember, type IdempotencyKey } from "../../../../shared/domain/decisions/idempotency";
import { after, HOUR } from "../../../build/ids";
import { addInside, PARTITION, setup } from "./decision-setup";

const KEY: IdempotencyKey = { hash: "caller-and-route-and-key", bodyHash: "body" };
const DAY = 24 * HOUR;

/** A request that makes a resource once, however often it comes. */
function request({ deps }: ReturnType<typeof setup>, at: Date, key = KEY, resourceId = "resource-1"): Promise<string> {
  return decide({ ...deps, clock: () => at }, PARTITION, async (decision) => {
    const earlier = await findReplay(decision, key);
    if (earlier !== undefined) return earlier;
    await addInside(decision, 1);
    await remember(decision, key, resourceId);
    return resourceId;
  });
}

test("a repeated request gets what the first one made, and makes nothing", async () => {
  const world = setup();
  await expect(request(world, after(0))).resolves.toBe("resource-1");
  await expect(request(world, after(29 * DAY), KEY, "resource-2")).resolves.toBe("resource-1");
  expect(await world.valueOf()).toBe(1);
});

test("the same key with another body is refused", async () => {
  const world = setup();
  await request(world, after(0));
  const reuse = request(world, after(HOUR), { ...KEY, bodyHash: "another body" });
  await expect(reuse).rejects.toMatchObject({ kind: "unprocessable", code: "idempotencyKeyReused" });
  expect(await world.valueOf()).toBe(1);
});

test("another caller's key of the same text is another key", async () => {
  const world = setup();
  await request(world, after(0));
  const other = { hash: "another-caller", bodyHash: "another body" };
  await expect(request(world, after(HOUR), other, "resource-2")).resolves.toBe("resource-2");
  expect(await world.valueOf()).toBe(2);
});

test("after thirty days a key is free again, and is remembered anew", async () => {
  const world = setup();
  await request(world, after(0));
  const later = { ...KEY, bodyHash: "another body" };
  await expect(request(world, after(30 * DAY), later, "resource-2")).resolves.toBe("resource-2");
  await expect(request(world, after(59 * DAY), later, "resource-3")).resolves.toBe("resource-2");
  expect(await world.valueOf()).toBe(2);
});

test("two copies of a request at the same moment make one resource", async () => {
  const world = setup();
  const both = await Promise.all([request(world, after(0)), request(world, after(0), KEY, "resource-2")]);
  expect(new Set(both).size).toBe(1);
  expect(await world.valueOf()).toBe(1);
});

test("a refused request is not remembered: it may succeed later", async () => {
  const world = setup();
  const refused = decide(world.deps, PARTITION, async (decision) => {
    await remember(decision, KEY, "resource-1");
    throw new Error("not now");
  });
  await expect(refused).rejects.toThrow("not now");
  await expect(request(world, after(HOUR), KEY, "resource-2")).resolves.toBe("resource-2");
});
