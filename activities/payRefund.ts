import type { Logger } from 'pino';
import type { Db } from '../db/database.ts';
import { beginPayout, payoutMade, payoutRefused } from '../db/refunding.ts';
import type { Instant } from '../domain/calendar.ts';
import type { PaymentGateway } from './gateway/port.ts';

export interface Payouts {
  readonly db: Db;
  readonly gateway: PaymentGateway | null;
  readonly log: Logger;
  /** The wall's clock. */
  readonly clock: () => Instant;
}

/**
 * Gives one refund to the gateway, once, however often it is asked for: the refund's id is the gateway's idempotency key,
 * and what came of it is in the ledger before this ends. Whatever stays unknown throws, so that it is asked again.
 */
export async function payRefund({ db, gateway, log, clock }: Payouts, refundId: string): Promise<void> {
  const payout = await beginPayout(db, refundId);
  if (payout === null) return; // paid before, or no longer the gateway's affair
  const { refund, captureId } = payout;
  if (gateway?.name !== payout.gateway) throw new Error(`The gateway "${payout.gateway}" is not connected here.`);
  const { amountMinor, requestedAt } = refund;
  const at = Math.max(clock(), requestedAt) as Instant;
  const answer = await gateway.refund({ idempotencyKey: refundId, captureId, amountMinor, at });
  if (answer.kind === 'refused') {
    await payoutRefused(db, refundId, answer.reason);
    log.warn({ refundId, reason: answer.reason }, 'refund refused by the gateway, left to an operator');
    return;
  }
  await payoutMade(db, refundId, answer.refundId, answer.refundedAt);
  log.info({ refundId }, 'refund made');
}
