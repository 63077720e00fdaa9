import { decide } from "../../../../shared/domain/decisions/decide";
import { Head } from "../../../../shared/domain/decisions/head";
import { verifyAuditChain } from "../../../../shared/domain/audit/verify-audit-chain";
import { AppError } from "../../../../shared/errors";
import { add, addInside, Counter, PARTITION, setup } from "./decision-setup";

const outage = (): Promise<never> => Promise.reject(new Error("storage is down"));

async function head(store: ReturnType<typeof setup>["store"]): Promise<Head> {
  return Head.parse((await store.get(PARTITION, "head"))?.value);
}

test("a decision stores its rows, its audit entry, its message and the next number together", async () => {
  const { deps, store, dispatched, touched } = setup();
  await expect(add(deps, 5)).resolves.toBe(5);
  expect([...store.dump(PARTITION).keys()].sort()).toEqual([
    "audit_999999999998",
    "counter",
    "head",
    "outbox_sync_counter:1",
  ]);
  expect((await head(store)).seq).toBe(1);
  expect(dispatched.map((message) => message.messageId)).toEqual(["counter:1"]);
  expect(touched).toEqual([PARTITION]);
});

test("two people who decide at the same moment both get their way, one after the other", async () => {
  const { deps, store, valueOf } = setup();
  await add(deps, 1);
  const results = await Promise.all([add(deps, 10), add(deps, 100)]);
  expect(results.sort((a, b) => a - b)).toEqual([11, 111]);
  expect(await valueOf()).toBe(111);
  expect(await verifyAuditChain(store, PARTITION)).toEqual({ entries: 3, breaks: [] });
});

test("a decision whose answer was lost after it was stored is recognised and not made twice", async () => {
  const { deps, store, faults, dispatched, valueOf } = setup();
  faults.push(async (commit) => {
    await commit();
    throw new Error("the answer was lost");
  });
  await expect(add(deps, 5)).resolves.toBe(5);
  expect(await valueOf()).toBe(5);
  expect((await head(store)).seq).toBe(1);
  expect(dispatched.map(({ messageId }) => messageId)).toEqual(["counter:1"]);
});

test("a conflict that is the echo of our own success counts as success", async () => {
  const { deps, faults, valueOf } = setup();
  // The storage client repeats a write by itself, and the repetition meets what the first one made.
  faults.push(async (commit) => {
    await commit();
    return "conflict";
  });
  await expect(add(deps, 5)).resolves.toBe(5);
  expect(await valueOf()).toBe(5);
});

test("a decision that lands late, while the next try is under way, is made once and answered as it was stored", async () => {
  const { deps, store, faults, dispatched, valueOf } = setup();
  let landLate: () => Promise<unknown> = () => Promise.resolve();
  faults.push((commit) => {
    landLate = commit;
    return Promise.reject(new Error("no answer"));
  });
  faults.push(async (commit) => {
    await landLate();
    return commit();
  });
  let tries = 0;
  const answer = await decide(deps, PARTITION, async (decision) => {
    tries++;
    return { value: await addInside(decision, 5), fromTry: tries };
  });
  expect(answer).toEqual({ value: 5, fromTry: 1 });
  expect(tries).toBe(2);
  expect(await valueOf()).toBe(5);
  expect((await head(store)).seq).toBe(1);
  expect(dispatched).toHaveLength(1);
});

test("it is recognised also when others have decided since", async () => {
  const { deps, store, faults, valueOf } = setup();
  const other = { ...setup(128).deps, store };
  faults.push(async (commit) => {
    await commit();
    await add(other, 100);
    throw new Error("the answer was lost");
  });
  await expect(add(deps, 5)).resolves.toBe(5);
  expect(await valueOf()).toBe(105);
  expect((await head(store)).seq).toBe(2);
});

test("somebody else's decision in our place is not taken for ours", async () => {
  const { deps, faults, valueOf } = setup();
  const other = setup(128);
  faults.push(async () => {
    await add({ ...other.deps, store: deps.store }, 100);
    throw new Error("no answer");
  });
  await expect(add(deps, 5)).resolves.toBe(105);
  expect(await valueOf()).toBe(105);
});

test("an outage of the storage is told after three failures, with nothing stored", async () => {
  const { deps, store, faults, dispatched } = setup();
  faults.push(outage, outage, outage);
  await expect(add(deps, 5)).rejects.toThrow("storage is down");
  expect(store.dump(PARTITION).size).toBe(0);
  expect(dispatched).toEqual([]);
  expect(faults).toEqual([]);
});

test("two failures in a row are survived", async () => {
  const { deps, faults, valueOf } = setup();
  faults.push(outage, outage);
  await expect(add(deps, 5)).resolves.toBe(5);
  expect(await valueOf()).toBe(5);
});

test("who loses every race is told to come back, and nothing of it is stored", async () => {
  const { deps, faults, valueOf } = setup();
  await add(deps, 1);
  faults.push(...Array.from({ length: 40 }, () => () => Promise.resolve("conflict" as const)));
  await expect(add(deps, 5)).rejects.toMatchObject({ kind: "unavailable", code: "busy", retryAfterSeconds: 1 });
  expect(await valueOf()).toBe(1);
});

