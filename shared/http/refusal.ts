/** A refusal that only the HTTP edge knows and no domain rule can cause, so it has a status and no kind. */
export class HttpRefusal extends Error {
  constructor(
    readonly status: 413 | 415,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "HttpRefusal";
  }
}
