import type { Instant } from './calendar.ts';
import type { Command, PaymentFact } from './commands.ts';
import type { Deadline } from './deadlines.ts';
import { RefusedError, type Refusal } from './errors.ts';
import type { Event, UnmatchedReason } from './events.ts';
import { unreachable } from './evolve.ts';
import { draftOf, type Draft } from './deciding/draft.ts';
import {
  abandonActivation,
  activate,
  confirmActivation,
  failActivation,
  giveNotice,
  reachDeadline,
  removePaymentMethod,
  reportUsage,
  retryActivation,
  setPaymentMethod,
  switchAutoRenewal,
} from './deciding/life.ts';
import { cancelOrder, payOrder, placeOrder, registerCommitment } from './deciding/orders.ts';
import { recordChargeOutcome, recordPayment } from './deciding/payments.ts';
import { endService, noteRefund } from './deciding/refunds.ts';
import { recordReversal } from './deciding/reversals.ts';
import { dueMinor, isPayable } from './orders.ts';
import { NOTHING_HELD } from './reversals.ts';
import { findOrder, type ChargeAttempt, type Subscription } from './subscription.ts';

export type Decision =
  | { readonly accepted: true; readonly events: readonly Event[]; readonly state: Subscription }
  | { readonly accepted: false; readonly refusal: Refusal };

/**
 * Pure and total: each state answers each command at an instant of the life's own clock. A request may be refused,
 * as a value; a fact (money, deadlines, outcomes) never is. `state` is where the events lead.
 */
export function decide(state: Subscription, command: Command, now: Instant): Decision {
  const draft = draftOf(state, command.type === 'ReachDeadline' ? takenAt(state, command.deadline, now) : now);
  try {
    carryOut(draft, command);
  } catch (error) {
    if (error instanceof RefusedError) return { accepted: false, refusal: error.refusal };
    throw error;
  }
  return { accepted: true, events: draft.events, state: draft.state };
}

/** A deadline counts as taken at its own instant, however late it is handled; one that was held up, as what held it up ended. */
function takenAt(state: Subscription, { at }: Deadline, now: Instant): Instant {
  if (at > now) return now;
  return at > state.handledThrough ? at : state.handledThrough;
}

function carryOut(draft: Draft, command: Command): void {
  switch (command.type) {
    case 'PlaceOrder':
      return placeOrder(draft, command.order, command.pay);
    case 'PayOrder':
      return payOrder(draft, command.number, command.method);
    case 'CancelOrder':
      return cancelOrder(draft, command.number);
    case 'RegisterCommitment':
      return registerCommitment(draft, command.number, command.registeredOn, command.reference);
    case 'SwitchAutoRenewal':
      return switchAutoRenewal(draft, command.on);
    case 'SetPaymentMethod':
      return setPaymentMethod(draft, command.method);
    case 'RemovePaymentMethod':
      return removePaymentMethod(draft);
    case 'ReportUsage':
      return reportUsage(draft, command.usedBytes);
    case 'GiveNotice':
      return giveNotice(draft);
    case 'RetryActivation':
      return retryActivation(draft);
    case 'ConfirmActivation':
      return confirmActivation(draft, command.username);
    case 'AbandonActivation':
      return abandonActivation(draft, command.reason);
    case 'NoteRefund':
      return noteRefund(draft, command.refund);
    case 'EndService':
      return endService(draft, command.refund);
    case 'RecordPayment':
      return recordPayment(draft, command.payment);
    case 'RecordReversal':
      return recordReversal(draft, command.reversal, command.held ?? NOTHING_HELD);
    case 'RecordChargeOutcome':
      return recordChargeOutcome(draft, command.attemptId, command.outcome);
    case 'RecordActivation':
      return activate(draft, command.username);
    case 'RecordActivationFailure':
      return failActivation(draft, command.reason);
    case 'RecordRejectedSignal':
      return draft.emit({ type: 'SignalRejected', field: command.field, reason: command.reason });
    case 'ReachDeadline':
      return reachDeadline(draft, command.deadline, command.quote);
    default:
      return unreachable(command);
  }
}

/** Work a state asks of the outside world. Derived, so it is started again wherever a run or a worker ended. */
export type Work =
  { readonly kind: 'provision'; readonly id: string } | { readonly kind: 'charge'; readonly id: string };

export function workOf(state: Subscription): Work[] {
  const work: Work[] = [];
  if (state.phase.status === 'awaiting_activation') work.push({ kind: 'provision', id: `provision-${state.id}` });
  if (state.attempt !== null && state.attempt.retryAt === null)
    work.push({ kind: 'charge', id: `charge-${state.attempt.attemptId}-${state.attempt.unanswered}` });
  return work;
}

/**
 * The attempt under way, as the gateway may be asked now. Where its order was paid in the meantime, in part or whole, or
 * fell, the gateway is only asked what became of the charge: none is made any more.
 */
export function attemptToAsk(state: Subscription): ChargeAttempt | null {
  const { attempt } = state;
  if (attempt === null) return null;
  const order = findOrder(state, attempt.orderNumber);
  const isDue = order !== undefined && isPayable(order) && dueMinor(order) >= attempt.amountMinor;
  return isDue ? attempt : { ...attempt, chargeUntil: attempt.startedAt };
}

/** A life is over when it ended and nothing is left to find out about money. */
export function isOver(state: Subscription): boolean {
  return (state.phase.status === 'terminated' || state.phase.status === 'closed') && state.attempt === null;
}

/** Why an ended life leaves money to an operator: what it would have answered, were anybody left to hear of it. */
export function whyUnheard(ended: Subscription, payment: PaymentFact, at: Instant): UnmatchedReason {
  const decision = decide(ended, { type: 'RecordPayment', payment }, at);
  const events = decision.accepted ? decision.events : [];
  return events.find((event) => event.type === 'PaymentUnmatched')?.reason ?? 'subscription_ended';
}
