/**
 * What time alone would bring if nobody paid: the life is played on by its own rules, every charge declined. So what is
 * foretold is what would happen, with the dates of its settings.
 */
import type { Instant } from '../calendar.ts';
import type { Catalogue } from '../catalogue.ts';
import { dateAt } from '../calendar.ts';
import { chargeable, nextChargeOn, nextDeadline, renewalOrder } from '../deadlines.ts';
import { needsQuote } from '../deciding/life.ts';
import { decide } from '../decide.ts';
import { RefusedError } from '../errors.ts';
import type { Event } from '../events.ts';
import { basisOf } from '../nextRenewal.ts';
import { quoteAutoRenewal, type PricedOrder } from '../pricing.ts';
import { hasEnded, type Subscription } from '../subscription.ts';

/** No life has so many deadlines before its end. */
const MOST_STEPS = 100;

/** The order auto-renewal is going to make, priced by what is published today; null where it is to make none. */
export function quoteNextRenewal(state: Subscription, now: Instant, catalogue: Catalogue): PricedOrder | null {
  const charging = state.attempt?.occasion === 'checkout' ? { ...state, attempt: null } : state;
  if (!chargeable(charging) || renewalOrder(state) !== undefined) return null;
  const chargeOn = charging.cycle.chargeAt === null ? nextChargeOn(charging, now) : dateAt(now);
  if (chargeOn === null) return null;
  try {
    return quoteAutoRenewal(state.termYears, basisOf(state), { catalogue, placedOn: chargeOn });
  } catch (error) {
    // Nothing that could be said: on the day itself an operator sees why.
    if (error instanceof RefusedError || error instanceof RangeError) return null;
    throw error;
  }
}

export function ifNothingIsPaid(state: Subscription, now: Instant, nextRenewal: PricedOrder | null): readonly Event[] {
  const events: Event[] = [];
  let life = withoutCharge(state, now);
  let at = now;
  for (let step = 0; step < MOST_STEPS && !hasEnded(life); step += 1) {
    const deadline = nextDeadline(life);
    if (deadline === null) break;
    if (deadline.at > at) at = deadline.at;
    const asks = needsQuote(life, deadline);
    if (asks && nextRenewal === null) {
      life = { ...life, autoRenewal: false };
      continue;
    }
    const quote = asks && nextRenewal !== null ? { number: 'next', priced: nextRenewal } : null;
    const decision = decide(life, { type: 'ReachDeadline', deadline, quote }, at);
    if (!decision.accepted || decision.events.some(({ type }) => type === 'OrderCompleted')) break;
    events.push(...decision.events);
    life = withoutCharge(decision.state, at);
  }
  return events;
}

function withoutCharge(state: Subscription, at: Instant): Subscription {
  const { attempt } = state;
  if (attempt === null) return state;
  const outcome = { kind: 'declined', reason: '' } as const;
  const decision = decide(state, { type: 'RecordChargeOutcome', attemptId: attempt.attemptId, outcome }, at);
  return decision.accepted ? decision.state : state;
}
