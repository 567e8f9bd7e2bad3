/** What a customer owes because money was taken back after the credit it had become was used, and how that is settled. */
import type { Instant } from '../domain/calendar.ts';
import { owedBy } from './credit.ts';
import type { Db } from './database.ts';
import { creditOf, moved, postJournal, type Account, type Posting } from './ledger.ts';
import { lockPayment, waitingOf } from './payments.ts';

/**
 * Settles a debt with money that waits for an operator: as much as is owed, or less where less is asked for. What settled
 * it counts as the customer's credit that was used. Answers with how much that was; 0, and nothing changed, where nothing
 * is owed or nothing waits.
 */
export async function settleWithPayment(
  db: Db,
  key: string,
  { customerId, amountMinor, at }: { readonly customerId: string; readonly amountMinor: number; readonly at: Instant },
): Promise<number> {
  return db.transaction(async (trx) => {
    const payment = await lockPayment(trx, key);
    const waitingMinor = payment === null ? 0 : await waitingOf(trx, payment);
    const owedMinor = await lockedDebt(trx, customerId);
    const settledMinor = Math.min(amountMinor, waitingMinor, owedMinor);
    const credit: Account = `customer_credit:${customerId}`;
    await settle(trx, { customerId, settledMinor, at }, moved(key, settledMinor, 'unmatched', credit));
    return settledMinor;
  });
}

/** Settles a debt with the customer's credit, as far as it goes; answers with how much that was. */
export async function settleWithCredit(db: Db, customerId: string, at: Instant): Promise<number> {
  return db.transaction(async (trx) => {
    const owedMinor = await lockedDebt(trx, customerId);
    const settledMinor = Math.min(owedMinor, await creditOf(trx, customerId));
    await settle(trx, { customerId, settledMinor, at }, []);
    return settledMinor;
  });
}

/** Whoever changes a customer's credit or debt holds this. */
async function lockedDebt(trx: Db, customerId: string): Promise<number> {
  await trx('customer_credits').where({ customer_id: customerId }).forUpdate().first('customer_id');
  return owedBy(trx, customerId);
}

async function settle(
  trx: Db,
  {
    customerId,
    settledMinor,
    at,
  }: { readonly customerId: string; readonly settledMinor: number; readonly at: Instant },
  before: readonly Posting[],
): Promise<void> {
  const postings: Posting[] = [
    ...before,
    { account: `customer_credit:${customerId}`, amountMinor: settledMinor },
    { account: `owed:${customerId}`, amountMinor: -settledMinor },
  ];
  await postJournal(trx, { kind: 'DebtSettled', at, subscriptionId: null, sequence: null, postings });
}
