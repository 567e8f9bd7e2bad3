import { randomInt } from 'node:crypto';
import type { Db } from './database.ts';

/** A subscription's way in to the service. Only a hash of its password is kept. */
export interface Account {
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly username: string;
  readonly mustChangePassword: boolean;
}

interface AccountRecord {
  subscription_id: string;
  customer_id: string;
  username: string;
  password_hash: string | null;
  must_change_password: boolean;
}

const USERNAMES = 100_000_000;

/** The account of a subscription, made on the first call. The username says nothing about the person. */
export async function ensureAccount(
  db: Db,
  { subscriptionId, customerId }: { readonly subscriptionId: string; readonly customerId: string },
): Promise<{ readonly username: string }> {
  for (;;) {
    const known = await findAccount(db, subscriptionId);
    if (known !== null) return { username: known.username };
    // A username already taken is ignored as well, and drawn again.
    await db<AccountRecord>('accounts')
      .insert({
        subscription_id: subscriptionId,
        customer_id: customerId,
        username: `rn${randomInt(USERNAMES).toString().padStart(8, '0')}`,
      })
      .onConflict()
      .ignore();
  }
}

export async function findAccount(db: Db, subscriptionId: string): Promise<Account | null> {
  const row = await db<AccountRecord>('accounts').where({ subscription_id: subscriptionId }).first();
  if (row === undefined) return null;
  return {
    subscriptionId: row.subscription_id,
    customerId: row.customer_id,
    username: row.username,
    mustChangePassword: row.must_change_password,
  };
}

/**
 * Sets the password that is to be changed at first login. False, and nothing changed, once the customer has chosen
 * an own one: an activation message sent again must not lock anybody out.
 */
export async function setTemporaryPassword(db: Db, subscriptionId: string, hash: string): Promise<boolean> {
  const changed = await db<AccountRecord>('accounts')
    .where({ subscription_id: subscriptionId, must_change_password: true })
    .update({ password_hash: hash });
  return changed === 1;
}
