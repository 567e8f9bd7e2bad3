/** The versions of what a customer accepts when confirming an order; each order keeps those it was confirmed under. */
export const TERMS_IN_FORCE = {
  termsVersion: '2026-11',
  unfairTermsVersion: '2026-11',
  privacyVersion: '2026-11',
} as const;

/** Descriptions of services the customer declares to have read [guide: purchase, "schede"]; the NSO's where it is bought. */
const SHEETS_IN_FORCE = { conservation: '2026-11', nso: '2026-11' } as const;

/** The sheets that go with what an order holds. */
export function sheetsFor(skus: readonly string[]): { readonly conservation: string; readonly nso?: string } {
  const { conservation, nso } = SHEETS_IN_FORCE;
  return { conservation, ...(skus.includes('nso') ? { nso } : {}) };
}
