import { isRestError, type RestError } from "@azure/core-rest-pipeline";
import { z } from "zod";
import { AppError } from "../errors";
import { retryAfterSeconds } from "../retry";

/** What a failure of Key Vault means to us. */
export interface VaultFailure {
  meaning: "notFound" | "disabled" | "conflict" | "other";
  /** What to throw where the meaning is not expected. */
  error: unknown;
}

/**
 * Reads an error of the SDK by status and inner code, never by text. 403 has two faces: the secret is disabled, or we
 * are not allowed to read it (a role is missing), which must not look like "no such secret".
 */
export function failureOf(error: unknown): VaultFailure {
  if (!isRestError(error)) return { meaning: "other", error };
  const { statusCode } = error;
  if (statusCode === 404) return { meaning: "notFound", error };
  if (statusCode === 409) return { meaning: "conflict", error };
  if (statusCode === 403) return { meaning: isDisabled(error) ? "disabled" : "other", error: forbidden(error) };
  const outage = statusCode === undefined || statusCode === 429 || statusCode >= 500;
  return { meaning: "other", error: outage ? unavailable(error) : error };
}

const Disabled = z.looseObject({
  error: z.looseObject({ innerError: z.looseObject({ code: z.literal("SecretDisabled") }) }),
});

/** A refusal of access says `ForbiddenByRbac`, `ForbiddenByFirewall` and the like in the same place. */
function isDisabled(error: RestError): boolean {
  return Disabled.safeParse(error.details).success;
}

function forbidden(cause: RestError): AppError {
  return new AppError("unavailable", "secretsForbidden", "This system is not allowed to use its key vault.", { cause });
}

function unavailable(cause: RestError): AppError {
  const seconds = retryAfterSeconds(cause.response?.headers.get("retry-after"), new Date());
  return new AppError("unavailable", "secretsUnavailable", "The key vault cannot be reached at the moment.", {
    cause,
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
  });
}
