/**
 * Order numbers are what customers write as the reason for a payment: eight or more digits and two check digits
 * (ISO 7064 MOD 97-10), so that a mistyped digit or two swapped ones never name another order.
 */
const MODULUS = 97n;

/** Builds the number of a sequence value, e.g. 10000001 -> "1000000137". */
export function orderNumberFor(sequence: number): string {
  const digits = sequence.toString().padStart(8, '0');
  const check = 98n - ((BigInt(digits) * 100n) % MODULUS);
  return digits + check.toString().padStart(2, '0');
}

export function isOrderNumber(text: string): boolean {
  return /^\d{10,18}$/.test(text) && BigInt(text) % MODULUS === 1n;
}
