/**
 * Money is an integer number of euro cents. No fraction of a cent is ever stored:
 * whatever divides rounds once, half-up, where the rule says so.
 */
export const CURRENCY = 'EUR';

/** The shape in which amounts cross a boundary, e.g. `{ "amountMinor": 3050, "currency": "EUR" }`. */
export interface Money {
  readonly amountMinor: number;
  readonly currency: typeof CURRENCY;
}

/** Largest amount one order, payment or balance may reach: 10 million euros, far inside exact integers. */
export const MAX_AMOUNT_MINOR = 1_000_000_000;

export function euros(amountMinor: number): Money {
  return { amountMinor, currency: CURRENCY };
}

/**
 * Divides two non-negative integers, rounding half-up to a whole number.
 * BigInt keeps the doubled numerator exact whatever the factors were.
 */
export function divideHalfUp(numerator: bigint, denominator: bigint): number {
  if (numerator < 0n || denominator <= 0n)
    throw new RangeError('divideHalfUp takes a numerator >= 0 and a denominator > 0.');
  return Number((2n * numerator + denominator) / (2n * denominator));
}

/** `percent` of an amount, in whole cents, half-up: the VAT of an order's net total (domain rule: rounded once, on the total). */
export function percentOf(amountMinor: number, percent: number): number {
  return divideHalfUp(BigInt(amountMinor) * BigInt(percent), 100n);
}
