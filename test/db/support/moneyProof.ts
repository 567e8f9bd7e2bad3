/** Whether every euro is where it should be: what really moved, against the ledger; and events, against what they made. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Knex } from 'knex';
import { eventOf, listTimeline } from '../../../db/timeline.ts';
import type { Event } from '../../../domain/events.ts';
import { isOver } from '../../../domain/decide.ts';
import { evolve } from '../../../domain/evolve.ts';
import { newSubscription } from '../../../domain/subscription.ts';
import { capturesOf, givenBack } from './moneyCards.ts';
import type { MoneyWorld } from './moneyWorld.ts';
import type { Shell } from './shell.ts';

export type Cash = Readonly<Record<string, number>>;

const sumOf = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0);

async function rowsOf<Row>(db: Knex, query: string, values: readonly unknown[]): Promise<Row[]> {
  return (await db.raw<{ rows: Row[] }>(query, values as Knex.RawBinding[])).rows;
}

/** Proves one world, and answers with what is in cash by what really moved. */
export async function prove(world: MoneyWorld): Promise<Cash> {
  const cash = await whatMoved(world);
  const keys = await proveBank(world);
  await provePayments(world, keys);
  await provePlaces(world, sumOf(Object.values(cash)));
  await proveRefunds(world);
  for (const shell of world.shells) await proveLife(world, shell);
  return cash;
}

/** Each movement of the bank is one entry, booked in full or left alone. */
async function proveBank({ db, movements }: MoneyWorld): Promise<string[]> {
  const keys: string[] = [];
  for (const { reference, side = 'CRDT', cents } of movements) {
    const entries: { outcome: string; paymentKeys: string[]; reversalKeys: string[] }[] = await db('bank_entries')
      .where({ bank_reference: reference, is_credit: side === 'CRDT' })
      .select('outcome', 'payment_keys as paymentKeys', 'reversal_keys as reversalKeys');
    const [entry] = entries;
    assert.ok(entry !== undefined && entries.length === 1, `${entries.length} entries for ${reference}`);
    const [table, booked] =
      side === 'CRDT' ? (['payments', entry.paymentKeys] as const) : (['reversals', entry.reversalKeys] as const);
    if (side === 'CRDT') assert.match(entry.outcome, /^(un)?matched$/);
    if (side === 'DBIT' && entry.outcome !== 'reversal') continue;
    const rows = await rowsOf<{ amount: number }>(
      db,
      `select amount_minor as amount from ${table} where key = any(?)`,
      [booked],
    );
    assert.equal(sumOf(rows.map(({ amount }) => amount)), cents, `${reference} is booked with another amount`);
    if (side === 'CRDT') keys.push(...booked);
  }
  return keys;
}

/** Cash by what really moved. Of what was taken back beyond what was left of a payment, the ledger holds nothing back. */
async function whatMoved(world: MoneyWorld): Promise<Cash> {
  const { db, registered, movements, takenBack, lists } = world;
  const cash: Record<string, number> = { bank_transfer: 0, postal_slip: 0, card: 0 };
  const add = (method: string, amountMinor: number): void => {
    cash[method] = (cash[method] ?? 0) + amountMinor;
  };
  for (const { method, amountMinor } of registered.values()) add(method, amountMinor);
  for (const { side, cents } of movements) if (side !== 'DBIT') add('bank_transfer', cents);
  for (const { amountMinor } of await capturesOf(world)) add('card', amountMinor);
  for (const { amount } of await givenBack(world)) add('card', -amount);
  for (const { sumMinor, fate } of lists.values()) if (fate === 'executed') add('bank_transfer', -sumMinor);
  const references = movements.filter(({ side }) => side === 'DBIT').map(({ reference }) => reference);
  const reversals = await rowsOf<{
    key: string;
    amount: number;
    placed: number | null;
    left: number;
    method: string | null;
  }>(
    db,
    `select reversals.key, reversals.amount_minor as amount, placed_minor as placed, method, coalesce((
       select sum(amount_minor) from payment_places where payment_key = payments.key and method <> 'credit'
         and account !~ '^(cash|refund_due):'
     ), 0)::bigint as left
     from reversals left join payments on payments.key = payment_key
     where reversals.key = any(?) or exists (
       select from bank_entries where bank_reference = any(?) and reversals.key = any(reversal_keys)
     )`,
    [[...takenBack.keys()], references],
  );
  for (const { key, amount, placed, left, method } of reversals) {
    assert.equal(amount, takenBack.get(key) ?? amount, key);
    if (method === null) assert.equal(placed, null, `${key} was placed without a payment`);
    else assert.ok(placed !== null, `${key} was never placed`);
    if (placed !== null && placed < amount) assert.equal(left, 0, `${key} took back less than there is left`);
    if (method !== null && method !== 'credit') add(method, -(placed ?? 0));
  }
  const known = new Set(reversals.map(({ key }) => key));
  for (const key of takenBack.keys()) assert.ok(known.has(key), `${key} is lost`);
  return cash;
}

