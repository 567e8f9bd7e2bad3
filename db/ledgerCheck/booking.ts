/** What each event should have booked: worked out from the event alone, apart from the code that books it. */
import type { Event } from '../../domain/events.ts';
import type { OpenOrder } from '../../domain/orders.ts';

/** The journal an event should have. */
export interface Booking {
  /** Every account it has to touch, in cents, debits positive. */
  readonly exact: Readonly<Record<string, number>>;
  /** Where the other side may be, all of it; empty where `exact` is the whole journal. */
  readonly otherSide: readonly string[];
  /** Whether it may have no journal at all, being booked before its subscription heard of it. */
  readonly maybeBefore: boolean;
}

type Priced = OpenOrder['priced'];

/** What has to be known of the life beside its event. */
export interface Knowledge {
  readonly customerRef: string;
  /** The price of each order placed so far, by number. */
  readonly priced: ReadonlyMap<string, Priced>;
  /** What refunds lowered an order by, by account, in cents. */
  lowered(number: string): Readonly<Record<string, number>>;
  /** What of a payment was refunded of an order that the life had not heard of, up to the event. */
  refundedUnheard(number: string, paymentKey: string): number;
}

/** The journal of an event, or null where it moves no money. */
export function bookingOf(event: Event, known: Knowledge): Booking | null {
  const { customerRef } = known;
  switch (event.type) {
    case 'OrderPlaced':
      return whole(owed(event.order.number, event.order.priced));
    case 'OrderCancelled':
    case 'OrderReversed':
      return whole(undone(owed(event.number, known.priced.get(event.number)), known.lowered(event.number)));
    case 'PaymentReceived': {
      const { amountMinor } = event.payment;
      return {
        exact: { unapplied: -amountMinor },
        otherSide: ['cash:', 'customer_credit:', 'disputed', 'unmatched'],
        maybeBefore: true,
      };
    }
    case 'PaymentApplied':
      return out({ [`receivable:${event.number}`]: -event.payment.appliedMinor }, ['unapplied']);
    case 'PaymentCredited': {
      // An order that is undone gives back what it still has.
      const gone = event.reason === 'order_reversed' ? known.refundedUnheard(event.number, event.key) : 0;
      const amountMinor = Math.max(0, event.amountMinor - gone);
      return out({ [`customer_credit:${customerRef}`]: -amountMinor }, ['unapplied', `receivable:${event.number}`]);
    }
    case 'PaymentUnmatched':
      return out({ unmatched: -event.amountMinor }, ['unapplied', `receivable:${event.number}`]);
    case 'SurplusCredited':
      return out({ [`customer_credit:${customerRef}`]: -event.amountMinor }, ['deferred_revenue', 'vat_payable']);
    default:
      return null;
  }
}

function whole(exact: Booking['exact']): Booking {
  return { exact, otherSide: [], maybeBefore: false };
}

function out(exact: Booking['exact'], otherSide: readonly string[]): Booking {
  return { exact, otherSide, maybeBefore: false };
}

function owed(number: string, priced: Priced | undefined): Booking['exact'] {
  if (priced === undefined) return {};
  const { payableMinor, netMinor } = priced;
  return {
    [`receivable:${number}`]: payableMinor,
    deferred_revenue: -netMinor,
    vat_payable: netMinor - payableMinor,
  };
}

/** Takes an order back as far as refunds have not done so before. */
function undone(exact: Booking['exact'], lowered: Booking['exact']): Booking['exact'] {
  return Object.fromEntries(
    Object.entries(exact).map(([account, amount]) => [account, -amount - (lowered[account] ?? 0)]),
  );
}

/** Whether a journal, by account, is what was to be booked. */
export function isBooked({ exact, otherSide }: Booking, journal: Readonly<Record<string, number>>): boolean {
  const isExact = Object.entries(exact).every(([account, amount]) => (journal[account] ?? 0) === amount);
  const others = Object.keys(journal).filter((account) => !Object.hasOwn(exact, account));
  return isExact && others.every((account) => otherSide.some((allowed) => isOf(account, allowed)));
}

function isOf(account: string, allowed: string): boolean {
  return allowed.endsWith(':') ? account.startsWith(allowed) : account === allowed;
}

/** Accounts and cents in a line, for a person to compare. */
export function inWords(accounts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(accounts).filter(([, amount]) => amount !== 0);
  return (
    parts
      .map(([account, amount]) => `${account} ${(amount / 100).toFixed(2)}`)
      .toSorted()
      .join(', ') || 'nothing'
  );
}
