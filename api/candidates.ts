/**
 * Whom money that waits may be for, and why: asked when somebody looks, as orders are paid and cancelled meanwhile. A file
 * tells most, but what any payment says of itself (its amount, the order it names and so its customer) is looked at.
 */
import { debtors, ordersDueBeside, type Debtor } from '../db/candidates.ts';
import { duesOf, ordersAsking } from '../db/bankEntries.ts';
import type { QueueRow } from '../db/queue.ts';
import { isPayer, numbersToLookUp, ordersNamed, type Candidate, type Movement } from '../domain/bankMatching.ts';
import { euros } from '../domain/money.ts';
import { candidatesFor, lengthsInUse } from './bankDeciding.ts';
import { presentCandidates, type Found } from './bankReports.ts';
import { CANDIDATE_REASON } from './bankWords.ts';
import type { Context } from './context.ts';

export type CandidateList = readonly Record<string, unknown>[];

/** For each of some unmatched payments, by its key. */
export async function candidatesOf(
  context: Context,
  rows: readonly QueueRow[],
): Promise<ReadonlyMap<string, CandidateList>> {
  const found = new Map<string, CandidateList>();
  if (rows.length === 0) return found;
  const [lengths, owing] = [await lengthsInUse(context), await debtors(context.db)];
  const askingFor = rememberedByAmount(context);
  for (const row of rows) {
    const orders = await ordersFor(context, row, { lengths, askingFor });
    const debts = owing.filter((debtor) => owes(row, debtor));
    found.set(row.id, [...presentCandidates(orders), ...debts.map(presentDebt)]);
  }
  return found;
}

type AskingFor = (amountMinor: number) => ReturnType<typeof ordersAsking>;

/** Much of what waits is of the same few prices, and for each thousands of orders may ask. */
function rememberedByAmount({ db }: Context): AskingFor {
  const known = new Map<number, ReturnType<typeof ordersAsking>>();
  return (amountMinor) => {
    const asking = known.get(amountMinor) ?? ordersAsking(db, amountMinor);
    known.set(amountMinor, asking);
    return asking;
  };
}

async function ordersFor(
  context: Context,
  row: QueueRow,
  { lengths, askingFor }: { readonly lengths: readonly number[]; readonly askingFor: AskingFor },
): Promise<Candidate[]> {
  const { db } = context;
  const amountMinor = Number(row.details['waitingMinor']);
  const entry = movementOf(row);
  const dues = await duesOf(db, numbersToLookUp(entry, lengths));
  const named = ordersNamed(entry, dues, lengths).filter(({ dueMinor }) => dueMinor > 0);
  const beside = await ordersDueBeside(db, row);
  const asking = await askingFor(amountMinor);
  const all: Candidate[] = [
    ...(await candidatesFor(context, { entry, amountMinor, lengths }, named, askingFor(amountMinor))),
    ...beside.map(({ number, dueMinor }): Candidate => {
      const why = dueMinor === amountMinor ? 'same_customer_and_amount' : 'same_customer';
      return { orderNumber: number, dueMinor, why };
    }),
    // An amount alone tells something only where a single order asks for it.
    ...(asking.length === 1 ? asking : []).map(({ number, dueMinor }) => {
      return { orderNumber: number, dueMinor, why: 'only_amount' as const };
    }),
  ];
  return all.filter(({ orderNumber }, index) => all.findIndex((one) => one.orderNumber === orderNumber) === index);
}

/** What is known of a payment: what its bank said, or the order it named, which may be any words. */
function movementOf({ details, orderNumber }: QueueRow): Movement {
  const bank = details['bank'] as Found | undefined;
  if (bank !== undefined) return bank.entry;
  const remittance = orderNumber === null ? [] : [orderNumber];
  return {
    endToEndId: null,
    counterparty: { name: null, account: null },
    remittance,
    references: [],
    description: null,
  };
}

function owes(row: QueueRow, { names, orderNumbers }: Debtor): boolean {
  const movement = movementOf(row);
  return orderNumbers.includes(row.orderNumber ?? '') || names.some((name) => isPayer(movement, name));
}

function presentDebt({ customerId, owedMinor }: Debtor): Record<string, unknown> {
  return { customerId, owed: euros(owedMinor), reason: { code: 'owes', ...CANDIDATE_REASON.owes } };
}
