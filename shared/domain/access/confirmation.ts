import { AppError } from "../../errors";

/** Throws `confirmationRequired` unless a person has typed the word that says: I know what this does. */
export function requireConfirmation(confirmation: string | undefined): void {
  if (confirmation === "Yes") return;
  throw new AppError("invalid", "confirmationRequired", 'Confirm it: send "confirmation" with exactly "Yes".', {
    errors: [{ pointer: "/body/confirmation", message: 'must be exactly "Yes"' }],
  });
}
