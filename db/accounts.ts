import { randomInt } from 'node:crypto';
import type { Db } from './database.ts';

/** A way in: the customer's own, or to one service of theirs. Only a hash of its password is kept. */
export interface Account {
  readonly id: string;
  readonly customerId: string;
  /** Null: the customer's own account, which sees all their services. */
  readonly subscriptionId: string | null;
  readonly username: string;
  /** Null until a password was set: nobody can log in. */
  readonly passwordHash: string | null;
  readonly mustChangePassword: boolean;
}

interface AccountRecord {
  id: string;
  subscription_id: string | null;
  customer_id: string;
  username: string;
  password_hash: string | null;
  must_change_password: boolean;
}

/** Another account has this username, however its letters' case is written. */
export class UsernameTakenError extends Error {
  override readonly name = 'UsernameTakenError';
  constructor() {
    super('This username is taken.');
  }
}

const USERNAMES = 100_000_000;
/** Names like those drawn for services: nobody chooses one of these. */
export const DRAWN_USERNAME = /^rn\d{8}$/i;

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

/**
 * Gives a subscription's account the username an operator confirmed, unless somebody can log in with it already.
 * Throws UsernameTakenError.
 */
export async function nameAccount(
  db: Db,
  {
    subscriptionId,
    customerId,
    username,
  }: { readonly subscriptionId: string; readonly customerId: string; readonly username: string },
): Promise<void> {
  await orTaken(
    db('accounts')
      .insert({ subscription_id: subscriptionId, customer_id: customerId, username })
      .onConflict('subscription_id')
      .merge(['username'])
      .whereNull('accounts.password_hash'),
  );
}

/**
 * The customer's own account, made on the first call; the same again gives the same one. Without a password hash nobody
 * can log in until one is set. Throws UsernameTakenError, which ends a transaction it is thrown in.
 */
export async function createCustomerAccount(
  db: Db,
  {
    customerId,
    username,
    passwordHash,
  }: { readonly customerId: string; readonly username: string; readonly passwordHash: string | null },
): Promise<Account> {
  const known = await customerAccount(db, customerId);
  if (known !== null) return known;
  const rows: AccountRecord[] = await orTaken(
    db('accounts')
      .insert({ customer_id: customerId, username, password_hash: passwordHash, must_change_password: false })
      .returning('*'),
  );
  return accountOf(rows[0] as AccountRecord);
}

async function orTaken<Result>(query: PromiseLike<Result>): Promise<Result> {
  try {
    return await query;
  } catch (error) {
    const { constraint } = error as { constraint?: unknown };
    throw constraint === 'accounts_username' ? new UsernameTakenError() : error;
  }
}

export async function findAccount(db: Db, subscriptionId: string): Promise<Account | null> {
  return one(await db<AccountRecord>('accounts').where({ subscription_id: subscriptionId }).first());
}

/** The customer's own account. */
export async function customerAccount(db: Db, customerId: string): Promise<Account | null> {
  return one(await db<AccountRecord>('accounts').where({ customer_id: customerId, subscription_id: null }).first());
}

export async function accountNamed(db: Db, id: string): Promise<Account | null> {
  return one(await db<AccountRecord>('accounts').where({ id }).first());
}

/** By username, whatever the case of its letters. */
export async function findByUsername(db: Db, username: string): Promise<Account | null> {
  return one(await db<AccountRecord>('accounts').whereRaw('lower(username) = lower(?)', [username]).first());
}

/** Usernames of all accounts whose customer has the e-mail address of this account's customer; at most 50. */
export async function usernamesBeside(db: Db, accountId: string): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { username: string }[] }>(
    `select accounts.username from accounts as own
     join customers as mine on mine.id = own.customer_id
     join customers on lower(customers.email) = lower(mine.email)
     join accounts on accounts.customer_id = customers.id
     where own.id = ? order by accounts.created_at, accounts.username limit 50`,
    [accountId],
  );
  return rows.map(({ username }) => username);
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

/** Sets a password its owner chose. With `instead`, only where that is still the present hash: false otherwise. */
export async function setPassword(db: Db, accountId: string, hash: string, instead?: string): Promise<boolean> {
  const changed = await db<AccountRecord>('accounts')
    .where({ id: accountId, ...(instead === undefined ? {} : { password_hash: instead }) })
    .update({ password_hash: hash, must_change_password: false });
  return changed === 1;
}

/** The same password under a stronger hash; nothing, where it was changed meanwhile. */
export async function strengthenHash(db: Db, accountId: string, instead: string, hash: string): Promise<boolean> {
  const changed = await db<AccountRecord>('accounts')
    .where({ id: accountId, password_hash: instead })
    .update({ password_hash: hash });
  return changed === 1;
}

function one(row: AccountRecord | undefined): Account | null {
  return row === undefined ? null : accountOf(row);
}

function accountOf(row: AccountRecord): Account {
  return {
    id: row.id,
    customerId: row.customer_id,
    subscriptionId: row.subscription_id,
    username: row.username,
    passwordHash: row.password_hash,
    mustChangePassword: row.must_change_password,
  };
}
