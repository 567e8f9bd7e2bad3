/** The checks of each subscription: its state, its orders and its journals against its events, followed anew. */
import { isDeepStrictEqual } from 'node:util';
import { evolve } from '../../domain/evolve.ts';
import { dueMinor, receivedMinor, refundedMinor } from '../../domain/orders.ts';
import { expiresOn, hasEnded, newSubscription, SCHEMA_VERSION, type Subscription } from '../../domain/subscription.ts';
import type { Db } from '../database.ts';
import { bookingOf, inWords, isBooked, type Knowledge } from './booking.ts';
import type { CheckName, Differences } from './differences.ts';
import { foldOrders, type FoldedOrder } from './orderFold.ts';
import { nextLives, type JournalRow, type Life, type OrderRow } from './reading.ts';

const LONGEST_TEXT = 300;

/** Checks every subscription, some at a time. */
export async function checkLives(trx: Db, differences: Differences): Promise<void> {
  for (let after = ''; ;) {
    const lives = await nextLives(trx, after);
    for (const life of lives) checkLife(life, differences);
    const last = lives.at(-1);
    if (last === undefined) return;
    after = last.row.id;
  }
}

function checkLife(life: Life, differences: Differences): void {
  checkColumns(life, differences);
  if (!isWhole(life, differences)) return;
  checkState(life, differences);
  checkBookings(life, differences);
  checkOrders(life, differences);
}

/** What the tables' own constraints do not see to. */
function checkColumns({ row }: Life, differences: Differences): void {
  const { state } = row;
  const compare = (what: string, expected: string | null, found: string | null): void =>
    differences.compare('read_model_is_its_state', `subscription ${row.id}`, what, { expected, found });
  compare('customer', state.customerRef, row.customerId);
  compare('product', state.product, row.product);
  compare('status', state.phase.status, row.status);
  compare('sequence', String(state.sequence), String(row.sequence));
  compare('expiry', expiresOn(state), row.expiresOn);
  compare('auto-renewal', state.autoRenewal ? 'on' : 'off', row.autoRenewal ? 'on' : 'off');
}

/** Nothing can be followed past a gap. */
function isWhole({ row, events }: Life, differences: Differences): boolean {
  const gap = events.findIndex(({ sequence }, index) => sequence !== index + 1);
  const reached = gap === -1 ? events.length : gap;
  const values = { expected: String(row.sequence), found: String(reached) };
  differences.compare('timeline_whole', `subscription ${row.id}`, 'events without a gap up to', values);
  return values.expected === values.found;
}

function checkState({ row, events }: Life, differences: Differences): void {
  const { state } = row;
  const [first] = events;
  // A state written by an older version has another shape; its subscription's next event brings it to this one.
  if (first === undefined || state.schemaVersion !== SCHEMA_VERSION) return;
  const subject = `subscription ${row.id}`;
  const add = (what: string, expected: unknown, found: unknown): void =>
    differences.add({ check: 'state_is_its_timeline', subject, what, expected: short(expected), found: short(found) });
  let folded: Record<string, unknown>;
  try {
    folded = plain(events.reduce(evolve, newSubscription(state, first.at)));
  } catch (error) {
    return add('its events cannot be followed', null, error instanceof Error ? error.message : String(error));
  }
  const stored = plain(state);
  for (const field of new Set([...Object.keys(folded), ...Object.keys(stored)]))
    if (!isDeepStrictEqual(folded[field], stored[field])) add(field, folded[field], stored[field]);
}

function plain(state: Subscription): Record<string, unknown> {
  return JSON.parse(JSON.stringify(state)) as Record<string, unknown>;
}

function short(value: unknown): string | null {
  return value === undefined ? null : (JSON.stringify(value) ?? '').slice(0, LONGEST_TEXT);
}

function checkBookings(life: Life, differences: Differences): void {
  const { row, events } = life;
  const told = life.journals.filter((journal) => journal.sequence !== null);
  const bySequence = new Map(told.map((journal) => [journal.sequence, journal]));
  const priced = new Map<string, FoldedOrder['priced']>();
  const knowledge = knowledgeOf(life, priced);
  for (const event of events) {
    if (event.type === 'OrderPlaced') priced.set(event.order.number, event.order.priced);
    const journal = bySequence.get(event.sequence);
    const booking = bookingOf(event, knowledge(event.sequence));
    if (booking === null || (journal === undefined && booking.maybeBefore)) continue;
    const booked = accountsOf(journal?.postings ?? []);
    const subject = `event ${event.sequence} of ${row.id}, ${event.type}`;
    const values = { expected: inWords(booking.exact), found: inWords(booked) };
    if (!isBooked(booking, booked))
      differences.add({ check: 'events_are_booked', subject, what: 'journal', ...values });
  }
  for (const { id, sequence, kind } of told) {
    const event = events[(sequence ?? 0) - 1];
    const moves =
      event !== undefined && (bookingOf(event, knowledge(event.sequence)) !== null || event.type === 'PaymentReversed');
    const values = { expected: moves ? event.type : null, found: kind };
    differences.compare('journals_have_events', `journal ${id}, event ${sequence} of ${row.id}`, 'kind', values);
  }
}