/** All that came in is in the ledger once, as it came, and nothing else is. */
async function provePayments(world: MoneyWorld, booked: readonly string[]): Promise<void> {
  const { db, registered } = world;
  const expected = new Set([...registered.keys(), ...booked]);
  const captures = await capturesOf(world);
  for (const { key } of captures) expected.add(key);
  const rows = await rowsOf<{ key: string; amount: number; method: string; places: number; waits: boolean }>(
    db,
    `select key, payments.amount_minor as amount, method, source = 'disputed' or (
       heard_sequence is null and unmatched_reason is null) as waits,
       (select coalesce(sum(amount_minor), 0)::bigint from payment_places where payment_key = key) as places
     from payments where key = any(?) or subscription_id = any(?)`,
    [[...expected], world.shells.map(({ id }) => id)],
  );
  for (const { key, amount, method, places, waits } of rows) {
    assert.ok(expected.has(key) || method === 'credit', `${key} never came in`);
    assert.deepEqual({ amount, method }, registered.has(key) ? pick(registered.get(key)) : { amount, method }, key);
    assert.equal(places, amount, `the places of ${key}`);
    assert.equal(waits, false, `${key} was never heard, or is disputed`);
  }
  const known = new Set(rows.map(({ key }) => key));
  for (const key of expected) assert.ok(known.has(key), `${key} is lost`);
  for (const { key, amount } of rows) {
    const captured = captures.find((one) => one.key === key);
    if (captured !== undefined) assert.equal(amount, captured.amountMinor, `${key} is booked with another amount`);
  }
}

function pick(money: { readonly amountMinor: number; readonly method: string } | undefined) {
  return { amount: money?.amountMinor, method: money?.method };
}

/** Each refund went out once, the way it is said to, or not at all. */
async function proveRefunds(world: MoneyWorld): Promise<void> {
  const { db, refundIds, lists } = world;
  const rows = await rowsOf<{ id: string; way: string; status: string; amount: number; list: string | null }>(
    db,
    'select id, way, status, amount_minor as amount, list_id as list from refunds where id = any(?)',
    [refundIds],
  );
  const atGateway = await givenBack(world);
  for (const { id, way, status, amount, list } of rows) {
    const byCard = atGateway.filter((one) => one.id === id).map((one) => one.amount);
    const isPaid = status === 'paid';
    assert.deepEqual(byCard, isPaid && way === 'original' ? [amount] : [], `${id} at the gateway`);
    const isListed = list !== null && lists.get(list)?.fate === 'executed';
    assert.equal(isListed, isPaid && way === 'transfer', `${id} by the bank`);
    assert.ok(['paid', 'failed', 'withdrawn'].includes(status), `${id} is ${status} for ever`);
  }
}

/** What is in cash is somebody's: orders', customers', nobody's yet, or about to go back. */
async function provePlaces(
  { db, shells, registered, movements, refundIds }: MoneyWorld,
  cashMinor: number,
): Promise<void> {
  const ids = shells.map(({ id }) => id);
  const customers = [...new Set(shells.map(({ life }) => life.customer.id))];
  const references = movements.map(({ reference }) => reference);
  const [found] = await rowsOf<{ orders: number; credit: number; owed: number; unmatched: number; refunds: number }>(
    db,
    `select
       (select coalesce(sum(received_minor), 0) from orders where subscription_id = any(?))::bigint as orders,
       (select coalesce(sum(balance_minor), 0) from customer_credits where customer_id = any(?))::bigint as credit,
       (select coalesce(sum(amount_minor), 0) from ledger_postings where account = any(?))::bigint as owed,
       (select coalesce(sum(payment_places.amount_minor), 0) from payment_places join payments on key = payment_key
        where account = 'unmatched' and (subscription_id = any(?) or key = any(?) or exists (
          select from bank_entries where bank_reference = any(?) and key = any(payment_keys))))::bigint as unmatched,
       (select coalesce(sum(amount_minor), 0) from refunds
        where status in ('due', 'sent', 'failed') and id = any(?))::bigint as refunds`,
    [ids, customers, customers.map((id) => `owed:${id}`), ids, [...registered.keys()], references, refundIds],
  );
  assert.ok(found !== undefined);
  const surplus = sumOf(
    shells.flatMap(({ events }) => events.flatMap((one) => (one.type === 'SurplusCredited' ? [one.amountMinor] : []))),
  );
  const { orders, credit, owed, unmatched, refunds } = found;
  assert.equal(
    orders + credit - surplus - owed + unmatched + refunds,
    cashMinor,
    JSON.stringify({ ...found, surplus }),
  );
}

