/** What the sandbox gateway gave back, in its own books beside its charges. */
import type { Instant } from '../domain/calendar.ts';
import type { Db } from './database.ts';
import { findCharge, IdempotencyKeyReusedError } from './gateway.ts';
import { timestamp } from './values.ts';

export interface SandboxRefund {
  readonly idempotencyKey: string;
  readonly captureId: string;
  /** Cents. */
  readonly amountMinor: number;
  readonly outcome: 'refunded' | 'refused';
  readonly reason: string | null;
  readonly settledAt: Instant;
}

const REFUNDS = 'sandbox_gateway.refunds';
const columns = {
  idempotencyKey: 'idempotency_key',
  captureId: 'capture_id',
  amountMinor: 'amount_minor',
  outcome: 'outcome',
  reason: 'reason',
  settledAt: 'settled_at',
};

/** Settles a refund, or returns how it was settled before: the first answer to a key stands. */
export async function settleRefund(
  db: Db,
  request: { readonly idempotencyKey: string; readonly captureId: string; readonly amountMinor: number; at: Instant },
): Promise<SandboxRefund> {
  const { idempotencyKey, captureId, amountMinor, at } = request;
  return db.transaction(async (trx) => {
    await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`sandbox capture ${captureId}`]);
    const known: SandboxRefund | undefined = await trx(REFUNDS).where('idempotency_key', idempotencyKey).first(columns);
    if (known === undefined) {
      const reason = await whyRefused(trx, captureId, amountMinor);
      const outcome = reason === null ? 'refunded' : 'refused';
      const settled: SandboxRefund = { idempotencyKey, captureId, amountMinor, outcome, reason, settledAt: at };
      await trx(REFUNDS).insert({
        idempotency_key: idempotencyKey,
        capture_id: captureId,
        amount_minor: amountMinor,
        outcome,
        reason,
        settled_at: timestamp(at),
      });
      return settled;
    }
    if (known.captureId !== captureId || known.amountMinor !== amountMinor)
      throw new IdempotencyKeyReusedError(idempotencyKey);
    return known;
  });
}

async function whyRefused(trx: Db, captureId: string, amountMinor: number): Promise<string | null> {
  const charge = await findCharge(trx, captureId);
  if (charge?.outcome !== 'captured') return 'charge_unknown';
  if (charge.token === 'tok_refund_refused') return 'card_account_closed';
  const before: { amount_minor: number }[] = await trx(REFUNDS)
    .where({ capture_id: captureId, outcome: 'refunded' })
    .select('amount_minor');
  const refundedMinor = before.reduce((sum, { amount_minor: one }) => sum + one, 0);
  return refundedMinor + amountMinor > charge.amountMinor ? 'more_than_captured' : null;
}
