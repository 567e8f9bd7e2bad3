/**
 * Order numbers are what customers write as the reason for a payment: eight or more digits and two check digits
 * (ISO 7064 MOD 97-10), so that a mistyped digit or two swapped ones never name another order.
 */
const MODULUS = 97n;

/** Builds the number of a sequence value, e.g. 10000001 -> "1000000161". */
export function orderNumberFor(sequence: number | bigint): string {
  const digits = sequence.toString().padStart(8, '0');
  const check = 98n - ((BigInt(digits) * 100n) % MODULUS);
  return digits + check.toString().padStart(2, '0');
}

/**
 * Whether a text is an order number exactly as we write it. Compared with the number built anew, because three
 * pairs of check digits leave the same remainder (00 and 97, 01 and 98, 02 and 99) and leading zeros leave none.
 */
export function isOrderNumber(text: string): boolean {
  return /^\d{10,18}$/.test(text) && orderNumberFor(BigInt(text.slice(0, -2))) === text;
}
