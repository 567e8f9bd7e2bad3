import type { Db } from './database.ts';
import { jsonb } from './values.ts';

export interface IdempotencyKey {
  /** Whose key it is: an API key's id or an account's. */
  readonly owner: string;
  /** As the client sent it. */
  readonly key: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * `new`: do it. `replay`: it was done, answer this. `in_progress`: it was begun and not answered, by a process that died
 * or is still at it; go on with `resume` (null: nothing was remembered yet). `mismatch`: the key was used for another request.
 */
export type Claim =
  | { readonly kind: 'new' }
  | ({ readonly kind: 'replay' } & StoredAnswer)
  | { readonly kind: 'in_progress'; readonly resume: unknown }
  | { readonly kind: 'mismatch' };

interface KeyRecord {
  owner: string;
  key: string;
  request_hash: string;
  resume: unknown;
  status: number | null;
  body: unknown;
}

export async function claim(db: Db, request: IdempotencyKey & { readonly requestHash: string }): Promise<Claim> {
  const id = { owner: request.owner, key: request.key };
  const inserted = await db('idempotency_keys')
    .insert({ ...id, request_hash: request.requestHash })
    .onConflict(['owner', 'key'])
    .ignore()
    .returning('key');
  if (inserted.length > 0) return { kind: 'new' };
  const known = await db<KeyRecord>('idempotency_keys').where(id).first();
  if (known === undefined || known.request_hash !== request.requestHash) return { kind: 'mismatch' };
  if (known.status === null) return { kind: 'in_progress', resume: known.resume };
  return { kind: 'replay', status: known.status, body: known.body };
}

/**
 * Remembers what a request begins with (its order number, its subscription) before it begins. Whoever is first decides:
 * everybody, also a second process at work on the same key, must go on with what this returns.
 */
export async function remember<Begun extends object>(
  db: Db,
  { owner, key }: IdempotencyKey,
  begun: Begun,
): Promise<Begun> {
  const rows: { resume: Begun }[] = await db('idempotency_keys')
    .where({ owner, key })
    .update({ resume: db.raw('coalesce(resume, ?::jsonb)', [jsonb(begun)]) })
    .returning('resume');
  const kept = rows[0];
  if (kept === undefined)
    throw new TypeError('An idempotency key must be claimed before anything is remembered for it.');
  return kept.resume;
}

/** Stores the answer for later replays; the first one stands. */
export async function complete(db: Db, { owner, key }: IdempotencyKey, answer: StoredAnswer): Promise<void> {
  await db('idempotency_keys')
    .where({ owner, key, status: null })
    .update({ status: answer.status, body: jsonb(answer.body ?? null), completed_at: db.fn.now() });
}
