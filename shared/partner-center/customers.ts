import { z } from "zod";
import { CspCustomerId, TenantId } from "../domain/access/ids";
import type { CspCustomer, Page, PartnerProfile } from "../domain/resellers/partner-profile";
import type { ResellerIdentity } from "../domain/resellers/reseller-identity";
import { AppError } from "../errors";
import { okOrThrow, PageLink, unreadable, type PartnerCenterClient, type ReadAnswer } from "./client";
import { toAppError, type Refusal } from "./refusal";
import { WireCustomer, WireProfile } from "./wire";

/** Reads of a reseller's own account and customers (fact sheet §3). */
export function createPartnerProfile(client: PartnerCenterClient): PartnerProfile {
  return {
    probe: (accessToken) => probe(client, accessToken),

    async listCustomers(reseller, { search, after, size }) {
      if (after !== undefined) return customerPage(client, reseller, decodeCursor(after));
      const ask = (field?: "Domain" | "CompanyName"): Promise<Page<CspCustomer>> =>
        customerPage(client, reseller, { uri: customersPath(size, field, search?.trim()) });
      if (!search?.trim()) return ask();
      // The only filter there is compares the start of one field. A name with a dot in it looks like a domain.
      const byDomain = looksLikeDomain(search.trim()) ? await ask("Domain") : undefined;
      return byDomain?.value.length || byDomain?.next !== undefined ? byDomain : ask("CompanyName");
    },

    async getCustomer(reseller, id) {
      const answer = await client.get({ reseller }, `/v1/customers/${id}`);
      return isNotOurs(answer) ? undefined : parseCustomer(okOrThrow(answer).body);
    },
  };
}

async function customerPage(
  client: PartnerCenterClient,
  reseller: ResellerIdentity,
  link: PageLink,
): Promise<Page<CspCustomer>> {
  const { items, next } = await client.getPage({ reseller }, link);
  return { value: items.map(parseCustomer), ...(next === undefined ? {} : { next: encodeCursor(next) }) };
}

function customersPath(size: number, field: string | undefined, value: string | undefined): string {
  const query = new URLSearchParams({ size: String(size) });
  if (field !== undefined) query.set("filter", JSON.stringify({ Field: field, Value: value, Operator: "starts_with" }));
  return `/v1/customers?${query.toString()}`;
}

function looksLikeDomain(text: string): boolean {
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(text);
}

/** No such customer, or one who has no relationship with this reseller. */
function isNotOurs(answer: ReadAnswer): boolean {
  if (answer.kind !== "refused") return false;
  const { status, code } = answer.refusal;
  // A 404 without a code is a gateway's and says nothing about the customer.
  return (status === 404 && code !== undefined) || (status === 403 && code === "20002");
}

function parseCustomer(item: unknown): CspCustomer {
  const parsed = WireCustomer.safeParse(item);
  const id = CspCustomerId.safeParse(parsed.data?.id);
  if (!parsed.success || !id.success) throw unreadable("customer", parsed.error ?? id.error);
  const { companyProfile, relationshipToPartner } = parsed.data;
  return {
    id: id.data,
    name: companyProfile?.companyName ?? "",
    domain: companyProfile?.domain ?? "",
    relationshipToPartner: relationshipToPartner?.toLowerCase() ?? "unknown",
  };
}

function encodeCursor(link: PageLink): string {
  return Buffer.from(JSON.stringify(link)).toString("base64url");
}

function decodeCursor(after: string): PageLink {
  const CustomersLink = PageLink.refine(({ uri }) =>
    /^\/*(v1\/+)?customers(\?|$)/i.test(uri.replace(/^https?:\/\/[^/]+/i, "")),
  );
  const parsed = z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(Buffer.from(text, "base64url").toString());
      } catch {
        context.issues.push({ code: "custom", message: "is not a page", input: text });
        return z.NEVER;
      }
    })
    .pipe(CustomersLink)
    .safeParse(after);
  if (!parsed.success) throw new AppError("invalid", "badCursor", "This is not a page of the customer list.");
  return parsed.data;
}

/** The partner's programme or agreement does not let it sell (fact sheet §1.5). */
const CANNOT_TRANSACT = new Set(["900123", "900124", "900149", "800039"]);
/** The user's role lacks the right: no member of AdminAgents. */
const NOT_ADMIN_AGENT = new Set(["900150", "2032"]);

async function probe(
  client: PartnerCenterClient,
  accessToken: string,
): Promise<{ directoryId: TenantId; companyName: string }> {
  const reader = { accessToken };
  const profile = await client.get(reader, "/v1/profiles/organization");
  if (profile.kind === "refused") throw probeError(profile.refusal, "notPartner");
  const parsed = WireProfile.safeParse(profile.body);
  const directoryId = TenantId.safeParse(parsed.data?.tenantId);
  if (!parsed.success || !directoryId.success)
    throw unreadable("organisation profile", parsed.error ?? directoryId.error);

  const customers = await client.get(reader, "/v1/customers?size=1");
  if (customers.kind === "refused") throw probeError(customers.refusal, "cannotTransact");
  return { directoryId: directoryId.data, companyName: parsed.data.companyName ?? "" };
}

const PROBE_SENTENCES = {
  notAdminAgent: "The account that signed in is not a member of the AdminAgents group in Partner Center.",
  cannotTransact: "This partner account cannot sell: its programme or its agreement with Microsoft is not active.",
  notPartner: "This directory is not a partner account that may use the Partner Center API.",
  mfaRequired: "Partner Center wants a sign-in with multi-factor authentication.",
} as const;

function probeError(refusal: Refusal, otherwise: "notPartner" | "cannotTransact"): AppError {
  const code = probeCode(refusal, otherwise);
  if (code === undefined) return toAppError(refusal);
  const { status: remoteStatus, code: remoteCode, correlationId } = refusal;
  const kind = code === "notAdminAgent" ? "forbidden" : "unprocessable";
  return new AppError(kind, code, PROBE_SENTENCES[code], { extensions: { remoteStatus, remoteCode, correlationId } });
}

function probeCode(
  { status, code }: Refusal,
  otherwise: "notPartner" | "cannotTransact",
): keyof typeof PROBE_SENTENCES | undefined {
  if (status === 401) return code === "900421" ? "mfaRequired" : "notPartner";
  if (status !== 403 && status !== 404) return undefined;
  if (code !== undefined && CANNOT_TRANSACT.has(code)) return "cannotTransact";
  if (code !== undefined && NOT_ADMIN_AGENT.has(code)) return "notAdminAgent";
  return status === 404 ? undefined : otherwise;
}
