/**
 * Double entry, in cents, append-only. Debits are positive, credits negative; each journal sums to zero. Postings that
 * carry a payment's key also say where that payment's money is: `payment_places` follows them, never below zero and
 * always adding up to the payment, so that no cent is lost or used twice.
 */
import type { Instant } from '../domain/calendar.ts';
import { CURRENCY } from '../domain/money.ts';
import type { PaymentMethodKind } from '../domain/orders.ts';
import type { Db } from './database.ts';
import { jsonb, timestamp } from './values.ts';

/**
 * `unapplied`: received, not yet decided. `unmatched`: waits for an operator. `disputed`: claimed by an operator's
 * signal, though the ledger knows the payment otherwise (or not that much credit): never counted as cash. `owed`: what a
 * customer owes because money was taken back after the credit it had become was used.
 */
export type Account =
  | `cash:${Exclude<PaymentMethodKind, 'credit'>}`
  | `receivable:${string}`
  | `customer_credit:${string}`
  | `owed:${string}`
  | `refund_due:${string}`
  | `fees:${string}`
  | 'unapplied'
  | 'unmatched'
  | 'disputed'
  | 'deferred_revenue'
  | 'vat_payable';

export interface Posting {
  readonly account: Account;
  /** Cents; a debit is positive, a credit negative. */
  readonly amountMinor: number;
  /** The payment whose money this moves in or out of the account. */
  readonly paymentKey?: string;
}

export interface Journal {
  /** The event's type, or what else caused it. */
  readonly kind: string;
  readonly at: Instant;
  readonly subscriptionId: string | null;
  /** The event's; one journal per event. */
  readonly sequence: number | null;
  readonly postings: readonly Posting[];
}

/** Writes one journal. Postings of nothing are left out, and a journal of nothing is not written. */
export async function postJournal(trx: Db, { postings, ...journal }: Journal): Promise<void> {
  const lines = postings
    .filter((posting) => posting.amountMinor !== 0)
    .map((posting, index) => ({
      line: index + 1,
      account: posting.account,
      amount_minor: posting.amountMinor,
      payment_key: posting.paymentKey ?? null,
    }));
  if (lines.length === 0) return;
  await trx.raw(
    `with journal as (
       insert into ledger_journals (kind, at, subscription_id, sequence) values (?, ?, ?, ?) returning id
     )
     insert into ledger_postings (journal_id, line, account, amount_minor, currency, payment_key)
     select journal.id, lines.line, lines.account, lines.amount_minor, ?, lines.payment_key
     from journal, jsonb_to_recordset(?::jsonb)
       as lines (line integer, account text, amount_minor bigint, payment_key text)
     order by lines.line`,
    [journal.kind, timestamp(journal.at), journal.subscriptionId, journal.sequence, CURRENCY, jsonb(lines)],
  );
}

/** The postings that move a payment's money from one place to another. */
export function moved(paymentKey: string, amountMinor: number, from: Account, to: Account): Posting[] {
  return [
    { account: from, amountMinor, paymentKey },
    { account: to, amountMinor: -amountMinor, paymentKey },
  ];
}

/** The postings of money that came in: from cash, from the customer's credit, or from what an operator claims. */
export function received(paymentKey: string, amountMinor: number, source: Account, to: Account): Posting[] {
  return [
    { account: source, amountMinor },
    { account: to, amountMinor: -amountMinor, paymentKey },
  ];
}

/** Every account's balance in cents, debits positive. They sum to zero. */
export async function ledgerBalances(db: Db): Promise<Record<string, number>> {
  const rows: { account: string; balance: number }[] = await db('ledger_postings')
    .groupBy('account')
    .orderBy('account')
    .select('account', db.raw('sum(amount_minor)::bigint as balance'));
  return Object.fromEntries(rows.map(({ account, balance }) => [account, balance]));
}

export interface PaymentPlace {
  readonly account: Account;
  readonly amountMinor: number;
}

/** Where each cent of a payment is now; the amounts add up to the payment. */
export async function paymentPlaces(db: Db, key: string): Promise<PaymentPlace[]> {
  return db<{ payment_key: string } & PaymentPlace>('payment_places')
    .where({ payment_key: key })
    .where('amount_minor', '>', 0)
    .orderBy('account')
    .select('account', 'amount_minor as amountMinor');
}

/** What a customer has to their credit, in cents. */
export async function creditOf(db: Db, customerId: string): Promise<number> {
  const row = await db<{ customer_id: string; balance_minor: number }>('customer_credits')
    .where({ customer_id: customerId })
    .first('balance_minor');
  return row?.balance_minor ?? 0;
}
