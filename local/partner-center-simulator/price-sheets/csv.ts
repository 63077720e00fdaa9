/** Rows as CSV after RFC 4180 with a header line; text with a comma, quote or line break is quoted. */
export function csv<Column extends string>(rows: Record<Column, string>[], columns: readonly Column[]): string {
  const lines = [columns.map(field), ...rows.map((row) => columns.map((column) => field(row[column])))];
  return lines.map((fields) => `${fields.join(",")}\r\n`).join("");
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