/** The life's events, from Postgres, lead to its state there and to that in memory, and to its orders. */
async function proveLife({ db }: MoneyWorld, { id, state, events, life }: Shell): Promise<void> {
  const row: { state: unknown } | undefined = await db('subscriptions').where({ id }).first('state');
  if (row === undefined) return assert.equal(events.length, 0, `${id} was never written`);
  const told = (await listTimeline(db, id)).map(eventOf);
  const again = told.reduce(evolve, newSubscription(state, told[0]?.at ?? life.now));
  assert.ok(isDeepStrictEqual(plain(again), plain(state)), `${id}: its events lead elsewhere`);
  assert.deepEqual(row.state, plain(state), `${id}: another state is stored`);
  const orders = await rowsOf<StoredOrder>(
    db,
    `select number, status, received_minor as "receivedMinor", refunded_minor as "refundedMinor", due_minor as "dueMinor"
     from orders where subscription_id = ? and status not in ('reserved', 'refused')`,
    [id],
  );
  const folded = foldOf(told);
  assert.deepEqual(orders.map(({ number }) => number).toSorted(), [...folded.keys()].toSorted());
  for (const { number, ...order } of orders) {
    const expected = folded.get(number);
    assert.equal(order.status, expected?.status, number);
    // Nobody is left to hear of what happens to the money of a life that is over.
    if (!isOver(state)) assert.deepEqual(order, expected, number);
  }
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

interface FoldedOrder {
  readonly status: string;
  readonly receivedMinor: number;
  readonly refundedMinor: number;
  readonly dueMinor: number;
}
type StoredOrder = FoldedOrder & { readonly number: string };

/** What a life's events make of its orders: a fold of its own. */
function foldOf(events: readonly Event[]): Map<string, FoldedOrder> {
  const orders = new Map<string, { status: string; payable: number; refunded: number; held: Map<string, number> }>();
  const hold = (number: string, key: string, amountMinor: number): void => {
    const held = orders.get(number)?.held;
    held?.set(key, (held.get(key) ?? 0) + amountMinor);
  };
  const become = (number: string, status: string): void => {
    const order = orders.get(number);
    if (order !== undefined) order.status = status;
  };
  for (const event of events) {
    if (event.type === 'OrderPlaced') {
      const { number, priced } = event.order;
      orders.set(number, { status: 'awaiting_payment', payable: priced.payableMinor, refunded: 0, held: new Map() });
    }
    if (event.type === 'OrderCompleted') become(event.number, 'completed');
    if (event.type === 'OrderCancelled' || event.type === 'OrderReversed') become(event.number, 'cancelled');
    if (event.type === 'PaymentApplied') hold(event.number, event.payment.key, event.payment.appliedMinor);
    if (event.type === 'PaymentReversed' && event.number !== null)
      hold(event.number, event.reversal.paymentKey, -event.orderMinor);
    if (event.type === 'RefundMade') {
      const order = orders.get(event.number);
      if (order !== undefined) order.refunded += event.amountMinor;
      for (const { key, amountMinor } of event.parts) hold(event.number, key, -amountMinor);
    }
    if (event.type === 'PaymentCredited' || event.type === 'PaymentUnmatched') {
      const order = orders.get(event.number);
      // What a cancelled order held goes elsewhere; other money never was in it.
      if (order?.status === 'cancelled' && (order.held.get(event.key) ?? 0) > 0)
        hold(event.number, event.key, -event.amountMinor);
    }
  }
  return new Map([...orders].map(([number, order]) => [number, folded(order)]));
}

function folded({
  status,
  payable,
  refunded,
  held,
}: {
  readonly status: string;
  readonly payable: number;
  readonly refunded: number;
  readonly held: ReadonlyMap<string, number>;
}): FoldedOrder {
  const holds = sumOf([...held.values()]);
  // What was refunded of an order while it was being cancelled is not missing from it.
  const receivedMinor = status === 'cancelled' ? Math.max(0, holds) : holds;
  const dueMinor = status === 'cancelled' ? 0 : Math.max(0, payable - refunded - receivedMinor);
  return { status, receivedMinor, refundedMinor: refunded, dueMinor };
}

const QUIET_WITHIN_MS = 20_000;

/** Until nothing that a killed process had begun is still going on in Postgres. */
export async function untilQuiet(db: Knex): Promise<void> {
  const until = performance.now() + QUIET_WITHIN_MS;
  for (;;) {
    const busy = await rowsOf(
      db,
      `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
       and backend_type = 'client backend' and state <> 'idle'`,
      [],
    );
    if (busy.length === 0) return;
    assert.ok(performance.now() < until, 'a killed process goes on for ever');
  }
}
