import type { Instant, PlainDate } from './calendar.ts';
import type { Deadline } from './deadlines.ts';
import type { PaymentMethodKind, StoredMethod } from './orders.ts';
import type { PricedOrder } from './pricing.ts';
import type { RefundNote } from './refunds.ts';
import type { HeldMoney, ReversalFact } from './reversals.ts';

/** An order priced and numbered outside the workflow, ready to be placed. */
export interface NumberedOrder {
  readonly number: string;
  readonly priced: PricedOrder;
}

/** Money that arrived. `key` names it once and for all: `<source>:<external id>`, unique in the ledger. */
export interface PaymentFact {
  readonly key: string;
  readonly orderNumber: string;
  readonly amountMinor: number;
  readonly method: PaymentMethodKind;
  readonly registeredOn: PlainDate;
  /** When the API took it in, on this life's clock: earlier than its signal where Temporal was down. */
  readonly receivedAt: Instant;
  readonly storedMethod: StoredMethod | null;
  /** An operator's, of money that waited as unmatched: 1, 2 … for this payment. It is then judged anew, for this order. */
  readonly assignment?: number;
}

/** What a charge came to. Unknown is never declined. */
export type ChargeOutcome =
  | { readonly kind: 'succeeded'; readonly payment: PaymentFact }
  | { readonly kind: 'declined'; readonly reason: string }
  | { readonly kind: 'needs_customer'; readonly confirmationUrl: string }
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'not_attempted'; readonly reason: string };

/** Requests: may be refused. */
export type Request =
  | { readonly type: 'PlaceOrder'; readonly order: NumberedOrder; readonly pay: StoredMethod | null }
  | { readonly type: 'PayOrder'; readonly number: string; readonly method: StoredMethod }
  | { readonly type: 'CancelOrder'; readonly number: string }
  | {
      readonly type: 'RegisterCommitment';
      readonly number: string;
      readonly registeredOn: PlainDate;
      readonly reference: string;
    }
  | { readonly type: 'SwitchAutoRenewal'; readonly on: boolean }
  | { readonly type: 'SetPaymentMethod'; readonly method: StoredMethod }
  | { readonly type: 'RemovePaymentMethod' }
  | { readonly type: 'ReportUsage'; readonly usedBytes: number }
  | { readonly type: 'GiveNotice' }
  | { readonly type: 'RetryActivation' }
  | { readonly type: 'ConfirmActivation'; readonly username: string }
  /** The service cannot be made: its order is undone, and what was paid becomes the customer's credit. */
  | { readonly type: 'AbandonActivation'; readonly reason: string }
  /** Decided and in the ledger: never refused. The service goes on, or ends today. */
  | { readonly type: 'NoteRefund'; readonly refund: RefundNote }
  | { readonly type: 'EndService'; readonly refund: RefundNote };

/** Facts: never refused. */
export type Fact =
  | { readonly type: 'RecordPayment'; readonly payment: PaymentFact }
  | {
      readonly type: 'RecordReversal';
      readonly reversal: ReversalFact;
      /** Looked up outside; null until then. */
      readonly held: HeldMoney | null;
    }
  | { readonly type: 'RecordChargeOutcome'; readonly attemptId: string; readonly outcome: ChargeOutcome }
  | { readonly type: 'RecordActivation'; readonly username: string }
  | { readonly type: 'RecordActivationFailure'; readonly reason: string }
  | { readonly type: 'RecordRejectedSignal'; readonly field: string; readonly reason: string }
  | {
      readonly type: 'ReachDeadline';
      readonly deadline: Deadline;
      /** The renewal's priced order, prepared outside, where `needsQuote` asked for one. */
      readonly quote: NumberedOrder | null;
    };

export type Command = Request | Fact;
