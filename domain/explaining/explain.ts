/**
 * Why is it so? A life's facts in plain sentences, Italian and English, each with what it rests on: an order, a payment,
 * an event of the timeline, a rule. Nothing is decided here; what is told comes from the events and the rules themselves.
 */
import { dateAt, type Instant } from '../calendar.ts';
import type { Event } from '../events.ts';
import type { PricedOrder } from '../pricing.ts';
import type { Subscription } from '../subscription.ts';
import { whyNextRenewal, whyTheseAmounts } from './amounts.ts';
import { whyButtonsAreMissing } from './buttons.ts';
import { whyCharged } from './charges.ts';
import { whatComes } from './coming.ts';
import { whyOtherEnds, whyThisExpiry } from './expiry.ts';
import { historyOf } from './history.ts';
import { whatBecameOfMoney } from './paid.ts';
import { whatWentBack } from './refunds.ts';
import { whatWasTakenBack } from './returned.ts';
import type { Sentence } from './sentence.ts';

export interface Explained {
  readonly state: Subscription;
  /** All of the life's events, up to the one that led to `state`. */
  readonly events: readonly Event[];
  /** The life's own clock. */
  readonly now: Instant;
  /** The order auto-renewal is going to make, priced by what is published today; null where it is to make none. */
  readonly nextRenewal: PricedOrder | null;
}

export function explain({ state, events, now, nextRenewal }: Explained): Sentence[] {
  const history = historyOf(events);
  return [
    ...whyThisExpiry(state, history),
    ...whyOtherEnds(state, history, dateAt(now)),
    ...whyTheseAmounts(state, history),
    ...(nextRenewal === null ? [] : whyNextRenewal(nextRenewal, history)),
    ...whyButtonsAreMissing(state, history),
    ...whatComes(state, history, now, nextRenewal),
    ...whyCharged(state, history),
    ...whatBecameOfMoney(history),
    ...whatWasTakenBack(history),
    ...whatWentBack(history),
  ];
}
