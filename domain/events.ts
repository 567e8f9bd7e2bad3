import type { Instant, PlainDate } from './calendar.ts';
import type { Interval, UnitGroup } from './entitlements.ts';
import type { PaymentFact } from './commands.ts';
import type { AppliedPayment, OpenOrder, OrderOutcome, StoredMethod } from './orders.ts';
import type { OrderType } from './planning.ts';
import type { RefundEffect, RefundNote, RefundWay } from './refunds.ts';
import type { ReversalFact } from './reversals.ts';
import type { ChargeAttempt } from './subscription.ts';

/** Why money could not be applied to an order and waits for an operator. */
export type UnmatchedReason =
  | 'unknown_order'
  | 'order_cancelled'
  | 'registered_after_last_day'
  | 'heard_after_end'
  | 'subscription_ended'
  | 'registered_in_future';

export type CreditReason = 'overpaid' | 'paid_twice' | 'credit_returned' | 'order_reversed';

/** What happened, in past tense. Everything `evolve` needs is in the event; new kinds are added, old ones never change. */
export type EventBody =
  | { readonly type: 'OrderPlaced'; readonly order: OpenOrder }
  | {
      readonly type: 'OrderCancelled';
      readonly number: string;
      readonly why: 'customer' | 'unpaid' | 'notice' | 'terminated';
    }
  | { readonly type: 'PaymentReceived'; readonly payment: PaymentFact }
  | {
      readonly type: 'PaymentApplied';
      readonly number: string;
      readonly payment: AppliedPayment;
      readonly dueMinor: number;
      /** Who placed the order, and what charge brought the money if one did: decides what the customer is told. */
      readonly origin?: OpenOrder['origin'];
      readonly occasion?: ChargeAttempt['occasion'];
    }
  | {
      readonly type: 'PaymentCredited';
      readonly key: string;
      readonly number: string;
      readonly amountMinor: number;
      readonly reason: CreditReason;
    }
  | {
      readonly type: 'PaymentUnmatched';
      readonly key: string;
      readonly number: string;
      readonly amountMinor: number;
      readonly reason: UnmatchedReason;
    }
  /** Money was taken back after it came in: out of the order that held it, out of what waited, out of credit. */
  | {
      readonly type: 'PaymentReversed';
      readonly reversal: ReversalFact;
      /** The order that gives it back; null where none holds any. */
      readonly number: string | null;
      readonly orderMinor: number;
      /** What is due on the order now. */
      readonly dueMinor: number;
      readonly unmatchedMinor: number;
      readonly creditMinor: number;
      /** Taken back beyond what the payment still held: left to an operator. */
      readonly excessMinor: number;
      /** The order as it was, where it was finished and money is asked for again. */
      readonly reopened?: OpenOrder;
    }
  /** Money of a completed order goes back. */
  | {
      readonly type: 'RefundMade';
      readonly refundId: string;
      readonly number: string;
      readonly amountMinor: number;
      readonly way: RefundWay;
      readonly effect: RefundEffect;
      readonly parts: RefundNote['parts'];
    }
  /** What an order did not need of the money it took: back to the customer as credit. */
  | { readonly type: 'SurplusCredited'; readonly number: string; readonly amountMinor: number }
  | { readonly type: 'PaymentConflictNoted'; readonly key: string; readonly content: string; readonly known: string }
  | { readonly type: 'SignalRejected'; readonly field: string; readonly reason: string }
  | {
      readonly type: 'CommitmentRegistered';
      readonly number: string;
      readonly registeredOn: PlainDate;
      readonly reference: string;
    }
  | {
      readonly type: 'OrderCompleted';
      readonly number: string;
      readonly orderType: OrderType;
      readonly origin: OpenOrder['origin'];
      readonly completedOn: PlainDate;
      readonly granted: readonly Interval[];
      readonly dropped: readonly UnitGroup[];
      /** Years of a term order; null for an upgrade. */
      readonly years: number | null;
      readonly dueMinor: number;
      readonly expiresOn: PlainDate | null;
    }
  | { readonly type: 'OrderSettled'; readonly number: string; readonly outcome: OrderOutcome }
  /** A completed order is undone as its service could not be made. What it holds is credited by events of its own. */
  | {
      readonly type: 'OrderReversed';
      readonly number: string;
      readonly reason: string;
      readonly netMinor: number;
      /** VAT that the customer owed with it; none under split payment. */
      readonly vatMinor: number;
      readonly creditedMinor: number;
      /** Committed by a public administration and never paid: no longer due. */
      readonly writtenOffMinor: number;
    }
  | { readonly type: 'ActivationRequested'; readonly paidOn: PlainDate }
  | {
      readonly type: 'Activated';
      readonly activatedOn: PlainDate;
      readonly username: string;
      readonly granted: readonly Interval[];
      readonly expiresOn: PlainDate;
    }
  | { readonly type: 'ActivationFailed'; readonly reason: string }
  /** An order moved the end of the base service; `revived` when that made an expired service active again. */
  | {
      readonly type: 'ServiceExtended';
      readonly number: string;
      readonly orderType: OrderType;
      readonly origin: OpenOrder['origin'];
      readonly expiresOn: PlainDate;
      readonly revived: boolean;
    }
  | { readonly type: 'Expired'; readonly expiredOn: PlainDate; readonly lastDayToReactivate: PlainDate }
  | {
      readonly type: 'Terminated';
      readonly endedOn: PlainDate;
      readonly why: 'not_reactivated' | 'notice' | 'refunded';
    }
  | {
      readonly type: 'Closed';
      readonly endedOn: PlainDate;
      readonly why: 'cancelled' | 'unpaid' | 'not_activated';
    }
  | { readonly type: 'NoticeGiven'; readonly noticeGivenOn: PlainDate; readonly endsOn: PlainDate }
  | {
      readonly type: 'AutoRenewalSwitched';
      readonly on: boolean;
      readonly chargeAt: Instant | null;
      readonly why: 'customer' | 'order_paid' | 'method_removed' | 'notice' | 'refunded';
    }
  | {
      readonly type: 'PaymentMethodSet';
      readonly method: StoredMethod;
      readonly chargeAt: Instant | null;
      readonly why: 'customer' | 'order_paid';
      /** Whether it took the place of another method. */
      readonly replaces?: boolean;
    }
  | { readonly type: 'PaymentMethodRemoved' }
  | { readonly type: 'UsageReported'; readonly usedBytes: number }
  | { readonly type: 'RenewalReminderDue'; readonly daysBefore: number; readonly expiresOn: PlainDate }
  | { readonly type: 'AutoRenewalAnnounced'; readonly chargeOn: PlainDate; readonly expiresOn: PlainDate }
  | {
      readonly type: 'CardExpiryReminderDue';
      readonly methodId: string;
      /** The card's last day. */
      readonly validThrough: PlainDate;
      readonly expiresOn: PlainDate;
    }
  | { readonly type: 'LastCallDue'; readonly lastDayToReactivate: PlainDate }
  | { readonly type: 'ChargeStarted'; readonly attempt: ChargeAttempt }
  | {
      readonly type: 'ChargeSucceeded';
      readonly attemptId: string;
      readonly number: string;
      readonly occasion: ChargeAttempt['occasion'];
      readonly amountMinor?: number;
      /** Who placed the order; absent where it is no longer open. */
      readonly origin?: OpenOrder['origin'];
    }
  | {
      readonly type: 'ChargeDeclined';
      readonly attemptId: string;
      readonly number: string;
      readonly occasion: ChargeAttempt['occasion'];
      readonly reason: string;
      readonly nextTryOn: PlainDate | null;
      /** The method declined for good; absent where it may be tried again. */
      readonly refused?: StoredMethod;
    }
  | {
      readonly type: 'ChargeNeedsCustomer';
      readonly attemptId: string;
      readonly number: string;
      readonly confirmationUrl: string;
    }
  | {
      readonly type: 'ChargeUnresolved';
      readonly attemptId: string;
      readonly number: string;
      readonly reason: string;
      readonly retryAt: Instant;
    }
  | { readonly type: 'ChargeResumed'; readonly attemptId: string }
  | { readonly type: 'ChargeNotMade'; readonly attemptId: string; readonly number: string; readonly reason: string }
  | { readonly type: 'ChargesStopped'; readonly number: string; readonly why: 'payment_received' };

export interface EventMeta {
  /** 1, 2, 3 … within the subscription. */
  readonly sequence: number;
  /** When it took effect: a deadline's own instant, however late it was handled. */
  readonly at: Instant;
  /** The request that led to it, where one did: by it, a request that was carried out is known again. */
  readonly requestId?: string;
}

export type Event = EventBody & EventMeta;
export type EventType = Event['type'];
