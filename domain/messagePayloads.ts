import type { PlainDate } from './calendar.ts';
import type { Sku } from './catalogue.ts';
import type { Interval } from './entitlements.ts';
import type { StoredMethodKind } from './orders.ts';
import type { OrderType } from './planning.ts';
import type { RefundWay } from './refunds.ts';
import type { ReversalReason } from './reversals.ts';

/** Facts frozen when it happened: amounts in cents, Rome dates, never personal data. */
export interface Payloads {
  order_confirmed: {
    number: string;
    orderType: OrderType;
    placedOn: PlainDate;
    years: number | null;
    lines: readonly LineSummary[];
    netMinor: number;
    vatPercent: number;
    vatMinor: number;
    splitPayment: boolean;
    payableMinor: number;
    /** Placed so late that a slow payment may be registered after the expiry. */
    late: boolean;
  };
  /** `creditedMinor` is the part the order did not need: customer credit. */
  payment_received: { number: string; amountMinor: number; creditedMinor: number };
  part_payment: { number: string; amountMinor: number; dueMinor: number };
  activation: { username: string; items: readonly Item[]; expiresOn: PlainDate };
  renewal_due: { daysBefore: number; expiresOn: PlainDate };
  auto_renewal_announced: {
    chargeOn: PlainDate;
    expiresOn: PlainDate;
    years: number;
    method: StoredMethodKind | null;
    /** Why that method cannot be charged, by its reason's code; absent where it can. */
    refusedFor?: string;
  };
  /** `validThrough` is the card's last day; `expiresOn` the service's expiry, which auto-renewal is to move. */
  card_expiring: { methodId: string; validThrough: PlainDate; expiresOn: PlainDate };
  /** `expiresOn` is null where the service had ended before the money was found: an operator sees to it. */
  charged: { number: string; amountMinor: number; expiresOn: PlainDate | null };
  declined: {
    number: string;
    occasion: 'auto_renewal' | 'checkout';
    amountMinor: number;
    nextTryOn: PlainDate | null;
    /** Null once it has passed. */
    expiresOn: PlainDate | null;
    /** The order's charges so far: a later one has overtaken this message. */
    attempts: number;
    /** Why the method can no longer be used, by its reason's code; absent where it may be tried again. */
    refusedFor?: string;
  };
  /**
   * Money was taken back. `number` is the order that lacks it now, with what is due on it; `completed` where that had its
   * effect, which it keeps. `creditMinor` is what the customer's credit lost.
   */
  payment_returned: {
    number: string | null;
    amountMinor: number;
    reason: ReversalReason;
    dueMinor: number;
    completed: boolean;
    creditMinor: number;
  };
  confirmation_needed: { number: string; amountMinor: number; confirmationUrl: string; expiresOn: PlainDate | null };
  renewed: { number: string; orderType: OrderType; expiresOn: PlainDate; revived: boolean };
  expired: { expiredOn: PlainDate; lastDayToReactivate: PlainDate };
  last_call: { lastDayToReactivate: PlainDate };
  terminated: { endedOn: PlainDate; why: 'not_reactivated' | 'notice' };
  /** `number`: the order it is of; null for money that belonged to none. `endedOn`: where the service ends with it. */
  refund: { number: string | null; amountMinor: number; way: RefundWay; endedOn: PlainDate | null };
  closed: { endedOn: PlainDate; number: string | null };
  /** `creditedMinor`: what was received for it, now the customer's credit. */
  activation_abandoned: { number: string; creditedMinor: number; closedOn: PlainDate };
  auto_renewal_switched: {
    on: boolean;
    why: 'customer' | 'order_paid';
    method: StoredMethodKind | null;
    /** Switched on inside the charging days: the charge follows at once. */
    chargesNow: boolean;
    expiresOn: PlainDate | null;
  };
  /** `methodId` and `method` are null when it was removed. */
  method_changed: {
    methodId: string | null;
    method: StoredMethodKind | null;
    autoRenewal: boolean;
    expiresOn: PlainDate | null;
  };
  notice_confirmed: { endsOn: PlainDate };
  /** Not `usable` while the base service is expired. */
  upgrade_active: { number: string; items: readonly Item[]; expiresOn: PlainDate | null; usable: boolean };
}

export interface LineSummary {
  readonly sku: Sku;
  readonly quantity: number;
  readonly from: PlainDate | null;
  readonly until: PlainDate | null;
  readonly months: number;
  readonly netMinor: number;
}

export type Item = Pick<Interval, 'sku' | 'quantity' | 'from' | 'until'>;
export type MessageKind = keyof Payloads;

export interface MessageOf<K extends MessageKind> {
  readonly kind: K;
  /** Unique within the subscription: one message per occasion, whatever fails. */
  readonly occasion: string;
  readonly payload: Readonly<Payloads[K]>;
}
export type Message = { [K in MessageKind]: MessageOf<K> }[MessageKind];
