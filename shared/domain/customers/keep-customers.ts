import { AppError } from "../../errors";
import { seesCustomer, type Actor } from "../access/actor";
import { CustomerId, newId } from "../access/ids";
import { auditedRequest, type AuditedRequest, type WriteRequest } from "../access/request-facts";
import { claimName, releaseName, sameName } from "../access/unique-name";
import { decide, type DecideDeps, type Decision, type Found } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { listRows, type RowPage } from "../decisions/list-rows";
import { checkEtag } from "../decisions/public-etag";
import type { StateStore } from "../decisions/state-store";
import { Customer, CUSTOMER_PREFIX, customerRow } from "./customer";

export interface CustomerFields {
  name: string;
  externalReference?: string | undefined;
}

/** Creates a customer (C63). Throws `duplicate` when another one has this name. */
export async function createCustomer(
  deps: DecideDeps,
  request: WriteRequest,
  fields: CustomerFields,
): Promise<Found<Customer>> {
  const id = CustomerId.parse(newId(deps.clock(), deps.random(10)));
  const madeId = await decide(deps, MSP_PARTITION, async (decision) => {
    const earlier = await findReplay(decision, request.idempotency);
    if (earlier !== undefined) return CustomerId.parse(earlier);
    await noteCustomer(decision, auditedRequest(request), id, fields);
    await remember(decision, request.idempotency, id);
    return id;
  });
  return findCustomer(deps.store, request.actor, madeId);
}

/** Writes a new customer into a decision of the MSP's partition. Throws `duplicate` when another one has this name. */
export async function noteCustomer(
  decision: Decision,
  by: AuditedRequest,
  id: CustomerId,
  fields: CustomerFields,
): Promise<void> {
  await claimName(decision, "customer", fields.name);
  const at = decision.now.toISOString();
  decision.create(customerRow(id), { ...fields, id, createdAt: at, modifiedAt: at } satisfies Customer);
  decision.record({
    ...by,
    action: "customer.create",
    object: { type: "customer", id, name: fields.name },
    result: "success",
    after: { ...fields },
  });
}

/** Renames a customer or sets its reference (C63). Throws `etagMismatch` when it was changed meanwhile, `duplicate`. */
export async function changeCustomer(
  deps: DecideDeps,
  request: WriteRequest,
  id: CustomerId,
  fields: { [Field in keyof CustomerFields]?: CustomerFields[Field] | undefined },
  etag: string,
): Promise<Found<Customer>> {
  await findCustomer(deps.store, request.actor, id);
  await decide(deps, MSP_PARTITION, async (decision) => {
    if ((await findReplay(decision, request.idempotency)) !== undefined) return;
    const found = await decision.get(customerRow(id), Customer);
    if (!found) throw new AppError("not-found", "notFound", "No such customer.");
    checkEtag(found.etag, etag);
    const before = found.value;
    if (fields.name !== undefined && !sameName(fields.name, before.name)) {
      await claimName(decision, "customer", fields.name);
      await releaseName(decision, "customer", before.name);
    }
    const name = fields.name ?? before.name;
    const externalReference = fields.externalReference ?? before.externalReference;
    decision.replace(found, {
      ...before,
      name,
      externalReference,
      modifiedAt: decision.now.toISOString(),
    } satisfies Customer);
    await remember(decision, request.idempotency, id);
    decision.record({
      ...auditedRequest(request),
      action: "customer.update",
      object: { type: "customer", id, name },
      result: "success",
      before: { name: before.name, externalReference: before.externalReference },
      after: { ...fields },
    });
  });
  return findCustomer(deps.store, request.actor, id);
}

/** One customer in the caller's scope. Throws `notFound`. */
export async function findCustomer(store: StateStore, actor: Actor, id: CustomerId): Promise<Found<Customer>> {
  const found = seesCustomer(actor, id) ? await store.get(MSP_PARTITION, customerRow(id)) : undefined;
  if (!found) throw new AppError("not-found", "notFound", "No such customer.");
  return { ...found, value: Customer.parse(found.value) };
}

/** A page of the customers in the caller's scope whose name contains `search` (C18). */
export async function listCustomers(
  store: StateStore,
  actor: Actor,
  ask: { search?: string | undefined; after?: string | undefined; limit: number },
): Promise<RowPage<Customer>> {
  const wanted = ask.search?.trim().toLocaleLowerCase("en") ?? "";
  return listRows(store, MSP_PARTITION, {
    prefix: CUSTOMER_PREFIX,
    schema: Customer,
    limit: ask.limit,
    ...(ask.after ? { after: ask.after } : {}),
    countNewer: (row) => {
      const id = CustomerId.safeParse(row.slice(CUSTOMER_PREFIX.length));
      return id.success && seesCustomer(actor, id.data);
    },
    keep: (customer) => seesCustomer(actor, customer.id) && customer.name.toLocaleLowerCase("en").includes(wanted),
  });
}
