/** A report of the ledger's check, for a person to read. */
import { formatInstant } from '../../domain/calendar.ts';
import type { LedgerReport } from './check.ts';
import { MOST_TOLD, type Value } from './differences.ts';
import type { Waiting } from './waiting.ts';

const WAITING: Readonly<Record<Waiting['what'], string>> = {
  unmatched: 'unmatched payments',
  unheard: 'payments their subscriptions have not taken in',
  disputed: 'payments that signals claim and that never came',
  reversals_unplaced: 'reversals that are not (all) placed',
  refunds_unpaid: 'refunds still to be paid out',
  customers_owe: 'debts of customers whose credit was used before it was taken back',
};

export function ledgerLines(report: LedgerReport): string[] {
  return [...verdict(report), ...report.waiting.map(waitingLine)];
}

function verdict({ agrees, counts, checks, differences }: LedgerReport): string[] {
  const { journals, payments, orders, subscriptions } = counts;
  const seen = `${journals} journals, ${payments} payments, ${orders} orders, ${subscriptions} subscriptions`;
  if (agrees) return [`The ledger agrees: ${seen}.`];
  const failed = checks.filter((check) => check.differences > 0);
  return [
    `The ledger DIFFERS in ${failed.length} of ${checks.length} checks: ${seen}.`,
    ...failed.flatMap(({ name, proves, differences: count }) => [
      '',
      `${name}: not true that “${proves}”`,
      ...differences
        .filter(({ check }) => check === name)
        .map(
          ({ subject, what, expected, found }) =>
            `  ${subject}: ${what}: ${shown(expected)} expected, ${shown(found)} found`,
        ),
      ...(count > MOST_TOLD ? ['  … and more'] : []),
    ]),
    '',
  ];
}

function shown(value: Value): string {
  if (value === null) return 'nothing';
  return typeof value === 'number' ? `${(value / 100).toFixed(2)} EUR` : value;
}

function waitingLine({ what, count, amountMinor, since }: Waiting): string {
  const oldest = since === null ? '' : `, the oldest since ${formatInstant(since)}`;
  return `Waiting: ${WAITING[what]}: ${count}, ${shown(amountMinor)}${oldest}.`;
}
