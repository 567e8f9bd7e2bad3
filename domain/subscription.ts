/**
 * The life of a subscription:
 *
 *   awaiting_payment ── payment registered ──> awaiting_activation ── provisioned ──> active
 *        │ cancelled, or unpaid for 60 days         │ refused                           │  ▲
 *        ▼                                          ▼                        expiry day │  │ renewal, reactivation,
 *      closed <── given up by an operator ── activation_failed ── operator ──> active   ▼  │ co-termed upgrade paid
 *                                                                                    expired
 *                          notice given: active ── expiry day ──> terminated <── day 61 ──┘
 */
import type { Instant, PlainDate } from './calendar.ts';
import type { BaseSku } from './catalogue.ts';
import { expiryOf, NO_ENTITLEMENTS, type Entitlements } from './entitlements.ts';
import { isSameMethod, type OpenOrder, type OrderOutcome, type StoredMethod } from './orders.ts';

export const STATUSES = [
  'awaiting_payment',
  'awaiting_activation',
  'activation_failed',
  'active',
  'expired',
  'terminated',
  'closed',
] as const;
export type Status = (typeof STATUSES)[number];

/** Configuration a life is started with; days are Rome calendar days. */
export interface Settings {
  readonly graceDays: number;
  readonly firstOrderDays: number;
  /** Days before expiry on which auto-renewal charges, the first and then the retries. */
  readonly chargeDays: readonly number[];
  readonly reminderDays: readonly number[];
  readonly announceDays: number;
  /** Day after expiry of the last call to reactivate. */
  readonly lastCallDay: number;
  readonly reactivationStart: 'expiry' | 'payment';
}

export const DEFAULT_SETTINGS: Settings = {
  graceDays: 60,
  firstOrderDays: 60,
  chargeDays: [7, 5, 3, 1],
  reminderDays: [90, 30, 7],
  announceDays: 30,
  lastCallDay: 53,
  reactivationStart: 'expiry',
};

/** One charge under way or unresolved. The id names the obligation, so it is also the gateway's idempotency key. */
export interface ChargeAttempt {
  readonly attemptId: string;
  readonly orderNumber: string;
  readonly amountMinor: number;
  readonly method: StoredMethod;
  readonly occasion: 'auto_renewal' | 'checkout';
  readonly startedAt: Instant;
  /** From here on the charge is only looked up, never made: auto-renewal makes none after expiry, nor while off. */
  readonly chargeUntil: Instant | null;
  /** How often the gateway left us without an answer. */
  readonly unanswered: number;
  /** When to ask again; null while an activity is asking. */
  readonly retryAt: Instant | null;
}

/** Auto-renewal's bookkeeping for the present expiry; starts afresh when the expiry moves. */
export interface RenewalCycle {
  readonly attempts: number;
  readonly lastOutcome: 'declined' | 'needs_customer' | 'unknown' | 'not_attempted' | null;
  /** Charge at once: switched on, or the method replaced, inside the charging days. */
  readonly chargeAt: Instant | null;
  /** The customer cancelled this expiry's order: nothing is charged until auto-renewal is switched on anew. */
  readonly orderCancelled: boolean;
}

export const NEW_CYCLE: RenewalCycle = { attempts: 0, lastOutcome: null, chargeAt: null, orderCancelled: false };

export type Phase =
  | { readonly status: 'awaiting_payment' }
  | { readonly status: 'awaiting_activation'; readonly paidOn: PlainDate }
  | { readonly status: 'activation_failed'; readonly paidOn: PlainDate; readonly reason: string }
  | { readonly status: 'active'; readonly noticeGivenOn: PlainDate | null }
  | { readonly status: 'expired'; readonly expiredOn: PlainDate }
  | {
      readonly status: 'terminated';
      readonly endedOn: PlainDate;
      readonly why: 'not_reactivated' | 'notice' | 'refunded';
    }
  | {
      readonly status: 'closed';
      readonly endedOn: PlainDate;
      readonly why: 'cancelled' | 'unpaid' | 'not_activated';
    };

