import type { Event } from '../../domain/events.ts';
import type { Subscription } from '../../domain/subscription.ts';
import type { Db } from '../database.ts';
import { lockPayment } from '../payments.ts';
import { insertReversal, lockReversal } from '../reversals.ts';
import { takeBack } from '../takingBack.ts';
import { journalOf } from './orders.ts';

/**
 * A life heard that money was taken back. Usually it was written down before; an operator's signal comes without. What is
 * not where the event says (an operator was quicker) is looked for where it may be now; the rest is left to an operator.
 */
export async function takenBack(
  trx: Db,
  subscription: Subscription,
  event: Event & { readonly type: 'PaymentReversed' },
): Promise<void> {
  const { reversal, number, orderMinor } = event;
  const { key, amountMinor } = reversal;
  const payment = await lockPayment(trx, reversal.paymentKey);
  const colon = key.indexOf(':');
  await insertReversal(trx, {
    ...reversal,
    source: key.slice(0, Math.max(0, colon)),
    externalId: key.slice(colon + 1),
  });
  const known = await lockReversal(trx, key);
  if (known === null || known.placedMinor !== null) return;
  const order = { number: number ?? '', amountMinor: orderMinor };
  const journal = journalOf(subscription, event);
  const placedMinor = payment === null ? 0 : await takeBack(trx, { payment, amountMinor, order, journal });
  await trx('reversals')
    .where({ key })
    .update({ placed_minor: placedMinor, subscription_id: subscription.id, heard_sequence: event.sequence });
}
