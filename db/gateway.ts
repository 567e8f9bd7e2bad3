/** What the sandbox gateway remembers, in a schema of its own, as a real gateway would on its own machines. */
import type { Instant } from '../domain/calendar.ts';
import { CURRENCY } from '../domain/money.ts';
import type { Db } from './database.ts';
import { timestamp } from './values.ts';

export interface SandboxCharge {
  readonly idempotencyKey: string;
  readonly token: string;
  /** Cents. */
  readonly amountMinor: number;
  readonly outcome: 'captured' | 'declined' | 'needs_customer';
  readonly reason: string | null;
  /** On the life's own clock. */
  readonly settledAt: Instant;
}

/** The same idempotency key for another token or amount: a programmer's mistake, never charged. */
export class IdempotencyKeyReusedError extends Error {
  override readonly name = 'IdempotencyKeyReusedError';
  constructor(key: string) {
    super(`Idempotency key ${key} was used for another charge.`);
  }
}

const CHARGES = 'sandbox_gateway.charges';
const REQUESTS = 'sandbox_gateway.requests';

const columns = {
  idempotencyKey: 'idempotency_key',
  token: 'token',
  amountMinor: 'amount_minor',
  outcome: 'outcome',
  reason: 'reason',
  settledAt: 'settled_at',
};

/** What a charge came to, or null when none was settled under this key. */
export async function findCharge(db: Db, idempotencyKey: string): Promise<SandboxCharge | null> {
  const row = await db<SandboxCharge>(CHARGES).where('idempotency_key', idempotencyKey).first(columns);
  return (row as SandboxCharge | undefined) ?? null;
}

/** Settles a charge, or returns how it was settled before: the first answer to a key stands. */
export async function settleCharge(db: Db, charge: SandboxCharge): Promise<SandboxCharge> {
  await db(CHARGES)
    .insert({
      idempotency_key: charge.idempotencyKey,
      token: charge.token,
      amount_minor: charge.amountMinor,
      currency: CURRENCY,
      outcome: charge.outcome,
      reason: charge.reason,
      settled_at: timestamp(charge.settledAt),
    })
    .onConflict('idempotency_key')
    .ignore();
  const settled = await findCharge(db, charge.idempotencyKey);
  if (settled === null || settled.token !== charge.token || settled.amountMinor !== charge.amountMinor)
    throw new IdempotencyKeyReusedError(charge.idempotencyKey);
  return settled;
}

/** The customer confirmed (SCA): a charge that waited for it is captured. Null when none waited. */
export async function confirmCharge(db: Db, idempotencyKey: string, settledAt: Instant): Promise<SandboxCharge | null> {
  const rows: SandboxCharge[] = await db(CHARGES)
    .where({ idempotency_key: idempotencyKey, outcome: 'needs_customer' })
    .update({ outcome: 'captured', reason: null, settled_at: timestamp(settledAt) })
    .returning(Object.entries(columns).map(([name, column]) => `${column} as ${name}`));
  return rows[0] ?? null;
}

/** Counts a request that reached the gateway, whatever came of it, and returns how many there were under this key. */
export async function countRequest(db: Db, idempotencyKey: string): Promise<number> {
  const rows: { requests: number }[] = await db(REQUESTS)
    .insert({ idempotency_key: idempotencyKey, requests: 1 })
    .onConflict('idempotency_key')
    .merge({ requests: db.raw('requests.requests + 1') })
    .returning('requests');
  return (rows[0] as { requests: number }).requests;
}
