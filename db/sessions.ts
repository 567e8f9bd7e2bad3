import { createHash, randomBytes } from 'node:crypto';
import type { Instant } from '../domain/calendar.ts';
import type { Db } from './database.ts';
import { timestamp } from './values.ts';

/** A session nobody used for so long has ended. */
export const IDLE_LIMIT_MS = 30 * 60_000;
/** However much it is used, a session ends after so long. */
export const SESSION_LIMIT_MS = 12 * 60 * 60_000;
/** A session's use is written down at most this often, so that reading does not become writing. */
const SEEN_EVERY_MS = 60_000;
const TOKEN_BYTES = 32;

/** Who is logged in, as far as every request needs to know. */
export interface Session {
  readonly accountId: string;
  readonly username: string;
  readonly customerId: string;
  /** Null for the customer's own account. */
  readonly subscriptionId: string | null;
  readonly mustChangePassword: boolean;
  /** Names the session without opening it. */
  readonly tokenHash: string;
  /** When it ends unless it is used before; also the latest it can be used. */
  readonly expiresAt: Instant;
}

interface SessionRecord {
  token_hash: string;
  account_id: string;
  username: string;
  customer_id: string;
  subscription_id: string | null;
  must_change_password: boolean;
  last_seen_at: Instant;
  expires_at: Instant;
}

/**
 * Opens a session for who showed the password that `passwordHash` is of, and returns its token in clear, this once: only
 * its hash is kept. Null when that password was replaced meanwhile: a reset ends also the login that is under way.
 */
export async function openSession(
  db: Db,
  { accountId, passwordHash }: { readonly accountId: string; readonly passwordHash: string },
  now: Instant,
): Promise<{ readonly token: string; readonly expiresAt: Instant } | null> {
  const token = `rs_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `insert into sessions (token_hash, account_id, created_at, last_seen_at, expires_at)
     select ?, id, ?, ?, ? from accounts where id = ? and password_hash = ? for share`,
    [
      hashOf(token),
      timestamp(now),
      timestamp(now),
      timestamp((now + SESSION_LIMIT_MS) as Instant),
      accountId,
      passwordHash,
    ],
  );
  if (rowCount === 0) return null;
  await forgetEnded(db, now);
  return { token, expiresAt: (now + IDLE_LIMIT_MS) as Instant };
}

/** The session a token opens, and notes that it was used; null where there is none, or not any more. */
export async function useSession(db: Db, token: string, now: Instant): Promise<Session | null> {
  const tokenHash = hashOf(token);
  const row: SessionRecord | undefined = await db('sessions')
    .join('accounts', 'accounts.id', 'sessions.account_id')
    .where({ token_hash: tokenHash })
    .first(
      'token_hash',
      'account_id',
      'username',
      'customer_id',
      'subscription_id',
      'must_change_password',
      'last_seen_at',
      'expires_at',
    );
  if (row === undefined || now >= row.expires_at || now >= row.last_seen_at + IDLE_LIMIT_MS) return null;
  const isNoted = now < row.last_seen_at + SEEN_EVERY_MS;
  if (!isNoted) {
    await db('sessions')
      .where({ token_hash: tokenHash })
      .andWhere('last_seen_at', '<', timestamp(now))
      .update({ last_seen_at: timestamp(now) });
  }
  const seenAt = isNoted ? row.last_seen_at : now;
  return {
    accountId: row.account_id,
    username: row.username,
    customerId: row.customer_id,
    subscriptionId: row.subscription_id,
    mustChangePassword: row.must_change_password,
    tokenHash,
    expiresAt: Math.min(row.expires_at, seenAt + IDLE_LIMIT_MS) as Instant,
  };
}

export async function endSession(db: Db, { tokenHash }: Pick<Session, 'tokenHash'>): Promise<void> {
  await db('sessions').where({ token_hash: tokenHash }).delete();
}

/** Ends an account's sessions, all but one where one is given. */
export async function endSessions(db: Db, accountId: string, but?: Pick<Session, 'tokenHash'>): Promise<void> {
  const ending = db('sessions').where({ account_id: accountId });
  if (but !== undefined) void ending.andWhereNot({ token_hash: but.tokenHash });
  await ending.delete();
}

/** What can never be used again needs not be kept. */
async function forgetEnded(db: Db, now: Instant): Promise<void> {
  await db('sessions')
    .where('expires_at', '<=', timestamp(now))
    .orWhere('last_seen_at', '<=', timestamp((now - IDLE_LIMIT_MS) as Instant))
    .delete();
}

/** A token holds 256 random bits: one round of SHA-256 is enough, and looking it up by hash leaks nothing of it. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
