import { auditRow } from "../../../../shared/domain/audit/audit-entry";
import { verifyAuditChain } from "../../../../shared/domain/audit/verify-audit-chain";
import type { MemoryStateStore } from "../../../fakes/memory-state-store";
import { add, PARTITION, setup } from "../decisions/decision-setup";

/** A chain of six entries. */
async function chain(): Promise<MemoryStateStore> {
  const { deps, store } = setup();
  for (let i = 1; i <= 6; i++) await add(deps, i);
  return store;
}

function entryOf(store: MemoryStateStore, seq: number): Record<string, unknown> {
  return structuredClone(store.dump(PARTITION).get(auditRow(seq))?.value) as Record<string, unknown>;
}

test("an untouched chain holds", async () => {
  expect(await verifyAuditChain(await chain(), PARTITION)).toEqual({ entries: 6, breaks: [] });
});

test("a partition in which nothing was decided has nothing to verify", async () => {
  expect(await verifyAuditChain(setup().store, PARTITION)).toEqual({ entries: 0, breaks: [] });
});

test("a chain longer than one page is walked to its end", async () => {
  const { deps, store } = setup();
  for (let i = 0; i < 1005; i++) await add(deps, 1);
  expect(await verifyAuditChain(store, PARTITION)).toEqual({ entries: 1005, breaks: [] });
});

test("an entry that was edited is found", async () => {
  const store = await chain();
  const actor = { kind: "user", id: "u", name: "somebody.else@msp.example" };
  store.forge(PARTITION, auditRow(3), { ...entryOf(store, 3), actor });
  expect((await verifyAuditChain(store, PARTITION)).breaks).toEqual([
    { seq: 3, problem: "changed after it was written" },
  ]);
});

test("the newest entry is no exception", async () => {
  const store = await chain();
  store.forge(PARTITION, auditRow(6), { ...entryOf(store, 6), result: "failure" });
  expect((await verifyAuditChain(store, PARTITION)).breaks).toHaveLength(1);
});

test("a member that was added to an entry is found", async () => {
  const store = await chain();
  store.forge(PARTITION, auditRow(3), { ...entryOf(store, 3), approvedBy: "nobody" });
  expect((await verifyAuditChain(store, PARTITION)).breaks).toHaveLength(1);
});

test("an entry that was edited beyond recognition is found, and the walk goes on", async () => {
  const store = await chain();
  store.forge(PARTITION, auditRow(3), { gone: true });
  const report = await verifyAuditChain(store, PARTITION);
  expect(report.breaks.map(({ seq }) => seq)).toContain(3);
  expect(report.entries).toBe(6);
});

test("an entry that was removed is found", async () => {
  const store = await chain();
  store.destroy(PARTITION, auditRow(3));
  const { breaks } = await verifyAuditChain(store, PARTITION);
  expect(breaks).toEqual([{ seq: 3, problem: "missing: found 2 in its place" }]);
});

test("a chain that was cut at its newest end is found", async () => {
  const store = await chain();
  store.destroy(PARTITION, auditRow(6));
  store.destroy(PARTITION, auditRow(5));
  expect((await verifyAuditChain(store, PARTITION)).breaks.map(({ seq }) => seq)).toEqual([6]);
});

test("a chain that was cut at its oldest end is found", async () => {
  const store = await chain();
  store.destroy(PARTITION, auditRow(1));
  store.destroy(PARTITION, auditRow(2));
  const { breaks } = await verifyAuditChain(store, PARTITION);
  expect(breaks).toEqual([{ seq: 2, problem: "missing: the chain ends too early" }]);
});

test("a chain that was removed altogether is found", async () => {
  const store = await chain();
  for (let seq = 1; seq <= 6; seq++) store.destroy(PARTITION, auditRow(seq));
  expect((await verifyAuditChain(store, PARTITION)).breaks).toHaveLength(1);
});

test("two entries that changed places are found", async () => {
  const store = await chain();
  const [three, four] = [entryOf(store, 3), entryOf(store, 4)];
  store.forge(PARTITION, auditRow(3), four);
  store.forge(PARTITION, auditRow(4), three);
  expect((await verifyAuditChain(store, PARTITION)).breaks.length).toBeGreaterThan(0);
});

test("two entries that changed places and numbers are found", async () => {
  const store = await chain();
  const [three, four] = [entryOf(store, 3), entryOf(store, 4)];
  store.forge(PARTITION, auditRow(3), { ...four, seq: 3 });
  store.forge(PARTITION, auditRow(4), { ...three, seq: 4 });
  expect((await verifyAuditChain(store, PARTITION)).breaks.length).toBeGreaterThan(0);
});

test("decisions made while the chain is walked are no break", async () => {
  const { deps, store } = setup();
  for (let i = 1; i <= 3; i++) await add(deps, i);
  const slow = {
    ...store,
    list: async (...ask: Parameters<typeof store.list>) => {
      await add(deps, 1);
      return store.list(...ask);
    },
  };
  expect(await verifyAuditChain(slow, PARTITION)).toEqual({ entries: 3, breaks: [] });
});

test("an entry that was forged above the newest one is found", async () => {
  const store = await chain();
  store.forge(PARTITION, auditRow(7), { ...entryOf(store, 6), seq: 7, action: "invoice.pay" });
  store.forge(PARTITION, auditRow(4_000), { gone: true });
  const { entries, breaks } = await verifyAuditChain(store, PARTITION);
  expect(entries).toBe(6);
  expect(breaks).toEqual([
    { seq: 4_000, problem: "forged: no decision with this number was made" },
    { seq: 7, problem: "forged: no decision with this number was made" },
  ]);
});

test("entries without any decision, and keys that no entry has, are forged", async () => {
  const store = await chain();
  store.forge(PARTITION, "audit_zzz", entryOf(store, 6));
  expect((await verifyAuditChain(store, PARTITION)).breaks).toEqual([
    { seq: 0, problem: "forged: no entry has the key audit_zzz" },
  ]);
  store.destroy(PARTITION, "audit_zzz");
  store.destroy(PARTITION, "head");
  expect((await verifyAuditChain(store, PARTITION)).breaks).toHaveLength(6);
});

test("an entry that calls itself newer than it stands is found", async () => {
  const store = await chain();
  store.forge(PARTITION, auditRow(3), { ...entryOf(store, 3), seq: 99 });
  expect((await verifyAuditChain(store, PARTITION)).breaks.map(({ seq }) => seq)).toEqual([3]);
});

test("an entry that is edited while the chain is walked is found too, though it is newer than the walk", async () => {
  const { deps, store } = setup();
  for (let i = 1; i <= 3; i++) await add(deps, i);
  const slow = {
    ...store,
    list: async (...ask: Parameters<typeof store.list>) => {
      await add(deps, 1);
      store.forge(PARTITION, auditRow(4), { ...entryOf(store, 4), result: "failure" });
      return store.list(...ask);
    },
  };
  expect((await verifyAuditChain(slow, PARTITION)).breaks).toEqual([
    { seq: 4, problem: "changed after it was written" },
  ]);
});
