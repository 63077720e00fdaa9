import { z } from "zod";
import { refuse } from "../errors";
import { camelCased } from "../route";
import type { AuditRecord } from "../world";

const AuditFilter = z.looseObject({ field: z.string(), value: z.string(), operator: z.string() });

/** Each field knows one operator. */
const operators: Record<string, string> = { companyname: "substring", customerid: "equals", resourcetype: "equals" };

/** The one filter of a query of audit records, or 400 for what is no filter of theirs. */
export function readAuditFilter(text: string | null): (record: AuditRecord) => boolean {
  if (text === null || text === "") return () => true;
  const parsed = AuditFilter.safeParse(camelCased(parseJson(text)));
  if (!parsed.success) return refuse(400, 800002, "The filter needs Field, Value and Operator.", ["filter"]);
  const field = parsed.data.field.toLowerCase();
  const operator = parsed.data.operator.toLowerCase();
  const value = parsed.data.value.toLowerCase();
  if (operators[field] === undefined) refuse(400, 3000, `Audit records cannot be searched by '${field}'.`, ["Field"]);
  if (operators[field] !== operator) {
    refuse(400, 3000, `The operator '${operator}' is not supported for '${field}'.`, ["Operator"]);
  }
  switch (field) {
    case "companyname":
      return ({ resource }) => lower(resource["customerName"]).includes(value);
    case "customerid":
      return ({ customerId }) => customerId === value;
    default:
      return ({ resource }) => lower(resource.resourceType).replaceAll("_", "") === value.replaceAll("_", "");
  }
}

const lower = (value: unknown): string => (typeof value === "string" ? value.toLowerCase() : "");

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuse(400, 800002, "The filter is not valid JSON.", ["filter"]);
  }
}
