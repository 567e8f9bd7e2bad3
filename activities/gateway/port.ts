/**
 * What a payment gateway has to provide. An adapter translates and nothing more: it neither retries nor decides.
 *
 * - Both calls are made again after crashes, so the idempotency key must name the charge at the gateway too: the first
 *   settled answer to a key stands for good, for as long as a subscription may ask (a year at least).
 * - An answer is only what the gateway has settled. Whatever leaves that open (no connection, a time-out, an error of
 *   theirs, a pending state) is a GatewayUnreachableError: not yet known, which is never declined.
 * - A capture tells when it was made, by the gateway's own clock; that date is the payment's registration date.
 */
import type { Instant, PlainDate } from '../../domain/calendar.ts';

export interface ChargeRequest {
  readonly idempotencyKey: string;
  readonly token: string;
  /** A card's last day as the customer gave it; null where nobody did. The gateway itself may know better. */
  readonly validThrough: PlainDate | null;
  /** Cents of euro. */
  readonly amountMinor: number;
  /** The life's own clock, which is a sandbox gateway's clock too. A real one has its own. */
  readonly at: Instant;
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

export interface PaymentGateway {
  /** Part of a payment's identity, so it never changes: `<name>:<captureId>`. Without a colon. */
  readonly name: string;
  /** Takes the money, once per idempotency key. */
  charge(request: ChargeRequest): Promise<GatewayAnswer>;
  /** What a charge came to, or null when none was settled under this key. */
  find(idempotencyKey: string): Promise<GatewayAnswer | null>;
}

/** The gateway left it open what became of a charge. */
export class GatewayUnreachableError extends Error {
  override readonly name = 'GatewayUnreachableError';
}
