/** Links by which a password is set: mailed, good once, and only the newest of an account. */
import { createHash, randomBytes } from 'node:crypto';
import type { Instant } from '../domain/calendar.ts';
import type { Db } from './database.ts';
import { timestamp } from './values.ts';

export type LinkPurpose = 'reset' | 'invitation';

const HOUR_MS = 60 * 60_000;
/** For how long a link may be used. */
export const LINK_LIMIT_MS: Readonly<Record<LinkPurpose, number>> = { reset: HOUR_MS, invitation: 7 * 24 * HOUR_MS };
const TOKEN_BYTES = 32;

export interface PasswordLink {
  readonly accountId: string;
  readonly username: string;
  readonly passwordHash: string | null;
  readonly purpose: LinkPurpose;
}

interface LinkRecord {
  account_id: string;
  username: string;
  password_hash: string | null;
  purpose: LinkPurpose;
}

/** Makes the account's one link and returns its token in clear, this once. The link there was before is dead. */
export async function createLink(
  db: Db,
  { accountId, purpose }: { readonly accountId: string; readonly purpose: LinkPurpose },
  now: Instant,
): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  await db('password_links')
    .insert({
      token_hash: hashOf(token),
      account_id: accountId,
      purpose,
      created_at: timestamp(now),
      expires_at: timestamp((now + LINK_LIMIT_MS[purpose]) as Instant),
    })
    .onConflict('account_id')
    .merge();
  return token;
}

/** What a link opens; null where it was used, is too old, or never was. */
export async function findLink(db: Db, token: string, now: Instant): Promise<PasswordLink | null> {
  const row: LinkRecord | undefined = await db('password_links')
    .join('accounts', 'accounts.id', 'password_links.account_id')
    .where({ token_hash: hashOf(token) })
    .andWhere('expires_at', '>', timestamp(now))
    .first('account_id', 'username', 'password_hash', 'purpose');
  if (row === undefined) return null;
  return {
    accountId: row.account_id,
    username: row.username,
    passwordHash: row.password_hash,
    purpose: row.purpose,
  };
}

/** Uses a link up: true for the one who did, also where two try at once. */
export async function useLink(trx: Db, token: string, now: Instant): Promise<boolean> {
  const used = await trx('password_links')
    .where({ token_hash: hashOf(token) })
    .andWhere('expires_at', '>', timestamp(now))
    .delete();
  return used === 1;
}

/** A password that was just chosen is not to be changed by a link asked for before. */
export async function dropLinks(trx: Db, accountId: string): Promise<void> {
  await trx('password_links').where({ account_id: accountId }).delete();
}

/** A token holds 256 random bits: one round of SHA-256 is enough. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
