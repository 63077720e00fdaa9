import { z } from "zod";
import { policyCodes } from "./error-codes";

/** Bodies the control API takes. Absent fields stay as they are. */
export const AccountChange = z.strictObject({
  displayName: z.string().optional(),
  password: z.string().optional(),
  roles: z.array(z.string()).optional(),
  groups: z.array(z.string()).optional(),
  mfa: z.boolean().optional(),
  disabled: z.boolean().optional(),
  appRoles: z.record(z.string(), z.array(z.string())).optional(),
  /** Number of a policy's refusal, or null to lift it. */
  refuse: z.literal(policyCodes).nullable().optional(),
});

export const PolicyChange = z.strictObject({
  requireMfa: z.boolean().optional(),
  userConsent: z.enum(["none", "lowImpact", "all"]).optional(),
  passwordGrantMfa: z.boolean().optional(),
  /** null: accounts of every directory are let in. */
  partnerTenants: z.array(z.string()).nullable().optional(),
});

export const SwitchChange = z.strictObject({
  unknownApp: z.enum(["unauthorized_client", "invalid_client"]).optional(),
  missingServicePrincipal: z.literal([7000229, 700016]).optional(),
});

export const NewSecret = z.strictObject({
  value: z.string().min(1),
  /** Absent: two years from now. */
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

export const SecretChange = z.strictObject({
  /** Absent: every secret of the app. */
  value: z.string().optional(),
  /** `expired`: since now; `wrong`: the value is no longer the right one. */
  become: z.enum(["expired", "wrong"]),
});

export const Consent = z.strictObject({ permissions: z.array(z.string()) });
