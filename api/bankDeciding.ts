/** What becomes of a movement of our accounts: asked of the domain, with what the database knows of what it names. */
import {
  creditsUnder,
  duesOf,
  lastOrderSequence,
  ordersAsking,
  reversiblePayments,
  type Settlement,
  type TakenBack,
} from '../db/bankEntries.ts';
import type { EntryRow, StoredCandidate } from '../db/bankRows.ts';
import { inTurn } from '../db/inTurn.ts';
import { findOrder } from '../db/orders.ts';
import { keysWithParts } from '../db/parts.ts';
import { NO_ORDER, type NewPayment } from '../db/payments.ts';
import {
  isPayer,
  lengthsUpTo,
  matchCredit,
  numbersMeant,
  numbersToLookUp,
  ordersNamed,
  type Candidate,
  type Match,
  type Movement,
  type OrderDue,
} from '../domain/bankMatching.ts';
import { dateAt, type Instant, type PlainDate } from '../domain/calendar.ts';
import { MAX_AMOUNT_MINOR } from '../domain/money.ts';
import { decideRefund, isRefundOfOurs } from './bankRefunds.ts';
import type { Context } from './context.ts';
import { addresseeOf, clockFor } from './payments.ts';

/** An entry as it is to be decided, written down or not. */
export type OpenEntry = Pick<
  EntryRow,
  'id' | 'account' | 'method' | 'entry' | 'amountMinor' | 'bankReference' | 'endToEndId'
>;

/** Reasons that time or a later file may end: such entries are looked at again after each import. */
export const PASSING_REASONS = [
  'registered_in_future',
  'reversal_unknown',
  'reversal_ambiguous',
  'called_back_maybe',
  'batch_without_parts',
];

const SOURCE = 'bank_file';
const MOST_CANDIDATES = 20;

/** How many digits order numbers have by now. */
export async function lengthsInUse({ db }: Context): Promise<number[]> {
  return lengthsUpTo(await lastOrderSequence(db));
}

export async function decideEntry(context: Context, entry: OpenEntry, lengths: readonly number[]): Promise<Settlement> {
  const { amountMinor } = entry;
  if (amountMinor === null || amountMinor > MAX_AMOUNT_MINOR) return waiting('amount_out_of_range');
  const decision = { ...entry, amountMinor, lengths };
  const ofRefund = await decideRefund(context, decision);
  if (ofRefund !== null) return ofRefund;
  return entry.entry.isCredit ? decideCredit(context, decision) : decideDebit(context, decision);
}

interface Countable extends OpenEntry {
  readonly amountMinor: number;
  readonly lengths: readonly number[];
}

async function decideCredit(context: Context, entry: Countable): Promise<Settlement> {
  const { amountMinor } = entry;
  const match: Match =
    goesBack(entry.entry) || isRefundOfOurs(entry.entry)
      ? { kind: 'unmatched', why: 'debit_returned', named: [] }
      : matchCredit(amountMinor, await named(context, entry));
  if (match.kind === 'payments') {
    const dated = await inTurn(match.payments, (one) => datedBy(context, entry, one.orderNumber, one.amountMinor));
    if (dated.some(({ isFuture }) => isFuture)) return waiting('registered_in_future');
    const payments = dated.map(({ payment }, index) => {
      const externalId = dated.length === 1 ? entry.id : `${entry.id}/${index + 1}`;
      return { ...payment, externalId, key: `${SOURCE}:${externalId}` };
    });
    return { outcome: 'matched', payments, why: match.difference };
  }
  const { payment, isFuture } = await datedBy(context, entry, NO_ORDER, amountMinor);
  if (isFuture) return waiting('registered_in_future');
  const candidates = match.why === 'debit_returned' ? [] : await candidatesFor(context, entry, match.named);
  return { outcome: 'unmatched', payments: [payment], why: match.why, candidates };
}

async function named({ db }: Context, { entry, lengths }: Countable) {
  return ordersNamed(entry, await duesOf(db, numbersToLookUp(entry, lengths)), lengths);
}

/** A payment as it would be registered, and whether that day is still to come for whom it is for. */
async function datedBy(
  context: Context,
  entry: Countable,
  orderNumber: string,
  amountMinor: number,
): Promise<{ payment: NewPayment; isFuture: boolean }> {
  const { registeredOn, now, isFuture, subscriptionId } = await dated(context, entry, orderNumber);
  const { id, method } = entry;
  const named = { key: `${SOURCE}:${id}`, source: SOURCE, externalId: id, orderNumber, subscriptionId };
  const payment = { ...named, amountMinor, method, registeredOn, receivedAt: now, storedMethod: null };
  return { payment, isFuture };
}

async function dated(
  context: Context,
  { entry }: OpenEntry,
  orderNumber: string,
): Promise<{ registeredOn: PlainDate; now: Instant; isFuture: boolean; subscriptionId: string | null }> {
  const registeredOn = entry.bookedOn ?? entry.valueOn ?? dateAt(context.now());
  const order = orderNumber === NO_ORDER ? null : await findOrder(context.db, orderNumber);
  const { now, isExact, row } = await clockFor(context, order, registeredOn);
  const isFuture = isExact && registeredOn > dateAt(now);
  return { registeredOn, now, isFuture, subscriptionId: addresseeOf(order, row) };
}

/**
 * The orders a person should look at, the likeliest first.
 *
 * @param given the orders that ask for the amount, where they are known already: there may be thousands.
 */
