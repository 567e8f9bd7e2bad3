/** What customers owe, by how long. */
import type { ReceivableRow } from '../../db/reports.ts';
import { dateAt, type PlainDate } from '../../domain/calendar.ts';
import { ORDER_TYPE_LABELS } from '../../domain/labels.ts';
import { euros } from '../../domain/money.ts';
import { AGES, ageOf } from '../../domain/receivables.ts';
import type { Report } from '../reportStream.ts';
import { Totals } from './totals.ts';
import { HEADERS, VALUES } from './words.ts';

const WHY = ['unpaid', 'committed', 'returned'] as const;

/**
 * A life in the sandbox may be ahead of the wall's clock, and has its own today: the day of its last event tells how far
 * at least. An age counts up to that day, from the order's own, or from the day its money was taken back.
 */
export function receivablesReport(rows: AsyncIterable<ReceivableRow>, today: PlainDate): Report<ReceivableRow> {
  const totals = new Totals();
  const aged = (row: ReceivableRow) => agedOn(row, today);
  return {
    name: 'receivables',
    head: { today },
    rows,
    present(row) {
      const { number, subscriptionId, customerId, type, payableMinor, receivedMinor, dueMinor } = row;
      return {
        number,
        subscriptionId,
        customerId,
        type,
        ...aged(row),
        payable: euros(payableMinor),
        received: euros(receivedMinor),
        due: euros(dueMinor),
      };
    },
    columns: [
      { header: HEADERS.order, of: ({ number }) => number },
      { header: HEADERS.orderType, of: ({ type }, language) => ORDER_TYPE_LABELS[type][language] },
      { header: HEADERS.subscription, of: ({ subscriptionId }) => subscriptionId },
      { header: HEADERS.customer, of: ({ customerId }) => customerId },
      { header: HEADERS.why, of: (row, language) => VALUES[aged(row).why][language] },
      { header: HEADERS.since, of: (row) => aged(row).since },
      { header: HEADERS.countedOn, of: (row) => aged(row).countedOn },
      { header: HEADERS.days, of: (row) => aged(row).days },
      { header: HEADERS.age, of: (row) => aged(row).age.replace('>', '> ') },
      { header: HEADERS.payable, of: ({ payableMinor }) => ({ amountMinor: payableMinor }) },
      { header: HEADERS.received, of: ({ receivedMinor }) => ({ amountMinor: receivedMinor }) },
      { header: HEADERS.due, of: ({ dueMinor }) => ({ amountMinor: dueMinor }) },
    ],
    count(row) {
      const { age, why } = aged(row);
      for (const name of [age, why, 'all']) totals.add(name, row.dueMinor);
    },
    totals: () => ({ byAge: totals.of(AGES), byReason: totals.of(WHY), ...totals.of(['all']) }),
  };
}

function agedOn({ status, placedAt, returnedOn, updatedAt }: ReceivableRow, today: PlainDate) {
  const last = dateAt(updatedAt);
  const countedOn = last > today ? last : today;
  const isReturned = status === 'completed' && returnedOn !== null;
  const since = isReturned ? returnedOn : dateAt(placedAt);
  const why: (typeof WHY)[number] = isReturned ? 'returned' : status === 'completed' ? 'committed' : 'unpaid';
  return { why, since, countedOn, ...ageOf(since, countedOn) };
}
