/** The versions of what a customer accepts when confirming an order; each order keeps those it was confirmed under. */
export const TERMS_IN_FORCE = {
  termsVersion: '2026-11',
  unfairTermsVersion: '2026-11',
  privacyVersion: '2026-11',
} as const;
