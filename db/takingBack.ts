/** Money of a payment that leaves us again: out of whatever place holds it, back to where it came in. */
import type { Db } from './database.ts';
import { creditOf, moved, paymentPlaces, postJournal, type Account, type Journal, type Posting } from './ledger.ts';
import type { PaymentRow } from './payments.ts';

const CREDIT = 'customer_credit:';
const RECEIVABLE = 'receivable:';

interface Taking {
  readonly payment: PaymentRow;
  readonly amountMinor: number;
  /** How much of it an order gives back, and which; without it, orders give back what is nowhere else. */
  readonly order?: { readonly number: string; readonly amountMinor: number };
  readonly journal: Omit<Journal, 'postings'>;
}

/**
 * Takes back as much as there is of what is asked, in one journal, and answers with what that was. Credit that was used
 * meanwhile is owed by its customer. Money still to be judged stays: its life places it first. Hold the payment's lock.
 */
export async function takeBack(trx: Db, { payment, amountMinor, order, journal }: Taking): Promise<number> {
  const out = wentOutBy(payment);
  if (out === null) return 0;
  const places = await paymentPlaces(trx, payment.key);
  const postings: Posting[] = [];
  let left = amountMinor;
  const take = async (wanted: number, isMeant: (account: Account) => boolean): Promise<void> => {
    let open = Math.min(wanted, left);
    for (const place of places.filter(({ account }) => isMeant(account))) {
      const part = Math.min(open, place.amountMinor);
      if (part === 0) continue;
      open -= part;
      left -= part;
      postings.push(...(await outOf(trx, payment.key, place.account, part, out)));
    }
  };
  if (order !== undefined) await take(order.amountMinor, (account) => account === `${RECEIVABLE}${order.number}`);
  await take(left, (account) => account === 'unmatched');
  await take(left, (account) => account.startsWith(CREDIT));
  if (order === undefined) await take(left, (account) => account.startsWith(RECEIVABLE));
  await postJournal(trx, { ...journal, postings });
  return amountMinor - left;
}

/** Where money goes as it leaves: the cash it came in by. Customer credit is no money of its own that could leave. */
function wentOutBy({ source, method }: PaymentRow): Account | null {
  if (method === 'credit') return null;
  return source === 'disputed' ? 'disputed' : `cash:${method}`;
}

async function outOf(trx: Db, key: string, from: Account, amountMinor: number, out: Account): Promise<Posting[]> {
  if (from.startsWith(RECEIVABLE)) await dueAgain(trx, from.slice(RECEIVABLE.length), amountMinor);
  const postings = moved(key, amountMinor, from, out);
  if (!from.startsWith(CREDIT)) return postings;
  const customerId = from.slice(CREDIT.length);
  await trx('customer_credits').where({ customer_id: customerId }).forUpdate();
  const usedMinor = Math.max(0, amountMinor - (await creditOf(trx, customerId)));
  // The debt first: it makes up the credit that the line after takes away.
  return [
    { account: from, amountMinor: -usedMinor },
    { account: `owed:${customerId}`, amountMinor: usedMinor },
    ...postings,
  ];
}

async function dueAgain(trx: Db, number: string, amountMinor: number): Promise<void> {
  await trx('orders')
    .where({ number })
    .update({
      received_minor: trx.raw('received_minor - ?', [amountMinor]),
      due_minor: trx.raw("case when status = 'cancelled' then 0 else due_minor + ? end", [amountMinor]),
    });
}
