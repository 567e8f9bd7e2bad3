/** A life that does random things: ordered, paid in every way, cancelled, charged, and committed in random batches. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { commitEvents } from '../../../db/commit.ts';
import { heldMoney } from '../../../db/heldMoney.ts';
import {
  assignPayment,
  factOf,
  findPayment,
  InsufficientCreditError,
  listPayments,
  recordPayment,
  unheardPayments,
} from '../../../db/payments.ts';
import { recordReversal, reversalFactOf, unheardReversals } from '../../../db/reversals.ts';
import { creditOf } from '../../../db/ledger.ts';
import { findOrder } from '../../../db/orders.ts';
import { noteOf, recordRefund, type NewRefund } from '../../../db/refunding.ts';
import { RefundRefusedError, untoldRefunds, type RefundRow } from '../../../db/refunds.ts';
import { refundableOf } from '../../../db/refundSources.ts';
import { executeTransferList, makeTransferList } from '../../../db/transferLists.ts';
import { addDays, type Instant } from '../../../domain/calendar.ts';
import type { PaymentFact } from '../../../domain/commands.ts';
import { nextDeadline } from '../../../domain/deadlines.ts';
import type { Event } from '../../../domain/events.ts';
import { isUnpaid, type PaymentMethodKind } from '../../../domain/orders.ts';
import type { ReversalFact } from '../../../domain/reversals.ts';
import type { Life } from './life.ts';

const CARD = { methodId: 'pm_1', kind: 'card' } as const;

export type Step =
  | { readonly do: 'order'; readonly type: 'renewal' | 'upgrade' | 'reactivation' }
  | {
      readonly do: 'pay';
      /** Which of the orders so far, from the last. */
      readonly order: number;
      /** Tenths of what the order costs. */
      readonly tenths: number;
      readonly method: PaymentMethodKind;
      /** `lost`: recorded, and heard of at the next look only. */
      readonly way: 'recorded' | 'by hand' | 'twice' | 'lost';
      readonly daysAgo: number;
    }
  | { readonly do: 'cancel'; readonly order: number }
  | { readonly do: 'charge'; readonly outcome: 'succeeded' | 'declined' | 'unknown' }
  | { readonly do: 'autoRenewal'; readonly on: boolean }
  | { readonly do: 'look' | 'wait' | 'activate' | 'fail' | 'abandon' | 'assign' | 'method' | 'notice' }
  /** Money is taken back: of which payment, and how many tenths of it; `lost`: heard of at the next look only. */
  | { readonly do: 'reverse'; readonly which: number; readonly tenths: number; readonly lost: boolean }
  | {
      readonly do: 'refund';
      readonly order: number;
      /** Tenths of what there is. */
      readonly tenths: number;
      readonly ends: boolean;
      /** Otherwise its life hears of it at the next look only. */
      readonly told: boolean;
      readonly paid: boolean;
    }
  | { readonly do: 'refundCredit'; readonly tenths: number }
  | { readonly do: 'commit'; readonly overlap: number };

/** Old orders see little; most happens around the last ones. */
const RECENT = 4;
const place = fc.nat(RECENT);
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('order'), type: fc.constantFrom('renewal', 'upgrade', 'reactivation') }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pay'),
      order: place,
      tenths: fc.constantFrom(1, 3, 5, 10, 10, 10, 13, 20),
      method: fc.constantFrom('bank_transfer', 'postal_slip', 'card', 'credit'),
      way: fc.constantFrom('recorded', 'recorded', 'by hand', 'twice', 'lost'),
      daysAgo: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel'), order: place }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('charge'), outcome: fc.constantFrom('succeeded', 'declined', 'unknown') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('autoRenewal'), on: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('look', 'wait', 'wait', 'wait', 'activate', 'fail', 'abandon', 'assign', 'method', 'notice'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reverse'),
      which: fc.nat(20),
      tenths: fc.constantFrom(1, 5, 10, 10, 10, 11),
      lost: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('refund'),
      order: place,
      tenths: fc.constantFrom(1, 3, 7, 10, 10),
      ends: fc.constantFrom(false, false, false, true),
      told: fc.boolean(),
      paid: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refundCredit'), tenths: fc.constantFrom(3, 10) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('commit'), overlap: fc.nat(6) }) },
) as fc.Arbitrary<Step>;

export class RandomLife {
  readonly life: Life;
  readonly events: Event[] = [];
  #committed = 0;
  #numbers: string[] = [];
  #payments = 0;
  #reversals = 0;
  /** Customer credit that was given back. */
  creditRefundedMinor = 0;

  constructor(life: Life) {
    this.life = life;
  }

  async begin(paid: boolean, activated: boolean): Promise<void> {
    const number = await this.life.order('first_purchase');
    this.#numbers.push(number);
    if (!paid) return;
    this.life.do({ type: 'RecordPayment', payment: this.life.payment({ orderNumber: number }) });
    this.life.do(
      activated ? { type: 'RecordActivation', username: 'rn1' } : { type: 'RecordActivationFailure', reason: 'checks' },
    );
  }

