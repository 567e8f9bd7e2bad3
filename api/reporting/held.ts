/**
 * Money of customers that we hold: their credit, what waits to be matched, and refunds still to be paid. Beside it what they
 * owe for credit that was taken back, which no order asks for: it counts by itself.
 */
import type { HeldRow } from '../../db/reports.ts';
import { dateAt, daysBetween, type PlainDate } from '../../domain/calendar.ts';
import { euros } from '../../domain/money.ts';
import { instantText } from '../present.ts';
import { SET_ASIDE } from '../queueWords.ts';
import type { Report } from '../reportStream.ts';
import { Totals } from './totals.ts';
import { HEADERS, VALUES } from './words.ts';

export function heldReport(rows: AsyncIterable<HeldRow>, today: PlainDate): Report<HeldRow> {
  const totals = new Totals();
  const days = ({ since }: HeldRow): number => Math.max(0, daysBetween(dateAt(since), today));
  return {
    name: 'held',
    head: { today },
    rows,
    present(row) {
      const { kind, id, customerId, orderNumber, amountMinor, since, reason } = row;
      const amount = euros(amountMinor);
      return { kind, id, customerId, orderNumber, amount, since: instantText(since), days: days(row), reason };
    },
    columns: [
      { header: HEADERS.kind, of: ({ kind }, language) => VALUES[kind][language] },
      { header: HEADERS.id, of: ({ id }) => id },
      { header: HEADERS.customer, of: ({ customerId }) => customerId },
      { header: HEADERS.order, of: ({ orderNumber }) => orderNumber },
      { header: HEADERS.amount, of: ({ amountMinor }) => ({ amountMinor }) },
      { header: HEADERS.since, of: ({ since }) => dateAt(since) },
      { header: HEADERS.days, of: days },
      { header: HEADERS.why, of: ({ reason }, language) => (reason === null ? null : SET_ASIDE[reason][language]) },
    ],
    count({ kind, amountMinor }) {
      totals.add(kind, amountMinor);
      if (kind !== 'owed') totals.add('all', amountMinor);
    },
    totals: () => ({
      ...totals.of(['credit', 'unmatched', 'refund_due', 'all']),
      ...(totals.amountOf('owed') === 0 ? {} : totals.of(['owed'])),
    }),
  };
}
