import { isDeepStrictEqual } from "node:util";
import { errorsOf } from "../api/common-errors";
import type { Route } from "../api/route";
import type { AppError } from "../errors";
import type { AnyResult } from "./endpoint";
import type { HttpRefusal } from "./refusal";
import { statusOf } from "./problem";

/**
 * Throws when a result is not what the declaration promises: an undeclared status, a body of another shape, or a field
 * that the schema does not name (the way secrets leak). Tests run with it; production trusts them.
 */
export function checkResult(route: Route, result: AnyResult): void {
  const declared = route.responses[result.status];
  if (declared === undefined) throw new Error(`${route.name} answered ${result.status}, which it does not declare.`);
  if (result.otherBody !== undefined) {
    if (declared.otherContentType !== undefined) return;
    throw new Error(`${route.name} answered ${result.status} in a form that it does not declare.`);
  }
  if (declared.schema === undefined) {
    if (result.body === undefined || declared.contentType !== undefined) return;
    throw new Error(`${route.name} answered ${result.status} with a body, and declares none.`);
  }
  const sent: unknown = JSON.parse(JSON.stringify(result.body ?? null));
  const parsed = declared.schema.safeParse(sent);
  if (!parsed.success) {
    throw new Error(`${route.name} answered ${result.status} with a body that breaks its schema.`, {
      cause: parsed.error,
    });
  }
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(parsed.data)), sent)) {
    throw new Error(
      `${route.name} answered ${result.status} with fields that its schema does not name or would change.`,
    );
  }
}

/** Throws when a refusal carries a code that the route does not declare, or declares with another status. */
export function checkRefusal(route: Route, error: AppError | HttpRefusal): void {
  const status = statusOf(error);
  const declared = errorsOf(route)[error.code];
  if (declared?.status === status) return;
  // A busy upstream that names a time is 503 instead of 502; one declaration covers both.
  if (declared?.status === 502 && status === 503) return;
  const found = declared === undefined ? "does not declare" : `declares with ${declared.status}`;
  throw new Error(`${route.name} refused with ${status} ${error.code}, which it ${found}.`, { cause: error });
}
