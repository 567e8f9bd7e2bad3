import { isSandboxToken, SANDBOX_GATEWAY } from '../../config/sandbox.ts';
import type { Db } from '../../db/database.ts';
import { dateAt } from '../../domain/calendar.ts';
import { hasExpired } from '../../domain/cards.ts';
import { countRequest, findCharge, settleCharge, type SandboxCharge } from '../../db/gateway.ts';
import { settleRefund } from '../../db/sandboxRefunds.ts';
import { GatewayUnreachableError, type ChargeRequest, type GatewayAnswer, type PaymentGateway } from './port.ts';

/** Where the customer area serves the page on which a charge is confirmed. */
const DEFAULT_PUBLIC_URL = 'http://127.0.0.1:3001';

/** A gateway that keeps its books in Postgres, so that it outlives a killed worker as a real one would. */
export function createSandboxGateway(db: Db, { publicUrl = DEFAULT_PUBLIC_URL } = {}): PaymentGateway {
  const base = publicUrl.replace(/\/$/, '');
  const answerOf = (charge: SandboxCharge): GatewayAnswer => describe(charge, base);
  return {
    name: SANDBOX_GATEWAY,

    async charge(request) {
      const requests = await countRequest(db, request.idempotencyKey);
      const settled = settlementOf(request);
      if (settled === null) throw new GatewayUnreachableError('The sandbox gateway does not answer to this token.');
      const charge = await settleCharge(db, settled);
      if (request.token === 'tok_timeout_after_capture' && requests === 1)
        throw new GatewayUnreachableError('The answer of the sandbox gateway was lost.');
      return answerOf(charge);
    },

    async find({ idempotencyKey }) {
      const charge = await findCharge(db, idempotencyKey);
      return charge === null ? null : answerOf(charge);
    },

    async refund(request) {
      const refund = await settleRefund(db, request);
      return refund.outcome === 'refunded'
        ? { kind: 'refunded', refundId: `refund-${refund.idempotencyKey}`, refundedAt: refund.settledAt }
        : { kind: 'refused', reason: refund.reason ?? 'refused' };
    },
  };
}

function settlementOf({ idempotencyKey, token, validThrough, amountMinor, at }: ChargeRequest): SandboxCharge | null {
  const charge = { idempotencyKey, token, amountMinor, settledAt: at };
  const captured = { ...charge, outcome: 'captured', reason: null } as const;
  const declined = { ...charge, outcome: 'declined', reason: 'insufficient_funds' } as const;
  if (!isSandboxToken(token)) return { ...declined, reason: 'unknown_token' };
  if (hasExpired({ validThrough }, dateAt(at))) return { ...declined, reason: 'card_expired' };
  switch (token) {
    case 'tok_approved':
    case 'tok_expires_soon':
    case 'tok_timeout_after_capture':
    case 'tok_refund_refused':
      return captured;
    case 'tok_declined':
      return declined;
    case 'tok_stolen':
      return { ...declined, reason: 'card_stolen' };
    case 'tok_declined_once':
      // The key ends with the number of the order's charge.
      return idempotencyKey.endsWith('-1') ? declined : captured;
    case 'tok_needs_customer':
      return { ...charge, outcome: 'needs_customer', reason: null };
    case 'tok_outage':
      return null;
  }
}

function describe(charge: SandboxCharge, publicUrl: string): GatewayAnswer {
  const { idempotencyKey, amountMinor, outcome, reason, settledAt } = charge;
  switch (outcome) {
    case 'captured':
      return { kind: 'captured', captureId: idempotencyKey, amountMinor, capturedAt: settledAt };
    case 'declined':
      return { kind: 'declined', reason: reason ?? 'declined' };
    case 'needs_customer':
      return { kind: 'needs_customer', confirmationUrl: `${publicUrl}/sandbox/confirmations/${idempotencyKey}` };
  }
}
