/** VAT taken apart: what of an amount that includes it is net, by the same rounding that put it in. */
import { divideHalfUp, percentOf } from './money.ts';

export interface Parts {
  readonly netMinor: number;
  readonly vatMinor: number;
}

/** What of an order's amount stays net and VAT: the rates at which it was sold. */
export interface Rate {
  readonly vatPercent: number;
  /** The amount holds no VAT: it is the treasury's, and owed beside it. */
  readonly splitPayment: boolean;
}

/**
 * The net whose VAT, rounded once, makes up the amount: exact for whatever was priced so. For any other amount the net
 * nearest to it, and the VAT is the rest.
 */
export function partsOf(payableMinor: number, { vatPercent, splitPayment }: Rate): Parts {
  if (splitPayment) return { netMinor: payableMinor, vatMinor: percentOf(payableMinor, vatPercent) };
  const netMinor = divideHalfUp(BigInt(payableMinor) * 100n, BigInt(100 + vatPercent));
  return { netMinor, vatMinor: payableMinor - netMinor };
}

/** What an order was sold for once a surplus was credited: what it brings, at its frozen prices. */
export function soldOf(
  priced: Rate & Parts & { readonly payableMinor: number },
  surplusMinor: number,
): Parts & { readonly payableMinor: number } {
  const payableMinor = priced.payableMinor - surplusMinor;
  if (surplusMinor === 0) return { netMinor: priced.netMinor, vatMinor: priced.vatMinor, payableMinor };
  return { ...partsOf(payableMinor, priced), payableMinor };
}

/**
 * What a refund of `amountMinor` takes back of an invoice of which `left` is not yet taken back. Rounded on the running
 * total, so that several refunds never add up to more than the invoice, and the last one takes exactly the rest.
 *
 * @throws RangeError when it is more than what is left.
 */
export function creditShare(
  invoice: Parts & Rate,
  { left, amountMinor }: { readonly left: Parts; readonly amountMinor: number },
): Parts {
  const payable = ({ netMinor, vatMinor }: Parts): number => (invoice.splitPayment ? netMinor : netMinor + vatMinor);
  const restMinor = payable(left) - amountMinor;
  if (restMinor < 0) throw new RangeError('More is refunded than is left of the invoice.');
  if (restMinor === 0) return left;
  const after = partsOf(payable(invoice) - restMinor, invoice);
  return {
    netMinor: after.netMinor - (invoice.netMinor - left.netMinor),
    vatMinor: after.vatMinor - (invoice.vatMinor - left.vatMinor),
  };
}
