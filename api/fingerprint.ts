import { createHash } from 'node:crypto';
import type { ServiceEnd } from '../domain/ends.ts';
import type { PricedOrder } from '../domain/pricing.ts';

/**
 * A short name for what a quote shows: two quotes have the same one exactly when the customer is shown the same product,
 * lines, dates, amounts, taxes, agreement, promotion and ends. The day of the quote and the price list's name are not shown as such.
 */
export function fingerprintOf(priced: PricedOrder, ends: readonly ServiceEnd[]): string {
  const { product, content, netMinor, vatPercent, vatMinor, grossMinor, splitPayment, payableMinor } = priced;
  // Lists only: the order of an object's members says nothing.
  const shown = [
    content.type,
    product,
    priced.lines.map((line) => [
      ...[line.sku, line.quantity, line.from, line.until, line.months, line.reason],
      ...[line.annualPriceMinor, line.discountPercent, line.netMinor],
    ]),
    [netMinor, vatPercent, vatMinor, grossMinor, splitPayment, payableMinor],
    priced.agreement === null ? null : [priced.agreement.code, priced.agreement.percent],
    priced.promotion === undefined ? null : [priced.promotion.name?.it ?? null, priced.promotion.percent],
    ends.map(({ sku, quantity, endsOn, newEndsOn, lapses }) => [sku, quantity, endsOn, newEndsOn, lapses]),
  ];
  return createHash('sha256').update(JSON.stringify(shown)).digest('hex');
}
