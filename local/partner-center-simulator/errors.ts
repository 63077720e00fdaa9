/** An error answer in Partner Center's own shape (partner-center-api.md §1.5). */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly description: string,
    readonly data: unknown[] = [],
    readonly headers: Record<string, string> = {},
  ) {
    super(`${status}/${code}: ${description}`);
    this.name = "Refusal";
  }
}

/** Ends the call with a Partner Center error. The same code may mean different things at different statuses. */
export function refuse(status: number, code: string | number, description: string, data: unknown[] = []): never {
  throw new Refusal(status, String(code), description, data);
}
