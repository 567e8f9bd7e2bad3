import assert from 'node:assert/strict';
import type { Event } from '../../domain/events.ts';
import { receivedMinor, type OpenOrder } from '../../domain/orders.ts';
import type { HeldMoney } from '../../domain/reversals.ts';
import type { Subscription } from '../../domain/subscription.ts';

type Reversed = Event & { type: 'PaymentReversed' };

interface Account {
  received: number;
  applied: number;
  credited: number;
  unmatched: number;
  /** Taken back. */
  returned: number;
  order: string;
}

/** Follows each payment through the events: what came in is applied, credited or unmatched, to the cent. */
export class Ledger {
  readonly payments = new Map<string, Account>();
  readonly surpluses = new Map<string, number>();

  post(event: Event): void {
    if (event.type === 'PaymentReceived') {
      const { key, amountMinor, orderNumber, assignment } = event.payment;
      if (assignment !== undefined) {
        assert.ok(this.isUnmatched(key), `${key} was assigned and does not wait`);
        this.payments.delete(key);
      }
      assert.equal(this.payments.has(key), false, `${key} was counted twice`);
      this.payments.set(key, {
        received: amountMinor,
        applied: 0,
        credited: 0,
        unmatched: 0,
        returned: 0,
        order: orderNumber,
      });
    } else if (event.type === 'PaymentApplied') {
      this.#of(event.payment.key).applied += event.payment.appliedMinor;
    } else if (event.type === 'PaymentCredited') {
      const account = this.#of(event.key);
      if (['credit_returned', 'order_reversed'].includes(event.reason) && account.applied > 0)
        account.applied -= event.amountMinor;
      account.credited += event.amountMinor;
    } else if (event.type === 'PaymentUnmatched') {
      const account = this.#of(event.key);
      // An order that was cancelled lets go of what it had taken.
      if (account.applied > 0) account.applied -= event.amountMinor;
      account.unmatched += event.amountMinor;
    } else if (event.type === 'PaymentReversed') {
      this.#takeBack(event);
    } else if (event.type === 'SurplusCredited') {
      assert.equal(this.surpluses.has(event.number), false, 'a surplus was credited twice');
      this.surpluses.set(event.number, event.amountMinor);
    }
  }

  /** Where a payment's money is, as the real ledger would say it. */
  held(key: string, finished: (number: string) => OpenOrder | null): HeldMoney {
    const { applied, credited, unmatched, order: number } = this.#of(key);
    const order = applied === 0 ? null : { number, amountMinor: applied, finished: finished(number) };
    return { order, unmatchedMinor: unmatched, creditMinor: credited };
  }

  #takeBack({ reversal, number, orderMinor, unmatchedMinor, creditMinor, excessMinor }: Reversed): void {
    const account = this.#of(reversal.paymentKey);
    assert.ok(orderMinor === 0 || number === account.order, 'it left another order');
    account.applied -= orderMinor;
    account.unmatched -= unmatchedMinor;
    account.credited -= creditMinor;
    account.returned += orderMinor + unmatchedMinor + creditMinor;
    assert.equal(orderMinor + unmatchedMinor + creditMinor + excessMinor, reversal.amountMinor);
    assert.ok(excessMinor === 0 || account.returned === account.received, 'more could have been taken back');
  }

  /** Money in = applied + credit + unmatched + taken back, per payment and so in total; and orders hold exactly what was applied. */
  check(state: Subscription): void {
    for (const [key, { received, applied, credited, unmatched, returned }] of this.payments) {
      assert.ok(Math.min(applied, credited, unmatched, returned) >= 0, key);
      assert.equal(applied + credited + unmatched + returned, received, `${key} does not add up`);
    }
    for (const order of state.orders) {
      assert.equal(this.appliedTo(order.number), receivedMinor(order));
      assert.ok(receivedMinor(order) <= order.priced.payableMinor, 'an order took more than it costs');
    }
  }

  /** Whether all of it waits for an operator. */
  isUnmatched(key: string): boolean {
    const account = this.payments.get(key);
    return account !== undefined && account.unmatched === account.received;
  }

  appliedTo(order: string): number {
    return [...this.payments.values()].reduce((sum, one) => sum + (one.order === order ? one.applied : 0), 0);
  }

  total(of: 'received' | 'applied' | 'credited' | 'unmatched' | 'returned'): number {
    return [...this.payments.values()].reduce((sum, account) => sum + account[of], 0);
  }

  #of(key: string): Account {
    return this.payments.get(key) ?? assert.fail(`${key} was never received`);
  }
}