/** What the life's own journals tell beside its events, up to one of them. */
function knowledgeOf({ row, events, journals }: Life, priced: Knowledge['priced']): (sequence: number) => Knowledge {
  const decided = journals.filter(({ kind }) => kind === 'RefundDecided');
  const sumOf = (postings: JournalRow['postings']): number =>
    postings.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const ofOrder = (number: string) =>
    decided.filter(({ postings }) => postings.some(({ account }) => account === `receivable:${number}`));
  return (sequence) => ({
    customerRef: row.state.customerRef,
    priced,
    lowered: (number) =>
      accountsOf(ofOrder(number).flatMap(({ postings }) => postings.filter(({ paymentKey }) => paymentKey === null))),
    refundedUnheard(number, key) {
      const isTaken = ({ account, paymentKey }: JournalRow['postings'][number]): boolean =>
        account === `receivable:${number}` && paymentKey === key;
      const taken = ofOrder(number).flatMap(({ postings }) => postings.filter(isTaken));
      const heard = events
        .slice(0, sequence)
        .flatMap((event) => (event.type === 'RefundMade' && event.number === number ? event.parts : []))
        .filter((part) => part.key === key);
      return sumOf(taken) - heard.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    },
  });
}

function accountsOf(postings: JournalRow['postings']): Record<string, number> {
  const accounts: Record<string, number> = {};
  for (const { account, amountMinor } of postings) accounts[account] = (accounts[account] ?? 0) + amountMinor;
  return accounts;
}

function checkOrders(life: Life, differences: Differences): void {
  const { row, events, orders, journals } = life;
  const folded = new Map<string, FoldedOrder>();
  const booked = new Set(journals.map(({ sequence }) => sequence));
  for (const event of events)
    // What the ledger had taken back by itself, quicker than its life told of it, is not taken twice.
    if (event.type !== 'PaymentReversed' || booked.has(event.sequence)) foldOrders(folded, event);
  const rows = new Map(orders.map((order) => [order.number, order]));
  for (const number of new Set([...folded.keys(), ...rows.keys()])) {
    const order = rows.get(number);
    const unheard = movedUnheard(number, life);
    const compare = comparing(differences, 'orders_follow_timeline', number, order);
    const known = folded.get(number);
    compare('status', known?.status ?? null, order?.status ?? null);
    compare('completed on', known?.completedOn ?? null, order?.completedOn ?? null);
    if (known === undefined || order === undefined) continue;
    const receivedMinor = known.receivedMinor - unheard.refundedMinor - unheard.takenBackMinor;
    const isCancelled = known.status === 'cancelled';
    // A cancelled order owes nothing more, and holds nothing that was refunded while it was being cancelled.
    compare('received', isCancelled ? Math.max(0, receivedMinor) : receivedMinor, order.receivedMinor);
    compare('due', known.dueMinor + (isCancelled ? 0 : unheard.takenBackMinor), order.dueMinor);
  }
  for (const open of row.state.orders) {
    const order = rows.get(open.number);
    const { decidedMinor, takenBackMinor } = movedUnheard(open.number, life);
    const compare = comparing(differences, 'orders_follow_state', open.number, order);
    compare('status', open.status, order?.status ?? null);
    if (order === undefined) continue;
    // Of an order that was brought back from the ledger, the state knows refunds that were never told.
    const unknownMinor = decidedMinor - refundedMinor(open);
    compare('received', receivedMinor(open) - unknownMinor - takenBackMinor, order.receivedMinor);
    compare('due', dueMinor(open) + takenBackMinor, order.dueMinor);
  }
  const open = new Set(row.state.orders.map(({ number }) => number));
  const finished = new Map(row.state.finishedOrders.map(({ number, outcome }) => [number, outcome]));
  for (const order of orders.filter(({ number }) => !open.has(number))) {
    const compare = comparing(differences, 'orders_follow_state', order.number, order);
    const outcome = finished.get(order.number);
    if (outcome !== undefined) compare('status', outcome, order.status);
    else if (order.status === 'awaiting_payment') compare('status', null, order.status);
  }
}

function comparing(differences: Differences, check: CheckName, number: string, order: OrderRow | undefined) {
  const subject = `order ${number}${order === undefined ? ', not in the table' : ''}`;
  return (what: string, expected: string | number | null, found: string | number | null): void =>
    differences.compare(check, subject, what, { expected, found });
}

interface MovedUnheard {
  /** All that was refunded, heard of or not. */
  readonly decidedMinor: number;
  /** What of it its life has not heard of. */
  readonly refundedMinor: number;
  readonly takenBackMinor: number;
}

/**
 * What left an order by the ledger alone: a refund of which its life has not heard yet, and what was taken back after its
 * life ended. One that lives is told of everything that is taken back before it is booked.
 */
function movedUnheard(number: string, { row, events, journals }: Life): MovedUnheard {
  const left = (kind: string): number =>
    journals
      .filter((journal) => journal.sequence === null && journal.kind === kind)
      .flatMap(({ postings }) => postings)
      .filter(({ account, paymentKey }) => paymentKey !== null && account === `receivable:${number}`)
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const heardOf = events.reduce(
    (sum, event) => sum + (event.type === 'RefundMade' && event.number === number ? event.amountMinor : 0),
    0,
  );
  const decidedMinor = left('RefundDecided');
  const takenBackMinor = hasEnded(row.state) ? left('ReversalPlaced') : 0;
  return { decidedMinor, refundedMinor: decidedMinor - heardOf, takenBackMinor };
}
