import type { Answer } from "./route";
import type { SwitchValues } from "./switches";

const isoDate = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/** The bytes of an answer, with the variations that clients must survive (partner-center-api.md §1.4, §1.5). */
export function serialize(answer: Answer, switches: SwitchValues): Buffer | undefined {
  const { body } = answer;
  if (body === undefined) return undefined;
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === "string") return Buffer.from(body);
  const shown = answer.status >= 400 && switches.numericErrorCodes ? withNumericCode(body) : body;
  const text = JSON.stringify(shown, (_name, value: unknown) =>
    typeof value === "string" && isoDate.test(value) ? styledDate(value, switches.dateStyle) : value,
  );
  return Buffer.from(switches.bom ? `\uFEFF${text}` : text);
}

function withNumericCode(body: object): object {
  if (!("code" in body)) return body;
  const code = Number(body.code);
  return Number.isInteger(code) ? { ...body, code } : body;
}

function styledDate(value: string, style: SwitchValues["dateStyle"]): string {
  const [seconds = "", fraction = ""] = value.slice(0, -1).split(".");
  switch (style) {
    case "milliseconds":
      return value;
    case "offset":
      return `${seconds}${fraction && `.${fraction}`}+00:00`;
    case "sevenDigits":
      return `${seconds}.${fraction.padEnd(7, "0")}Z`;
  }
}