test("a decision without an audit entry is refused", async () => {
  const { deps, store } = setup();
  const silent = decide(deps, PARTITION, (decision) => decision.create("counter", { value: 1 }));
  await expect(silent).rejects.toThrow("without an audit entry");
  expect(store.dump(PARTITION).size).toBe(0);
});

test("a decision that notes nothing writes nothing", async () => {
  const { deps, store, touched } = setup();
  await expect(decide(deps, PARTITION, () => "nothing to do")).resolves.toBe("nothing to do");
  expect(store.dump(PARTITION).size).toBe(0);
  expect(touched).toEqual([]);
});

test("more rows than one transaction holds are refused before anything is stored", async () => {
  const { deps, store } = setup();
  const tooMuch = decide(deps, PARTITION, async (decision) => {
    await addInside(decision, 1);
    for (let i = 0; i < 97; i++) decision.create(`row${i}`, {});
  });
  await expect(tooMuch).rejects.toMatchObject({ code: "tooMuchAtOnce" });
  expect(store.dump(PARTITION).size).toBe(0);
});

test("work is noted before the decision that makes it, so that no crash can hide it", async () => {
  const { deps, store } = setup();
  const broken = { ...deps, touchWork: () => Promise.reject(new Error("the index is down")) };
  await expect(add(broken, 5)).rejects.toThrow("the index is down");
  expect(store.dump(PARTITION).size).toBe(0);
});

test("what a decision throws reaches the caller, and is not tried again", async () => {
  const { deps, store } = setup();
  let tries = 0;
  const refused = decide(deps, PARTITION, () => {
    tries++;
    throw new Error("not allowed");
  });
  await expect(refused).rejects.toThrow("not allowed");
  expect(tries).toBe(1);
  expect(store.dump(PARTITION).size).toBe(0);
});

test("a refusal that rests on rows of two moments is judged anew", async () => {
  const { deps } = setup();
  let tries = 0;
  // Between two reads of this decision somebody else makes theirs, which is the very thing it would then be refused for.
  const result = await decide(deps, PARTITION, async (decision) => {
    const before = await decision.get("counter", Counter);
    if (tries++ === 0) await add(deps, 1);
    const after = await decision.get("counter", Counter);
    if (before?.value.value !== after?.value.value) throw new AppError("conflict", "taken", "Somebody was faster.");
    return "one moment";
  });
  expect(result).toBe("one moment");
  expect(tries).toBe(2);
});

test("an answer without a decision that rests on rows of two moments is found anew, too", async () => {
  const { deps, store } = setup();
  await add(deps, 1);
  let tries = 0;
  const seen = await decide(deps, PARTITION, async (decision) => {
    const before = await decision.get("counter", Counter);
    if (tries++ < 2) await add(deps, 1);
    const after = await decision.get("counter", Counter);
    return [before?.value.value, after?.value.value];
  });
  expect(seen).toEqual([3, 3]);
  expect(tries).toBe(3);
  expect(store.dump(PARTITION).get("counter")?.value).toEqual({ value: 3 });
});

test("an answer that rests on one moment is given at once: the head is read twice, or once where nothing else was read", async () => {
  const { deps, store } = setup();
  await add(deps, 1);
  const asked: string[] = [];
  const watched = {
    ...deps,
    store: { ...store, get: (...ask: [string, string]) => (asked.push(ask[1]), store.get(...ask)) },
  };
  await decide(watched, PARTITION, async (decision) => (await decision.get("counter", Counter))?.value.value);
  expect(asked).toEqual(["head", "counter", "head"]);
  asked.length = 0;
  await decide(watched, PARTITION, (decision) => decision.head.openChanges.length);
  expect(asked).toEqual(["head"]);
});

test("who finds other rows at every look is told that it is busy, and nothing was decided for them", async () => {
  const { deps } = setup();
  await add(deps, 1);
  const restless = decide(deps, PARTITION, async (decision) => {
    const found = await decision.get("counter", Counter);
    await add(deps, 1);
    return found?.value.value;
  });
  await expect(restless).rejects.toMatchObject({ code: "busy", retryAfterSeconds: 1 });
});

test("an earlier try that lands late is found, also when the next one had nothing to decide", async () => {
  const { deps, faults, dispatched, valueOf } = setup();
  let land: () => Promise<unknown> = () => Promise.resolve();
  faults.push((commit) => {
    land = commit;
    return Promise.reject(new Error("no answer"));
  });
  let tries = 0;
  const result = await decide(deps, PARTITION, async (decision) => {
    if (tries++ === 0) return addInside(decision, 5);
    await decision.get("counter", Counter);
    await land();
    return "nothing to do";
  });
  expect(result).toBe(5);
  await expect(valueOf()).resolves.toBe(5);
  expect(dispatched).toHaveLength(1);
});

test("a refusal that rests on one moment is not judged again", async () => {
  const { deps } = setup();
  await add(deps, 1);
  let tries = 0;
  const refused = decide(deps, PARTITION, () => {
    tries++;
    throw new AppError("conflict", "taken", "It is taken.");
  });
  await expect(refused).rejects.toMatchObject({ code: "taken" });
  expect(tries).toBe(1);
});
