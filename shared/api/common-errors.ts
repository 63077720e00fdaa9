import type { ErrorDeclaration, Route } from "./route";

/** Every error code a route can answer: those that follow from its shape, then its own (which may reword a common one). */
export function errorsOf(route: Route): Readonly<Record<string, ErrorDeclaration>> {
  return { ...commonErrors(route), ...route.errors };
}

/** The codes that the edge itself answers with, so that no declaration repeats them. */
function commonErrors(route: Route): Record<string, ErrorDeclaration> {
  const errors: Record<string, ErrorDeclaration> = {
    validation: { status: 400, description: "A field of the request is missing, unknown or not valid; see `errors`." },
  };
  // Health and the reference rest on no row.
  if (route.operations.length > 0) {
    errors["newerVersion"] = {
      status: 503,
      description:
        "A newer version of this software wrote what the request needs: during a deployment, or after a roll-back. Send the same request again; see Retry-After.",
    };
  }
  if (route.permission !== "anonymous") {
    errors["unauthenticated"] = { status: 401, description: "No access token, or one that is not valid here." };
    errors["signInUnavailable"] = {
      status: 503,
      description: "The sign-in service gave no keys to check tokens with.",
    };
  }
  if (route.permission !== "anonymous" && route.permission !== "signedIn") {
    errors["forbidden"] = { status: 403, description: `No role of the caller holds ${route.permission}.` };
  }
  if (route.params !== undefined) {
    errors["notFound"] = { status: 404, description: "No such object, or none the caller may see." };
  }
  if (route.method !== "GET") Object.assign(errors, writeErrors());
  if (route.concurrency !== undefined) {
    errors["ifMatchRequired"] = { status: 428, description: "The precondition header is missing." };
    errors["etagMismatch"] = { status: 412, description: "Somebody changed it since it was read; read it again." };
  }
  errors["tooManyRequests"] = {
    status: 429,
    description: "This caller, or without a sign-in this address, asked too often; go on after `Retry-After` seconds.",
  };
  errors["internalError"] = { status: 500, description: "A failure of this system; nothing about it is shown here." };
  return errors;
}

function writeErrors(): Record<string, ErrorDeclaration> {
  return {
    invalidJson: { status: 400, description: "The body is not JSON in UTF-8." },
    idempotencyKeyRequired: { status: 400, description: "No Idempotency-Key of 1 to 255 visible ASCII characters." },
    idempotencyKeyReused: { status: 422, description: "This key was used for another request before." },
    busy: { status: 503, description: "Too many changes at the same moment; send the same request again." },
    bodyTooLarge: { status: 413, description: "The body is larger than 256 KiB." },
    unsupportedMediaType: {
      status: 415,
      description: "The body is not declared as application/json in UTF-8, or is compressed.",
    },
  };
}
