/** Renewals that are due, with the money they should bring. */
import type { ExpiringRow } from '../../db/reports.ts';
import type { PlainDate } from '../../domain/calendar.ts';
import type { Catalogue } from '../../domain/catalogue.ts';
import { renewalOrder } from '../../domain/deadlines.ts';
import { SKU_LABELS } from '../../domain/labels.ts';
import { euros } from '../../domain/money.ts';
import { forecastRenewal } from '../../domain/nextRenewal.ts';
import { dueMinor } from '../../domain/orders.ts';
import type { Report } from '../reportStream.ts';
import { Totals } from './totals.ts';
import { HEADERS, VALUES } from './words.ts';

const WAYS = ['auto_renewal', 'by_hand', 'ordered'] as const;

/** Foreseen as the dry run of a price list does, under the list in force; services given notice of bring nothing. */
export function renewalsReport(
  rows: AsyncIterable<ExpiringRow>,
  { list, today, days }: { readonly list: Catalogue; readonly today: PlainDate; readonly days: number },
): Report<ExpectedRenewal> {
  const totals = new Totals();
  return {
    name: 'renewals',
    head: { today, days },
    rows: expected(rows, list),
    present: ({ expectedMinor, ...row }) => ({
      ...row,
      expected: expectedMinor === null ? null : euros(expectedMinor),
    }),
    columns: [
      { header: HEADERS.subscription, of: ({ subscriptionId }) => subscriptionId },
      { header: HEADERS.customer, of: ({ customerId }) => customerId },
      { header: HEADERS.product, of: ({ product }, language) => SKU_LABELS[product][language] },
      { header: HEADERS.expiresOn, of: ({ expiresOn }) => expiresOn },
      { header: HEADERS.on, of: ({ on }) => on },
      { header: HEADERS.way, of: ({ way }, language) => (way === null ? null : VALUES[way][language]) },
      { header: HEADERS.years, of: ({ years }) => years },
      {
        header: HEADERS.expected,
        of: ({ expectedMinor }) => (expectedMinor === null ? null : { amountMinor: expectedMinor }),
      },
      { header: HEADERS.why, of: ({ notRenewable }) => notRenewable },
      {
        header: HEADERS.method,
        of: ({ method }, language) => (method === null ? null : VALUES[method.kind][language]),
      },
      { header: HEADERS.methodEnds, of: ({ method }) => method?.validThrough ?? null },
      {
        header: HEADERS.methodExpired,
        of: ({ method }, language) => (method === null ? null : VALUES[method.expired ? 'yes' : 'no'][language]),
      },
    ],
    count({ way, expectedMinor, method }) {
      totals.add(way ?? 'notRenewable', expectedMinor ?? 0);
      if (way !== null) totals.add('all', expectedMinor ?? 0);
      if (method?.expired === true) totals.add('methodExpired', expectedMinor ?? 0);
    },
    totals: () => ({
      byWay: totals.of(WAYS),
      ...totals.of(['all', 'methodExpired']),
      notRenewable: (totals.of(['notRenewable'])['notRenewable'] as { count: number }).count,
    }),
  };
}

type ExpectedRenewal = ReturnType<typeof expect>;

async function* expected(rows: AsyncIterable<ExpiringRow>, list: Catalogue): AsyncGenerator<ExpectedRenewal> {
  for await (const row of rows) yield expect(row, list);
}

function expect({ id, customerId, expiresOn, today, state }: ExpiringRow, list: Catalogue) {
  const forecast = forecastRenewal(state, { now: list, proposed: list }, today);
  const known = typeof forecast === 'string' ? null : forecast;
  const { method, autoRenewal } = state;
  const ordered = renewalOrder(state);
  const chargedOn = known === null || known.way === 'ordered' ? expiresOn : known.on;
  const isCharged = known !== null && autoRenewal && method !== null;
  const validThrough = method?.validThrough ?? null;
  return {
    subscriptionId: id,
    customerId,
    product: state.product,
    expiresOn,
    on: known?.on ?? null,
    way: known?.way ?? null,
    years: known?.years.now ?? null,
    // Of one that was ordered, what came in already is no longer expected.
    expectedMinor: ordered === undefined ? (known?.nowMinor ?? null) : dueMinor(ordered),
    notRenewable: typeof forecast === 'string' ? forecast : null,
    method: isCharged
      ? { kind: method.kind, validThrough, expired: validThrough !== null && validThrough < chargedOn }
      : null,
  };
}
