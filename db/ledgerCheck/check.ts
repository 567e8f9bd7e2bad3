/**
 * Proves the ledger: against itself, against orders, subscriptions and their histories. Everything is read in one
 * snapshot, so that what is written meanwhile differs from nothing; it changes nothing and holds nobody up.
 */
import type { Db } from '../database.ts';
import { checkBooks } from './books.ts';
import { CHECKS, Differences, type CheckName, type Difference } from './differences.ts';
import { checkLives } from './lives.ts';
import { whatWaits, type Waiting } from './waiting.ts';

export interface Counts {
  readonly journals: number;
  readonly payments: number;
  readonly orders: number;
  readonly subscriptions: number;
}

export interface LedgerReport {
  readonly agrees: boolean;
  readonly counts: Counts;
  /** Every check that was made, and how many differences it found: at least so many, where not all are told. */
  readonly checks: readonly { readonly name: CheckName; readonly proves: string; readonly differences: number }[];
  readonly differences: readonly Difference[];
  readonly waiting: readonly Waiting[];
}

/** What only the workflows themselves can tell. */
const OF_LIVES: readonly CheckName[] = ['lives_run', 'lives_agree'];

export async function checkLedger(db: Db): Promise<LedgerReport> {
  const differences = new Differences();
  const { counts, waiting } = await db.transaction(
    async (trx) => {
      // Reading everything takes as long as it takes.
      await trx.raw('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0');
      await checkBooks(trx, differences);
      await checkLives(trx, differences);
      return { counts: await countAll(trx), waiting: await whatWaits(trx) };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
  const names = (Object.keys(CHECKS) as CheckName[]).filter((name) => !OF_LIVES.includes(name));
  const checks = checksOf(names, differences);
  return { agrees: differences.told.length === 0, counts, checks, differences: differences.told, waiting };
}

/** The report, with what `check` finds of the lives. */
export async function withLives(
  report: LedgerReport,
  check: (differences: Differences) => Promise<void>,
): Promise<LedgerReport> {
  const found = new Differences();
  await check(found);
  return {
    ...report,
    agrees: report.agrees && found.told.length === 0,
    checks: [...report.checks, ...checksOf(OF_LIVES, found)],
    differences: [...report.differences, ...found.told],
  };
}

function checksOf(names: readonly CheckName[], differences: Differences): LedgerReport['checks'] {
  return names.map((name) => ({ name, proves: CHECKS[name], differences: differences.countOf(name) }));
}

async function countAll(trx: Db): Promise<Counts> {
  const { rows } = await trx.raw<{ rows: Counts[] }>(
    `select (select count(*) from ledger_journals) as journals, (select count(*) from payments) as payments,
       (select count(*) from orders) as orders, (select count(*) from subscriptions) as subscriptions`,
  );
  return rows[0] ?? { journals: 0, payments: 0, orders: 0, subscriptions: 0 };
}
