import type { Attempt } from "../../../../shared/domain/changes/change";
import { DEFAULT_LEDGER_SETTINGS as SETTINGS } from "../../../../shared/domain/changes/ledger-settings";
import type { RemoteAuditRecord } from "../../../../shared/domain/changes/remote-history";
import type { Verdict } from "../../../../shared/domain/changes/weigh-evidence";
import { weighRestore } from "../../../../shared/domain/changes/weigh-restore";
import type { RenewalSchedule } from "../../../../shared/domain/subscriptions/renewal-schedule";
import { anAttempt } from "../../../build/change";
import { after, MINUTE, SECOND } from "../../../build/ids";
import { aSchedule } from "../../../build/schedule";
import { aRecord, aSubscription } from "../../../build/subscription";

const FENCE = after(120 * SECOND);
const SETTLED = after(15 * MINUTE, FENCE);

interface Seen {
  schedule?: RenewalSchedule | undefined;
  quantity?: number;
  records?: RemoteAuditRecord[];
  askedAt?: Date;
  attempt?: Partial<Attempt>;
}
/** We wanted the renewal to have thirteen seats, beside fifteen now, and heard nothing. */
function judge({ schedule, quantity = 15, records = [], askedAt = FENCE, attempt }: Seen): Verdict {
  const wanted = anAttempt({ from: 15, to: 15, schedule: aSchedule(13), ...attempt });
  const evidence = { records, orderLines: [], subscription: aSubscription({ quantity, schedule }), askedAt };
  return weighRestore(wanted, evidence, SETTINGS);
}
const ours = (differing: Partial<RemoteAuditRecord> = {}): RemoteAuditRecord =>
  aRecord({ id: "ours", correlationId: "correlation-1", oldQuantity: 15, newQuantity: 15, ...differing });

test("read back beside the seats it was written with, it is there", () => {
  expect(judge({ schedule: aSchedule(13) })).toMatchObject({ kind: "applied", by: "readBack" });
});

test("beside other seats the read may be older than the write, until reads have settled", () => {
  expect(judge({ schedule: aSchedule(13), quantity: 10 }).kind).toBe("lookAgain");
  expect(judge({ schedule: aSchedule(13), quantity: 17, askedAt: SETTLED })).toMatchObject({ by: "readBack" });
});

test("a record of ours proves it, also where the read shows nothing of it", () => {
  expect(judge({ records: [ours()] })).toEqual({ kind: "applied", by: "auditRecord", reference: "ours" });
});

test("a record of ours that found other seats tells whose they were", () => {
  const theirs = aRecord({ oldQuantity: 15, newQuantity: 17, userName: "someone.else@partner.example" });
  expect(judge({ records: [theirs, ours({ oldQuantity: 17, operationDate: after(2 * MINUTE) })] })).toMatchObject({
    found: { quantity: 17, userName: "someone.else@partner.example", recordId: "record-1" },
  });
});

test.each<[string, RenewalSchedule | undefined]>([
  ["none", undefined],
  ["another", aSchedule(4)],
])("%s there: it may still be on its way, until everything has settled; then it is not", (_name, schedule) => {
  expect(judge({ schedule }).kind).toBe("lookAgain");
  expect(judge({ schedule, askedAt: SETTLED })).toEqual({ kind: "notApplied" });
});
