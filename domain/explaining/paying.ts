/** What paying an order would bring, by the rules themselves: the payment is registered today on a copy of the life. */
import { dateAt, type Instant, type PlainDate } from '../calendar.ts';
import { decide } from '../decide.ts';
import { dueMinor, isUnpaid, type OpenOrder } from '../orders.ts';
import { expiresOn, type Subscription } from '../subscription.ts';
import { sentence, theOrder, theRule, type Sentence } from './sentence.ts';
import { al, dal, day } from './words.ts';

/** One sentence for each unpaid order that would move the expiry. */
export function ifPaidNow(state: Subscription, now: Instant): Sentence[] {
  const before = expiresOn(state);
  if (before === null) return [];
  return state.orders.filter(isUnpaid).flatMap((order) => {
    const after = expiryOncePaid(state, order, now);
    return after === null || after === before ? [] : [moved(state, order, before, after)];
  });
}

function expiryOncePaid(state: Subscription, order: OpenOrder, now: Instant): PlainDate | null {
  const payment = {
    key: 'foretold',
    orderNumber: order.number,
    amountMinor: dueMinor(order),
    method: 'bank_transfer',
    registeredOn: dateAt(now),
    receivedAt: now,
    storedMethod: null,
  } as const;
  const decision = decide(state, { type: 'RecordPayment', payment }, now);
  return decision.accepted ? expiresOn(decision.state) : null;
}

function moved({ phase }: Subscription, { number, priced }: OpenOrder, before: PlainDate, after: PlainDate): Sentence {
  const again = phase.status === 'expired';
  const it = `Se l'ordine ${number} viene pagato oggi, ${again ? 'il servizio torna attivo e ' : ''}la scadenza passa ${dal(before)} ${al(after)}.`;
  const en = `If order ${number} is paid today, ${again ? 'the service is active again and ' : ''}the expiry moves from ${day('en', before)} to ${day('en', after)}.`;
  const rule = priced.content.type === 'upgrade' ? 'co_terming' : 'renewal_from_expiry';
  return sentence('next', { it, en }, theOrder(number), theRule(rule), theRule('order_done_when_paid'));
}