export async function candidatesFor(
  { db }: Context,
  { entry, amountMinor, lengths }: Pick<Countable, 'amountMinor' | 'lengths'> & { readonly entry: Movement },
  orders: readonly OrderDue[],
  given?: ReturnType<typeof ordersAsking>,
): Promise<Candidate[]> {
  const meant = [...(await duesOf(db, numbersMeant(entry, lengths))).values()].filter(({ dueMinor }) => dueMinor > 0);
  const asking = await (given ?? ordersAsking(db, amountMinor));
  const found: Candidate[] = [
    ...orders.map(({ number, dueMinor }) => candidate(number, dueMinor, 'named')),
    ...meant
      .toSorted((a, b) => Number(b.dueMinor === amountMinor) - Number(a.dueMinor === amountMinor))
      .map(({ number, dueMinor }) =>
        candidate(number, dueMinor, dueMinor === amountMinor ? 'damaged_number' : 'damaged_number_other_amount'),
      ),
    ...asking
      .filter(({ names }) => names.some((name) => isPayer(entry, name)))
      .map(({ number, dueMinor }) => candidate(number, dueMinor, 'payer_and_amount')),
  ];
  return found
    .filter(({ orderNumber }, index) => found.findIndex((other) => other.orderNumber === orderNumber) === index)
    .slice(0, MOST_CANDIDATES);
}

function candidate(orderNumber: string, dueMinor: number, why: Candidate['why']): Candidate {
  return { orderNumber, dueMinor, why };
}

function waiting(why: string, candidates: readonly StoredCandidate[] = []): Settlement {
  return { outcome: 'waiting', why, candidates };
}

/** Words by which banks say that a transfer goes back, where they have no flag for it. */
const GOES_BACK = /\b(storn|richiam|revoc|recall|return|annull|reversal)/i;

/** Whether money out is just that, unless it stands under the reference of money that came in. */
export function isPlainDebit(entry: OpenEntry['entry']): boolean {
  const { isCredit, remittance, description } = entry;
  return !isCredit && !goesBack(entry) && !GOES_BACK.test([...remittance, description ?? ''].join(' '));
}

/** Whether the bank says that money goes back: flagged as a reversal, or as returned. */
function goesBack({ isReversal, returned }: OpenEntry['entry']): boolean {
  return isReversal || returned !== undefined;
}

/**
 * Money out. It takes money in back where the bank says so, or where it stands under the very reference of money that came
 * in; which payment that was must be beyond doubt. Anything else that is paid out is no business of this program.
 */
async function decideDebit(context: Context, entry: Countable): Promise<Settlement> {
  const { db } = context;
  const { amountMinor, account, bankReference, endToEndId } = entry;
  const isReversal = goesBack(entry.entry);
  const under = async (reference: Parameters<typeof creditsUnder>[2]): Promise<readonly TakenBack[]> => {
    const same = (await creditsUnder(db, account, reference)).filter((credit) => credit.amountMinor === amountMinor);
    if (same.length !== 1) return [];
    return openUnder(
      db,
      same.flatMap(({ paymentKeys }) => paymentKeys),
    );
  };
  const byBank = bankReference === null ? [] : await under({ bankReference });
  if (byBank.length > 0) return takingBack(context, entry, byBank);
  const byPayer = endToEndId === null ? [] : await under({ endToEndId });
  if (byPayer.length > 0)
    return isReversal ? takingBack(context, entry, byPayer) : waiting('called_back_maybe', asCandidates(byPayer));
  if (isPlainDebit(entry.entry)) return { outcome: 'ignored', why: 'debit', candidates: [] };
  const orderNumbers = (await named(context, entry)).map(({ number }) => number);
  const byOrder = orderNumbers.length === 0 ? [] : await reversiblePayments(db, { amountMinor, orderNumbers });
  const parts = await inParts(db, byOrder);
  if (byOrder.length === 1 && parts.length > 0 && isReversal) return takingBack(context, entry, parts);
  if (byOrder.length > 0) {
    const why = byOrder.length === 1 ? 'called_back_maybe' : 'reversal_ambiguous';
    return waiting(why, asCandidates(parts));
  }
  if (!isReversal) return { outcome: 'ignored', why: 'debit', candidates: [] };
  return waiting('reversal_unknown', asCandidates(await inParts(db, await reversiblePayments(db, { amountMinor }))));
}

/** What came in under these keys, as far as it is still there; nothing where any of it was taken back before. */
async function openUnder(db: Context['db'], keys: readonly string[]): Promise<TakenBack[]> {
  const open = await reversiblePayments(db, { keys });
  return open.length === keys.length ? open.filter((payment) => payment.amountMinor > 0) : [];
}

/** The bank knows the transfer: what was given away of it goes back with it. */
async function inParts(db: Context['db'], payments: readonly TakenBack[]): Promise<TakenBack[]> {
  const each = await inTurn(payments, async ({ key }) => openUnder(db, await keysWithParts(db, key)));
  return each.flat();
}

function asCandidates(payments: readonly TakenBack[]): StoredCandidate[] {
  return payments.map(({ key, orderNumber, amountMinor }) => ({ paymentKey: key, orderNumber, amountMinor }));
}

async function takingBack(context: Context, entry: Countable, payments: readonly TakenBack[]): Promise<Settlement> {
  const sorted = payments.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const reversals = await inTurn(sorted, async ({ key: paymentKey, orderNumber, amountMinor }, index) => {
    const { registeredOn, now, isFuture } = await dated(context, entry, orderNumber);
    const externalId = sorted.length === 1 ? entry.id : `${entry.id}/${index + 1}`;
    const named = { key: `${SOURCE}:${externalId}`, source: SOURCE, externalId, paymentKey, amountMinor };
    return { isFuture, reversal: { ...named, registeredOn, receivedAt: now, reason: 'called_back' as const } };
  });
  if (reversals.some(({ isFuture }) => isFuture)) return waiting('registered_in_future');
  return { outcome: 'reversal', reversals: reversals.map(({ reversal }) => reversal) };
}
