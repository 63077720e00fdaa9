import type { z } from "zod";
import { PendingAuthorization } from "../../../shared/domain/access/authorization-state";
import { Grant } from "../../../shared/domain/access/grant";
import { AuditEntry } from "../../../shared/domain/audit/audit-entry";
import { Batch } from "../../../shared/domain/changes/batch";
import { Change, Lane } from "../../../shared/domain/changes/change";
import { ChangeEntry } from "../../../shared/domain/changes/change-list";
import { ResellerUse } from "../../../shared/domain/connections/reseller-use";
import { Customer } from "../../../shared/domain/customers/customer";
import { Head } from "../../../shared/domain/decisions/head";
import { tolerant } from "../../../shared/domain/decisions/tolerant";
import { OnboardingBatch, OnboardingSlice } from "../../../shared/domain/onboarding/onboarding-batch";
import { Reseller } from "../../../shared/domain/resellers/reseller";
import { SubscriptionSnapshot } from "../../../shared/domain/subscriptions/snapshot-store";
import { Tenant } from "../../../shared/domain/tenants/tenant";
import { TenantEntry } from "../../../shared/domain/tenants/tenant-list";
import { fromEntity } from "../../../shared/storage/row-codec";
import rows from "./rows-of-version-1.json";

/*
 * Rows as a running system of data version 1 stored them: of a tenant with a change done, one proven after a lost answer, one
 * with its schedule set again, and one under way. They are never edited. Whoever changes a schema so that one of them is
 * not read any more adds a version that upgrades it (`data-versions.ts`).
 */
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  ...{ audit: AuditEntry, auth: PendingAuthorization, batch: Batch, change: Change, changes: ChangeEntry },
  ...{ customer: Customer, grant: Grant, head: Head, lane: Lane, onboarding: OnboardingBatch },
  ...{ onboardingslice: OnboardingSlice, reseller: Reseller, sub: SubscriptionSnapshot, tenant: Tenant },
  ...{ tenants: TenantEntry, use: ResellerUse },
};

test.each(rows)(
  "$kind: the row $entity.rowKey of the first version is read, with all that it says",
  ({ kind, entity }) => {
    const value = fromEntity({ ...entity });
    const schema = SCHEMAS[kind];
    expect(schema?.parse(value)).toBeDefined();
    expect(schema && tolerant(schema).parse(value)).toMatchObject(value as object);
  },
);

test("there is a row of every kind", () => {
  expect([...new Set(rows.map(({ kind }) => kind))].sort()).toEqual(Object.keys(SCHEMAS).sort());
});
