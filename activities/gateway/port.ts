/**
 * What a payment gateway has to provide. An adapter translates and nothing more: it neither retries nor decides.
 *
 * - Every call is made again after crashes, so the idempotency key must name the charge at the gateway too: the first
 *   settled answer to a key stands for good, for as long as a subscription may ask (a year at least). Where the gateway
 *   forgets its keys sooner, the key is written on the charge itself and looked for there, before anything is asked of it.
 * - An answer is only what the gateway has settled. Whatever leaves that open (no connection, a time-out, an error of
 *   theirs or in our access to them, a pending state, too many requests) is a GatewayUnreachableError: not yet known,
 *   which is never declined. It is looked up later, first often, then daily, until it is known.
 * - `find` asks what there is and makes nothing. It reads where a charge is to be seen as soon as it was made: a search
 *   that lags would have it made again.
 * - A capture tells when it was made, by the gateway's own clock; that date is the payment's registration date. It is all
 *   of the amount asked for, in euro: anything else is an error, for somebody to look at, and no payment.
 * - The same capture has the same `captureId`, amount and date by whatever way it is heard of (an answer, a look-up, a
 *   webhook): the ledger knows a payment by `<name>:<captureId>` and takes it once.
 * - A decline's reason is one of `domain/chargeReasons.ts`, which also says after which the method is not tried again. The
 *   gateway's own codes are translated in one table, and one it does not know is `declined`.
 * - Webhooks are taken by the API (`api/stripeWebhooks.ts` for Stripe): signature checked over the bytes as they came, with
 *   a tolerance of minutes; each event once, in any order; what it is about is read from the gateway, never from the event.
 *   What no message told is found by a list of events (`api/stripeCatchUp.ts`).
 * - Tokens hold all that the gateway must be told to charge again, at most 128 of `A-Z a-z 0-9 _ . : -`, never a card's
 *   number. What a card is known by (brand, last digits, last month) comes from the gateway, not from its customer.
 *
 * A new one also needs its name among the reserved sources (`api/paymentsSchema.ts`), its variables (`config/gateway.ts`),
 * and a page in docs/gateways.md; `test/support/stripeFake.ts` shows what to try it against.
 */
import type { Instant, PlainDate } from '../../domain/calendar.ts';
import type { StoredMethodKind } from '../../domain/orders.ts';

export interface ChargeRequest {
  readonly idempotencyKey: string;
  readonly token: string;
  readonly purpose: ChargePurpose;
  /** A card's last day as the customer gave it; null where nobody did. The gateway itself may know better. */
  readonly validThrough: PlainDate | null;
  /** Cents of euro. */
  readonly amountMinor: number;
  /** The life's own clock, which is a sandbox gateway's clock too. A real one has its own. */
  readonly at: Instant;
}

/** What a charge is for: written on it at the gateway, so that whatever comes back of it says whose it is. */
export interface ChargePurpose {
  readonly orderNumber: string;
  readonly subscriptionId: string;
  readonly methodId: string;
  readonly kind: StoredMethodKind;
}

/** By what an earlier charge is recognised. */
export interface ChargeLookup {
  readonly idempotencyKey: string;
  /** The method it would have been made to; null where we no longer know. */
  readonly token: string | null;
  readonly amountMinor: number;
}

export type GatewayAnswer =
  | {
      readonly kind: 'captured';
      /** Unique at this gateway. */
      readonly captureId: string;
      readonly amountMinor: number;
      readonly capturedAt: Instant;
    }
  | {
      readonly kind: 'declined';
      /** A short code, without personal data: it is stored, and shown in the words of `domain/chargeReasons.ts`. */
      readonly reason: string;
    }
  | {
      readonly kind: 'needs_customer';
      /** Where the customer confirms the charge. The capture that follows is told as a payment of its own. */
      readonly confirmationUrl: string;
    };

export interface RefundRequest {
  /** The refund's id, which is never used for another one. */
  readonly idempotencyKey: string;
  /** The payment that goes back, in part or whole: what its capture was called in the answer to the charge. */
  readonly captureId: string;
  /** Cents of euro; with earlier refunds at most what was captured. */
  readonly amountMinor: number;
  /** Our clock, which is a sandbox gateway's clock too. A real one has its own. */
  readonly at: Instant;
}

export type RefundAnswer =
  | {
      readonly kind: 'refunded';
      /** Unique at this gateway. */
      readonly refundId: string;
      readonly refundedAt: Instant;
    }
  | {
      readonly kind: 'refused';
      /** A short code, without personal data: it is stored, and shown to operators. */
      readonly reason: string;
    };

export interface PaymentGateway {
  /** Part of a payment's identity, so it never changes: `<name>:<captureId>`. Without a colon. */
  readonly name: string;
  /** Takes the money, once per idempotency key. */
  charge(request: ChargeRequest): Promise<GatewayAnswer>;
  /** What a charge came to, or null when none was settled under this key. */
  find(lookup: ChargeLookup): Promise<GatewayAnswer | null>;
  /** Gives money back to the card or account it came from, once per idempotency key. */
  refund(request: RefundRequest): Promise<RefundAnswer>;
}

/** The gateway left it open what became of a charge or a refund. */
export class GatewayUnreachableError extends Error {
  override readonly name = 'GatewayUnreachableError';
}
