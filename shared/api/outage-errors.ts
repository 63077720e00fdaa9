/** For routes that read or write secrets, and for lists, whose cursors are signed with a key from the vault. */
export const vaultErrors = {
  secretsUnavailable: {
    status: 503,
    description: "The key vault cannot be reached; see Retry-After where it is given.",
  },
  secretsForbidden: { status: 503, description: "The key vault does not let this system in." },
} as const;

/** For routes that ask Microsoft's sign-in service. */
export const signInServiceErrors = {
  upstreamError: { status: 502, description: "Microsoft's sign-in service could not be asked." },
} as const;

/** For routes that ask Partner Center on behalf of a reseller. */
export const partnerCenterErrors = {
  ...vaultErrors,
  resellerNotAuthorized: { status: 409, description: "The reseller has to be (re-)authorised first." },
  mfaRequired: { status: 409, description: "Partner Center demands a sign-in with MFA." },
  upstreamError: { status: 502, description: "Partner Center did not answer as it should." },
  upstreamThrottled: { status: 503, description: "Partner Center asks to wait; see Retry-After." },
} as const;
