import type { Telemetry } from "../domain/telemetry/telemetry";
import { AppError } from "../errors";
import type { TokenIssuer } from "./access-tokens";

/** The issuer, each answer of which is counted: how often sign-ins of resellers are redeemed, and refused. */
export function measuredIssuer(issuer: TokenIssuer, telemetry: Pick<Telemetry, "measure">): TokenIssuer {
  const counted = async <T>(issued: Promise<T>): Promise<T> => {
    try {
      const value = await issued;
      telemetry.measure("csp.tokens.refreshed", 1, { result: "done" });
      return value;
    } catch (error) {
      telemetry.measure("csp.tokens.refreshed", 1, { result: resultOf(error) });
      throw error;
    }
  };
  return {
    redeemRefreshToken: (ask) => counted(issuer.redeemRefreshToken(ask)),
    clientCredentials: (ask) => counted(issuer.clientCredentials(ask)),
  };
}

function resultOf(error: unknown): "Revoked" | "SecretInvalid" | "failed" {
  const state = error instanceof AppError ? error.extensions["resellerState"] : undefined;
  return state === "Revoked" || state === "SecretInvalid" ? state : "failed";
}