  async take(next: Step): Promise<void> {
    const { life } = this;
    switch (next.do) {
      case 'order':
        return this.#order(next.type);
      case 'pay':
        return this.#pay(next);
      case 'cancel':
        return void life.tell({ type: 'CancelOrder', number: this.#numberAt(next.order) });
      case 'charge':
        return this.#charge(next.outcome);
      case 'autoRenewal':
        return void life.tell({ type: 'SwitchAutoRenewal', on: next.on });
      case 'method':
        return void life.tell({ type: 'SetPaymentMethod', method: CARD });
      case 'notice':
        return void life.tell({ type: 'GiveNotice' });
      case 'activate':
        return void life.tell({ type: 'RecordActivation', username: 'rn1' });
      case 'fail':
        return void life.tell({ type: 'RecordActivationFailure', reason: 'checks' });
      case 'abandon':
        return void life.tell({ type: 'AbandonActivation', reason: 'checks' });
      case 'assign':
        return this.#assign();
      case 'reverse':
        return this.#reverse(next);
      case 'refund':
        return this.#refund(next);
      case 'refundCredit':
        return this.#refundCredit(next.tenths);
      case 'look':
        return this.look();
      case 'wait':
        return this.#wait();
      case 'commit':
        return this.commit(next.overlap);
    }
  }

  /** Commits what is pending, telling again some of what was told before. */
  async commit(overlap: number): Promise<void> {
    const { life } = this;
    this.events.push(...life.pending);
    life.pending = [];
    const events = this.events.slice(Math.max(0, this.#committed - overlap));
    const input = { subscription: life.state, events, nextDeadlineAt: nextDeadline(life.state)?.at ?? null };
    await Promise.all(
      overlap > 3 ? [commitEvents(life.db, input), commitEvents(life.db, input)] : [commitEvents(life.db, input)],
    );
    this.#committed = this.events.length;
  }

  /** Takes in what was recorded and never signalled, as a look before a deadline does. */
  async look(): Promise<void> {
    await this.commit(0);
    for (const payment of await unheardPayments(this.life.db, this.life.id, []))
      this.life.do({ type: 'RecordPayment', payment });
    await this.commit(0);
    for (const reversal of await unheardReversals(this.life.db, this.life.id, [])) await this.#hear(reversal);
    for (const refund of await untoldRefunds(this.life.db, (Date.now() + 86_400_000) as Instant, 1000))
      if (refund.subscriptionId === this.life.id) await this.#tellRefund(refund);
  }

  /** Part of what an order holds goes back, if it holds any. */
  async #refund({ order, tenths, ends, told, paid }: Step & { do: 'refund' }): Promise<void> {
    await this.commit(0);
    const { life } = this;
    const row = await findOrder(life.db, this.#numberAt(order));
    if (row === null) return;
    const { availableMinor } = await refundableOf(life.db, row);
    const from = { source: 'order', orderNumber: row.number } as const;
    const refund = await this.#decide(from, availableMinor, { tenths, effect: ends ? 'end' : 'keep' });
    // An order that may still be undone: its life hears at once.
    const mayBeUndone = ['awaiting_activation', 'activation_failed'].includes(life.state.phase.status);
    if (refund !== null && (told || mayBeUndone)) await this.#tellRefund(refund);
    if (paid) await payAllTransfers(life);
  }

  async #refundCredit(tenths: number): Promise<void> {
    await this.commit(0);
    const { life } = this;
    const from = { source: 'credit', customerId: life.customer.id } as const;
    const refund = await this.#decide(from, await creditOf(life.db, life.customer.id), { tenths, effect: 'keep' });
    this.creditRefundedMinor += refund?.amountMinor ?? 0;
  }

  async #decide(
    from: NewRefund['from'],
    availableMinor: number,
    { tenths, effect }: { readonly tenths: number; readonly effect: NewRefund['effect'] },
  ): Promise<RefundRow | null> {
    const amountMinor = Math.max(1, Math.round((availableMinor * tenths) / 10));
    const to = { iban: 'IT60X0542811101000000123456', holder: 'Ada Rossi' };
    const decided = { from, amountMinor, effect, to, reason: 'any', operatorId: 'op', requestedAt: this.life.now };
    try {
      return await recordRefund(this.life.db, { id: `ref_${randomUUID()}`, ...decided });
    } catch (error) {
      if (error instanceof RefundRefusedError) return null;
      throw error;
    }
  }

  async #tellRefund(refund: RefundRow): Promise<void> {
    const request = { type: refund.effect === 'end' ? 'EndService' : 'NoteRefund', refund: noteOf(refund) } as const;
    this.life.do(request);
    // Told twice, as a sweeper may.
    this.life.do(request);
    await this.commit(0);
  }

  /** As the workflow does: where the money is, is asked once all is written down. */
  async #hear(reversal: ReversalFact): Promise<void> {
    const { life } = this;
    await this.commit(0);
    const { held } = await heldMoney(life.db, { subscriptionId: life.id, ...reversal });
    if (held !== null) life.do({ type: 'RecordReversal', reversal, held });
    await this.commit(0);
  }

