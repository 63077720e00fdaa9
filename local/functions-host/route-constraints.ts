/** `:int:range(1,9)` as a list. Throws now, not at the first request, when one of them is not known. */
export function parseConstraints(text: string): string[] {
  const constraints = text.match(/:(?:\([^)]*\)|[^:(])+(?:\([^)]*\))?/g)?.map((one) => one.slice(1)) ?? [];
  for (const constraint of constraints) meetsConstraint(constraint, "");
  return constraints;
}

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/** One inline constraint, such as `int`, `range(1,9)` or `regex(^a+$)`. Throws for a name that ASP.NET does not know. */
export function meetsConstraint(constraint: string, value: string): boolean {
  const match = /^(\w+)(?:\((.*)\))?$/.exec(constraint);
  const [low = "", high = low] = (match?.[2] ?? "").split(",").map((argument) => argument.trim());
  switch (match?.[1]?.toLowerCase()) {
    case "int":
      return INTEGER.test(value) && Math.abs(Number(value)) <= 2 ** 31 - 1;
    case "long":
      return INTEGER.test(value);
    case "decimal":
    case "double":
    case "float":
      return NUMBER.test(value);
    case "bool":
      return /^(true|false)$/i.test(value);
    case "guid":
      return /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$|^[0-9a-f]{32}$/i.test(value);
    case "datetime":
      return !Number.isNaN(Date.parse(value));
    case "alpha":
      return /^[a-z]*$/i.test(value);
    case "required":
      return value !== "";
    case "length":
      return value.length >= Number(low) && value.length <= Number(high);
    case "minlength":
      return value.length >= Number(low);
    case "maxlength":
      return value.length <= Number(low);
    case "min":
      return INTEGER.test(value) && Number(value) >= Number(low);
    case "max":
      return INTEGER.test(value) && Number(value) <= Number(low);
    case "range":
      return INTEGER.test(value) && Number(value) >= Number(low) && Number(value) <= Number(high);
    case "regex":
      return new RegExp(match[2] ?? "", "i").test(value);
    default:
      throw new Error(`The route constraint "${constraint}" is not known.`);
  }
}
