/** The payments of a day. */
import type { MovementRow } from '../../db/reports.ts';
import type { PlainDate } from '../../domain/calendar.ts';
import { euros } from '../../domain/money.ts';
import type { Report } from '../reportStream.ts';
import { Totals } from './totals.ts';
import { HEADERS, VALUES } from './words.ts';

const METHODS = ['bank_transfer', 'postal_slip', 'card', 'paypal', 'credit', 'unknown'] as const;
const KINDS = ['payment', 'reversal', 'refund'] as const;

export function movementsReport(rows: AsyncIterable<MovementRow>, on: PlainDate): Report<MovementRow> {
  const totals = new Totals();
  return {
    name: `payments-${on}`,
    head: { on },
    rows,
    present: ({ amountMinor, ...row }) => ({ ...row, amount: euros(amountMinor) }),
    columns: [
      { header: HEADERS.kind, of: ({ kind }, language) => VALUES[kind][language] },
      { header: HEADERS.method, of: ({ method }, language) => VALUES[method ?? 'unknown'][language] },
      { header: HEADERS.amount, of: ({ amountMinor }) => ({ amountMinor }) },
      { header: HEADERS.id, of: ({ id }) => id },
      { header: HEADERS.payment, of: ({ paymentKey }) => paymentKey },
      { header: HEADERS.order, of: ({ orderNumber }) => orderNumber },
      { header: HEADERS.subscription, of: ({ subscriptionId }) => subscriptionId },
      { header: HEADERS.customer, of: ({ customerId }) => customerId },
    ],
    count({ kind, method, amountMinor }) {
      totals.add(`${kind} ${method ?? 'unknown'}`, amountMinor);
      // Credit that an order used came in before: it is no money of this day.
      if (method !== 'credit') totals.add(kind, amountMinor);
    },
    totals: () => ({
      byMethod: Object.fromEntries(METHODS.map((method) => [method, byKind(totals, ` ${method}`)])),
      all: { ...byKind(totals, ''), ...returnedRefunds(totals) },
      net: euros(
        totals.amountOf('payment') +
          totals.amountOf('refund_returned') -
          totals.amountOf('reversal') -
          totals.amountOf('refund'),
      ),
    }),
  };
}

/** Refunds that the bank gave back: a day on which there were none says nothing of them. */
function returnedRefunds(totals: Totals): Record<string, unknown> {
  if (totals.amountOf('refund_returned') === 0) return {};
  return { refundsReturned: totals.of(['refund_returned'])['refund_returned'] };
}

function byKind(totals: Totals, suffix: string): Record<string, unknown> {
  const named = totals.of(KINDS.map((kind) => kind + suffix));
  return Object.fromEntries(KINDS.map((kind) => [`${kind}s`, named[kind + suffix]]));
}