  async #reverse({ which, tenths, lost }: Step & { do: 'reverse' }): Promise<void> {
    const { life } = this;
    await this.look();
    const payments = await listPayments(life.db, life.id);
    const payment = payments[which % Math.max(1, payments.length)];
    if (payment === undefined) return;
    this.#reversals += 1;
    const externalId = `${life.id}-${this.#reversals}`;
    const { reversal } = await recordReversal(life.db, {
      key: `back:${externalId}`,
      source: 'back',
      externalId,
      paymentKey: payment.key,
      amountMinor: Math.max(1, Math.round((payment.amountMinor * tenths) / 10)),
      registeredOn: life.today,
      receivedAt: life.now,
      reason: 'called_back',
    });
    if (!lost) await this.#hear(reversalFactOf(reversal));
  }

  async #order(type: 'renewal' | 'upgrade' | 'reactivation'): Promise<void> {
    if (this.life.state.entitlements.intervals.length === 0) return;
    const order = await this.life.quote(type, type === 'upgrade' ? { space: 1 } : {});
    if (this.life.tell({ type: 'PlaceOrder', order, pay: null }) !== null) this.#numbers.push(order.number);
  }

  async #pay({ order, tenths, method, way, daysAgo }: Step & { do: 'pay' }): Promise<void> {
    const { life } = this;
    const number = this.#numberAt(order);
    const payable = this.#placed().find((placed) => placed.number === number)?.priced.payableMinor ?? 1000;
    this.#payments += 1;
    const fact: PaymentFact = {
      ...life.payment({ orderNumber: number, key: `bank:${life.id}-${this.#payments}`, method }),
      amountMinor: Math.max(1, Math.round((payable * tenths) / 10)),
      registeredOn: addDays(life.today, -daysAgo),
      storedMethod: method === 'card' ? CARD : null,
    };
    if (method === 'credit') {
      // Drawn by the API from what is committed; never by hand.
      await this.commit(0);
      const drawn = await recordPayment(life.db, life.newPayment(fact)).catch((error: unknown) => error);
      if (drawn instanceof Error && !(drawn instanceof InsufficientCreditError)) throw drawn;
      if (drawn instanceof InsufficientCreditError) return;
    } else if (way !== 'by hand') {
      await recordPayment(life.db, life.newPayment(fact));
    }
    if (way !== 'lost') life.do({ type: 'RecordPayment', payment: fact });
    if (way === 'twice') {
      assert.strictEqual((await recordPayment(life.db, life.newPayment(fact))).kind, 'same');
      life.do({ type: 'RecordPayment', payment: fact });
    }
  }

  /** Gives the first money that waits to the order that is unpaid, or else to the last. */
  async #assign(): Promise<void> {
    const { life } = this;
    await this.look();
    await this.commit(0);
    const orderNumber = life.state.orders.find(isUnpaid)?.number ?? this.#numberAt(0);
    for (const { key } of await listPayments(life.db, life.id)) {
      const at = life.now;
      if (!(await assignPayment(life.db, key, { orderNumber, subscriptionId: life.id, at }))) continue;
      const payment = await findPayment(life.db, key);
      assert.ok(payment !== null);
      // Told twice, as a sweeper may.
      life.do({ type: 'RecordPayment', payment: factOf(payment) });
      life.do({ type: 'RecordPayment', payment: factOf(payment) });
      return this.commit(0);
    }
  }

  #charge(outcome: 'succeeded' | 'declined' | 'unknown'): void {
    const { attempt } = this.life.state;
    if (attempt === null || attempt.retryAt !== null) return;
    const { attemptId, orderNumber, amountMinor } = attempt;
    const paid = this.life.payment({ orderNumber, amountMinor, key: `gateway:${attemptId}`, method: 'card' });
    const outcomes = {
      succeeded: { kind: 'succeeded', payment: { ...paid, storedMethod: CARD } },
      declined: { kind: 'declined', reason: 'no funds' },
      unknown: { kind: 'unknown', reason: 'silence' },
    } as const;
    this.life.do({ type: 'RecordChargeOutcome', attemptId, outcome: outcomes[outcome] });
  }

  async #wait(): Promise<void> {
    const deadline = nextDeadline(this.life.state);
    if (deadline === null) this.life.now = (this.life.now + 86_400_000) as Instant;
    else await this.life.reachDeadline();
    const placed = this.life.state.orders.map(({ number }) => number);
    this.#numbers.push(...placed.filter((number) => !this.#numbers.includes(number)));
  }

  #placed() {
    return [...this.events, ...this.life.pending].flatMap((event) =>
      event.type === 'OrderPlaced' ? [event.order] : [],
    );
  }

  #numberAt(order: number): string {
    return this.#numbers.at(-1 - (order % Math.min(RECENT, this.#numbers.length))) ?? '';
  }
}

/** The bank carries out all that is due. */
async function payAllTransfers({ db, now }: Life): Promise<void> {
  const list = await makeTransferList(db, { id: randomUUID().slice(0, 35), operatorId: 'op' }, () => '<xml/>');
  if (list !== null) await executeTransferList(db, list.id, now);
}
