import { AppError, type FieldError } from "../../errors";
import { customerRow } from "../customers/customer";
import { MSP_PARTITION, tenantPartition } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import { TENANT_ROW } from "../tenants/tenant";
import type { Scope } from "./actor";

/** Rows asked for at a time: a grant may name a thousand ids. */
const AT_A_TIME = 25;

/** Throws `unknownInScope`, naming each customer and tenant of the scope that is not known here. */
export async function checkScopeExists(store: StateStore, scope: Scope): Promise<void> {
  if (scope.kind === "all") return;
  const named = [
    ...scope.customerIds.map((id, i) => ({
      ...{ partition: MSP_PARTITION, row: customerRow(id), pointer: `/body/scope/customerIds/${i}` },
      message: "No such customer.",
    })),
    ...scope.tenantIds.map((id, i) => ({
      ...{ partition: tenantPartition(id), row: TENANT_ROW, pointer: `/body/scope/tenantIds/${i}` },
      message: "No such tenant.",
    })),
  ];
  const errors: FieldError[] = [];
  for (let from = 0; from < named.length; from += AT_A_TIME) {
    const some = named.slice(from, from + AT_A_TIME);
    const rows = await Promise.all(some.map(({ partition, row }) => store.get(partition, row)));
    errors.push(...some.filter((_, i) => rows[i] === undefined).map(({ pointer, message }) => ({ pointer, message })));
  }
  if (errors.length === 0) return;
  throw new AppError("unprocessable", "unknownInScope", "The scope names what is not known here; see errors.", {
    errors,
  });
}
