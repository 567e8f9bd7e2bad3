import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Db } from './database.ts';

const KEY_BYTES = 24;

/** Makes a key and returns it in clear, this once: only its hash is kept. */
export async function createApiKey(db: Db, name: string): Promise<string> {
  const key = `rk_${randomBytes(KEY_BYTES).toString('base64url')}`;
  await db('api_keys').insert({ id: `key_${randomUUID()}`, name, key_hash: hashOf(key) });
  return key;
}

export async function verifyApiKey(
  db: Db,
  key: string,
): Promise<{ readonly id: string; readonly name: string } | null> {
  const row = await db<{ id: string; name: string; key_hash: string }>('api_keys')
    .where({ key_hash: hashOf(key) })
    .first('id', 'name');
  return row ?? null;
}

/** A key holds 192 random bits, so one round of SHA-256 is enough, and looking it up by hash leaks nothing of it. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