export const SCHEMA_VERSION = 1;

/** The whole state, and the snapshot carried across continue-as-new: plain JSON, versioned, upcast when read. */
export interface Subscription {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  readonly id: string;
  /** Opaque: no personal data enters a workflow. */
  readonly customerRef: string;
  readonly product: BaseSku;
  readonly splitPayment: boolean;
  readonly settings: Settings;
  readonly phase: Phase;
  readonly entitlements: Entitlements;
  /** Moves with every change of what is owned; orders priced against another version are out of date. */
  readonly entitlementsVersion: number;
  /** Unpaid orders, and completed ones on which a commitment's amount is still due. */
  readonly orders: readonly OpenOrder[];
  /** The most recent finished orders, oldest first. */
  readonly finishedOrders: readonly { readonly number: string; readonly outcome: OrderOutcome }[];
  /** Years of the last completed first purchase, renewal or reactivation: what auto-renewal renews for. */
  readonly termYears: number;
  readonly autoRenewal: boolean;
  readonly method: StoredMethod | null;
  readonly attempt: ChargeAttempt | null;
  readonly cycle: RenewalCycle;
  readonly usedBytes: number;
  /** The most recent payments seen, oldest first, with what identifies their content. */
  readonly seenPayments: readonly { readonly key: string; readonly content: string }[];
  /** Money taken back, as payments above; absent before the first time. */
  readonly seenReversals?: readonly { readonly key: string; readonly content: string }[];
  /** The most recent refunds of this life's orders, oldest first; absent before the first. */
  readonly seenRefunds?: readonly string[];
  /** The latest instant handled: one-off deadlines up to it are done or skipped. */
  readonly handledThrough: Instant;
  /** Methods declined for good, the latest last, with the reason: no longer tried. Absent before the first time. */
  readonly refusedMethods?: readonly { readonly method: StoredMethod; readonly reason: string }[];
  /** The card whose end the customer was last reminded of; absent before the first time. */
  readonly toldOfCard?: { readonly methodId: string; readonly validThrough: PlainDate };
  /** Number of the last event. */
  readonly sequence: number;
}

export const RING_SIZE = 200;

export function newSubscription(
  start: Pick<Subscription, 'id' | 'customerRef' | 'product' | 'splitPayment'> & { settings?: Settings },
  now: Instant,
): Subscription {
  return {
    schemaVersion: SCHEMA_VERSION,
    id: start.id,
    customerRef: start.customerRef,
    product: start.product,
    splitPayment: start.splitPayment,
    settings: start.settings ?? DEFAULT_SETTINGS,
    phase: { status: 'awaiting_payment' },
    entitlements: NO_ENTITLEMENTS,
    entitlementsVersion: 0,
    orders: [],
    finishedOrders: [],
    termYears: 1,
    autoRenewal: false,
    method: null,
    attempt: null,
    cycle: NEW_CYCLE,
    usedBytes: 0,
    seenPayments: [],
    handledThrough: now,
    sequence: 0,
  };
}

export function hasEnded(subscription: Subscription): boolean {
  return subscription.phase.status === 'terminated' || subscription.phase.status === 'closed';
}

export function expiresOn(subscription: Subscription): PlainDate | null {
  return expiryOf(subscription.entitlements);
}

export function noticeGiven(subscription: Subscription): boolean {
  return subscription.phase.status === 'active' && subscription.phase.noticeGivenOn !== null;
}

/** Why a method is not tried any more, by its reason's code; null where it may be. A prolonged card counts as another. */
export function refusedFor({ refusedMethods }: Subscription, method: StoredMethod | null): string | null {
  const refused = refusedMethods?.findLast((one) => method !== null && isSameMethod(one.method, method));
  return refused?.reason ?? null;
}

export function findOrder(subscription: Subscription, number: string): OpenOrder | undefined {
  return subscription.orders.find((order) => order.number === number);
}
