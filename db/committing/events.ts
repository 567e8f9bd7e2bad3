import type { Event } from '../../domain/events.ts';
import type { Subscription } from '../../domain/subscription.ts';
import type { Db } from '../database.ts';
import { cancelled, completed, partPaid, placed, reversed } from './orders.ts';
import { refundTold } from '../refunding.ts';
import { applied, conflictNoted, heard, released, surplusCredited } from './payments.ts';
import { takenBack } from './reversals.ts';

/** Keeps orders, payments and the ledger in step with one event. */
export async function recordEvent(trx: Db, subscription: Subscription, event: Event): Promise<void> {
  switch (event.type) {
    case 'OrderPlaced':
      return placed(trx, subscription, event);
    case 'OrderCancelled':
      return cancelled(trx, subscription, event);
    case 'OrderReversed':
      return reversed(trx, subscription, event);
    case 'OrderCompleted':
      return completed(trx, event);
    case 'PaymentReceived':
      return heard(trx, subscription, event);
    case 'PaymentApplied':
      await partPaid(trx, event);
      return applied(trx, subscription, event);
    case 'PaymentCredited':
      return released(trx, subscription, event, `customer_credit:${subscription.customerRef}`);
    case 'PaymentUnmatched':
      return released(trx, subscription, event, 'unmatched');
    case 'PaymentReversed':
      return takenBack(trx, subscription, event);
    case 'SurplusCredited':
      return surplusCredited(trx, subscription, event);
    case 'RefundMade':
      return refundTold(trx, event.refundId);
    case 'PaymentConflictNoted':
      return conflictNoted(trx, subscription, event);
    // The timeline and the read model say all there is to say of these.
    case 'SignalRejected':
    case 'CommitmentRegistered':
    case 'OrderSettled':
    case 'ActivationRequested':
    case 'Activated':
    case 'ActivationFailed':
    case 'ServiceExtended':
    case 'Expired':
    case 'Terminated':
    case 'Closed':
    case 'NoticeGiven':
    case 'AutoRenewalSwitched':
    case 'PaymentMethodSet':
    case 'PaymentMethodRemoved':
    case 'UsageReported':
    case 'RenewalReminderDue':
    case 'AutoRenewalAnnounced':
    case 'CardExpiryReminderDue':
    case 'LastCallDue':
    case 'ChargeStarted':
    case 'ChargeSucceeded':
    case 'ChargeDeclined':
    case 'ChargeNeedsCustomer':
    case 'ChargeUnresolved':
    case 'ChargeResumed':
    case 'ChargeNotMade':
    case 'ChargesStopped':
      return;
  }
}
