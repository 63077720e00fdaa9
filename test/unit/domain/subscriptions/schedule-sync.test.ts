import { TenantId } from "../../../../shared/domain/access/ids";
import type { OutgoingMessage } from "../../../../shared/domain/decisions/outgoing-message";
import { scheduleSyncs, syncAfterChange } from "../../../../shared/domain/subscriptions/schedule-sync";
import type { TenantEntry, TenantList } from "../../../../shared/domain/tenants/tenant-list";
import { aTenant } from "../../../build/tenant";
import { after, HOUR, MINUTE, SECOND, START, TENANT } from "../../../build/ids";
import { recordedLog } from "../../../fakes/recorded-log";

const tenantNumber = (n: number): TenantId =>
  TenantId.parse(`${n.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`);

function setup(now = START) {
  const sent: OutgoingMessage[] = [];
  const log = recordedLog();
  const send = (message: OutgoingMessage): Promise<void> => Promise.resolve(void sent.push(message));
  return { sent, log, deps: { send, log, clock: () => now } };
}

/** A list that shows two entries on a page. */
function listOf(entries: TenantEntry[]): TenantList {
  return {
    put: () => Promise.reject(new Error("Nothing is put here.")),
    list: ({ after: place = "0", keep }) => {
      const from = Number(place);
      const value = entries.slice(from, from + 2).filter(keep);
      return Promise.resolve(from + 2 < entries.length ? { value, next: String(from + 2) } : { value });
    },
  };
}

const connected = (tenantId: TenantId): TenantEntry => ({ seq: 1, tenant: aTenant({ tenantId }) });
const unconnected = (tenantId: TenantId): TenantEntry => {
  const { connection: _connection, ...tenant } = aTenant({ tenantId });
  return { seq: 1, tenant };
};

describe("the daily syncs", () => {
  test("every connected tenant of every page gets one, spread over three hours, and nobody else", async () => {
    const { deps, sent } = setup();
    const tenants = [connected(tenantNumber(0)), unconnected(tenantNumber(5)), connected(tenantNumber(2 ** 31))];
    expect(await scheduleSyncs({ ...deps, tenants: listOf([...tenants, connected(tenantNumber(2 ** 32 - 1))]) })).toBe(
      3,
    );
    expect(sent.map(({ body }) => body)).toEqual([
      { tenantId: tenantNumber(0) },
      { tenantId: tenantNumber(2 ** 31) },
      { tenantId: tenantNumber(2 ** 32 - 1) },
    ]);
    const moments = sent.map(({ notBefore = "" }) => Date.parse(notBefore) - START.getTime());
    expect(moments.slice(0, 2)).toEqual([0, 1.5 * HOUR]);
    expect(moments[2]).toBeGreaterThan(2.99 * HOUR);
    expect(moments[2]).toBeLessThan(3 * HOUR);
  });

  test("twice on one day they have the same ids, the next day others", async () => {
    const ids = async (now: Date): Promise<string[]> => {
      const { deps, sent } = setup(now);
      await scheduleSyncs({ ...deps, tenants: listOf([connected(TENANT)]) });
      return sent.map(({ messageId }) => messageId);
    };
    expect(await ids(after(MINUTE))).toEqual(await ids(START));
    expect(await ids(after(24 * HOUR))).not.toEqual(await ids(START));
  });

  test("a broker that does not answer fails the round, so that somebody is told", async () => {
    const { deps } = setup();
    const send = (): Promise<void> => Promise.reject(new Error("The broker does not answer."));
    await expect(scheduleSyncs({ ...deps, send, tenants: listOf([connected(TENANT)]) })).rejects.toThrow("broker");
  });
});

describe("the sync after a change", () => {
  test("changes that end in one minute share one message, delivered with the next minute", async () => {
    const ids = new Set<string>();
    for (const now of [after(SECOND), after(40 * SECOND)]) {
      const { deps, sent } = setup(now);
      await syncAfterChange(deps, TENANT);
      expect(sent).toMatchObject([
        { queue: "sync", notBefore: after(MINUTE).toISOString(), body: { tenantId: TENANT } },
      ]);
      ids.add(sent[0]?.messageId ?? "");
    }
    expect(ids.size).toBe(1);
  });

  test("one that cannot be asked for is told in the log, and stops nothing", async () => {
    const { deps, log } = setup();
    await syncAfterChange({ ...deps, send: () => Promise.reject(new Error("away")) }, TENANT);
    expect(log.lines).toEqual([{ level: "warn", message: "a sync could not be asked for" }]);
  });
});
