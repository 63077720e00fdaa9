import { z } from "zod";

/** A refusal of coming token requests, as `POST /_control/faults` takes it. */
export const IdentityFault = z.strictObject({
  status: z.int().min(400).max(599),
  message: z.string().default("An unexpected error occured while fetching the AAD Token."),
  /** How many requests it meets; null: until cleared. */
  times: z.int().positive().nullable().default(1),
});
export type IdentityFault = z.infer<typeof IdentityFault>;

export class IdentityFaults {
  private faults: IdentityFault[] = [];

  add(fault: z.input<typeof IdentityFault>): void {
    this.faults.push(IdentityFault.parse(fault));
  }

  list(): readonly IdentityFault[] {
    return this.faults;
  }

  clear(): void {
    this.faults = [];
  }

  /** The oldest; counted as met. */
  take(): IdentityFault | undefined {
    const [fault] = this.faults;
    if (fault?.times === 1) this.faults.shift();
    else if (fault && fault.times !== null) fault.times -= 1;
    return fault;
  }
}
