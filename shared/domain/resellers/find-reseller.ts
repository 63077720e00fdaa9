import { AppError } from "../../errors";
import type { ResellerId } from "../access/ids";
import type { Found } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { listRows, type RowPage } from "../decisions/list-rows";
import type { StateStore } from "../decisions/state-store";
import { identityOf, Reseller, RESELLER_PREFIX, resellerRow, type ResellerState } from "./reseller";
import type { ResellerIdentity } from "./reseller-identity";

/** One reseller. Throws `notFound`. */
export async function findReseller(store: StateStore, id: ResellerId): Promise<Found<Reseller>> {
  const found = await store.get(MSP_PARTITION, resellerRow(id));
  const value = found && Reseller.parse(found.value);
  if (!value || value.deletedAt !== undefined) throw noSuchReseller();
  return { ...found, value };
}

export function noSuchReseller(): AppError {
  return new AppError("not-found", "notFound", "No such reseller.");
}

/** A reseller that may be used now. Throws `notFound`, or `resellerNotAuthorized` with what has to be done. */
export async function findAuthorizedReseller(store: StateStore, id: ResellerId): Promise<Reseller> {
  const { value } = await findReseller(store, id);
  if (value.state === "Authorized") return value;
  const remedy = value.state === "SecretInvalid" ? "Enter a valid application secret" : "Authorise it";
  throw new AppError(
    "conflict",
    "resellerNotAuthorized",
    `${value.displayName} is ${value.state}. ${remedy} and try again.`,
  );
}

/** Who calls Microsoft for a reseller; undefined while it is not authorised. */
export async function authorizedIdentity(store: StateStore, id: ResellerId): Promise<ResellerIdentity | undefined> {
  const row = await store.get(MSP_PARTITION, resellerRow(id));
  const reseller = row && Reseller.parse(row.value);
  return reseller?.state === "Authorized" ? identityOf(reseller) : undefined;
}

/** A page of resellers whose name or domain contains `search`, in one state if asked for (C2). */
export async function listResellers(
  store: StateStore,
  ask: { search?: string | undefined; status?: ResellerState | undefined; after?: string | undefined; limit: number },
): Promise<RowPage<Reseller>> {
  const wanted = ask.search?.trim().toLocaleLowerCase("en") ?? "";
  return listRows(store, MSP_PARTITION, {
    prefix: RESELLER_PREFIX,
    schema: Reseller,
    limit: ask.limit,
    ...(ask.after ? { after: ask.after } : {}),
    countNewer: () => true,
    keep: ({ displayName, domain, state, deletedAt }) =>
      deletedAt === undefined &&
      (ask.status === undefined || state === ask.status) &&
      [displayName, domain].some((text) => text.toLocaleLowerCase("en").includes(wanted)),
  });
}
