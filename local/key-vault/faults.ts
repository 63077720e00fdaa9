import { z } from "zod";
import { VaultError } from "./vault-error";

/** What can be disturbed; named after the method of `SecretClient` that asks for it. */
const OPERATIONS = [
  "setSecret",
  "getSecret",
  "updateSecretProperties",
  "listSecrets",
  "listVersions",
  "deleteSecret",
  "getDeletedSecret",
  "listDeletedSecrets",
  "recoverDeletedSecret",
  "purgeDeletedSecret",
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** A disturbance of coming requests, as `POST /_control/faults` takes it. */
export const Fault = z.strictObject({
  operation: z.enum([...OPERATIONS, "*"]).default("*"),
  /** Only requests about this secret. */
  name: z.string().optional(),
  status: z.union([z.literal(403), z.literal(429), z.literal(500), z.literal(503)]),
  retryAfterSeconds: z.int().nonnegative().optional(),
  /** How many requests it meets; null: until cleared. */
  times: z.int().positive().nullable().default(1),
  /** The request is carried out and only its answer is lost behind the error. */
  afterApplying: z.boolean().default(false),
});
export type Fault = z.infer<typeof Fault>;
/** With the defaults left out. */
export type FaultInput = z.input<typeof Fault>;

export class Faults {
  private faults: Fault[] = [];

  add(fault: FaultInput): void {
    this.faults.push(Fault.parse(fault));
  }

  list(): readonly Fault[] {
    return this.faults;
  }

  clear(): void {
    this.faults = [];
  }

  /** The oldest fault that fits; counted as met. */
  take(operation: Operation, name: string | undefined): Fault | undefined {
    const fault = this.faults.find(
      (one) => (one.operation === "*" || one.operation === operation) && (one.name === undefined || one.name === name),
    );
    if (fault?.times === 1) this.faults = this.faults.filter((one) => one !== fault);
    else if (fault && fault.times !== null) fault.times -= 1;
    return fault;
  }
}

/** The error bodies that the real service sends with these statuses. */
export function faultError({ status }: Fault): VaultError {
  switch (status) {
    case 403:
      return new VaultError(
        status,
        "Forbidden",
        "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role " +
          "definitions were changed recently, please observe propagation time.",
        "ForbiddenByRbac",
      );
    case 429:
      return new VaultError(
        status,
        "Throttled",
        "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
      );
    case 500:
      return new VaultError(status, "InternalServerError", "An internal server error occurred.");
    case 503:
      return new VaultError(status, "ServiceUnavailable", "The service is temporarily unavailable.");
  }
}
