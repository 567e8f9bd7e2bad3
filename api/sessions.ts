/** Logging in and out, and one's own password. */
import type { Request, Response, Router } from 'express';
import { queueAccountMessage } from '../db/accountMessages.ts';
import { accountNamed, findByUsername, setPassword, strengthenHash, type Account } from '../db/accounts.ts';
import { findCustomer } from '../db/customers.ts';
import type { Db } from '../db/database.ts';
import { nameOf } from '../db/party.ts';
import { dropLinks } from '../db/passwordLinks.ts';
import { hashPassword, isWeaker, verifyPassword } from '../db/passwords.ts';
import { endSession, endSessions, openSession, type Session } from '../db/sessions.ts';
import { login, passwordChange } from './accountsSchema.ts';
import { Attempts } from './attempts.ts';
import { sessionOf } from './authentication.ts';
import type { Context } from './context.ts';
import { instantText } from './present.ts';
import { invalid, ProblemError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { bodyOf, resource } from './routing.ts';

/** Open to everybody. */
export function sessions(router: Router, context: Context): void {
  const { db } = context;
  const attempts = new Attempts(context);
  resource(router, '/sessions', {
    post: async (request, response) => {
      const { username, password } = bodyOf(request, login);
      await attempts.ofPassword(request, username);
      const account = await findByUsername(db, username);
      // The work is the same where there is no such account, or none with a password yet.
      const isRight = await verifyPassword(password, account?.passwordHash ?? null);
      const passwordHash = account?.passwordHash ?? null;
      if (!isRight || account === null || passwordHash === null) throw new ProblemError('credentials_wrong');
      const opened = await openStrengthened(context, { ...account, passwordHash }, password);
      await attempts.succeeded(request, username);
      response.status(201).json({ ...opened, account: presentAccount(account) });
    },
  });
}

/** A session for who has shown the password, which is hashed anew where its hash is of an older kind. */
async function openStrengthened(
  context: Context,
  account: Account & { readonly passwordHash: string },
  password: string,
): Promise<{ token: string; expiresAt: string }> {
  const { id, passwordHash } = account;
  if (!isWeaker(passwordHash)) return open(context, context.db, { id, passwordHash });
  const stronger = await hashPassword(password);
  const isKept = await strengthenHash(context.db, id, passwordHash, stronger);
  return open(context, context.db, { id, passwordHash: isKept ? stronger : passwordHash });
}

/** Throws credentials_wrong where the password was replaced a moment ago. */
export async function open(
  { now }: Pick<Context, 'now'>,
  db: Db,
  { id: accountId, passwordHash }: { readonly id: string; readonly passwordHash: string },
): Promise<{ token: string; expiresAt: string }> {
  const opened = await openSession(db, { accountId, passwordHash }, now());
  if (opened === null) throw new ProblemError('credentials_wrong');
  return { token: opened.token, expiresAt: instantText(opened.expiresAt) };
}

/** For who is logged in, also while their password is a temporary one. */
export function ownSession(router: Router, context: Context): void {
  const { db } = context;
  const attempts = new Attempts(context);
  resource(router, '/session', {
    get: async (_request, response) => {
      const session = sessionOf(response);
      const customer = await findCustomer(db, session.customerId);
      if (customer === null) throw new Error(`Account ${session.accountId} has no customer.`);
      response.json({
        account: presentAccount(session),
        customer: { name: nameOf(customer), language: customer.language },
        expiresAt: instantText(session.expiresAt),
      });
    },
    delete: async (_request, response) => {
      await endSession(db, sessionOf(response));
      response.status(204).end();
    },
  });

  resource(router, '/session/password', {
    put: async (request, response) => {
      await changePassword(context, attempts, request, response);
      response.json({ account: presentAccount({ ...sessionOf(response), mustChangePassword: false }) });
    },
  });
}

async function changePassword(
  { db }: Context,
  attempts: Attempts,
  request: Request,
  response: Response,
): Promise<void> {
  const session = sessionOf(response);
  const { currentPassword, newPassword } = bodyOf(request, passwordChange);
  demandOtherThan(session.username, newPassword, 'newPassword');
  await attempts.ofPassword(request, session.username);
  const current = (await accountNamed(db, session.accountId))?.passwordHash ?? null;
  if (!(await verifyPassword(currentPassword, current)) || current === null) {
    throw invalid('currentPassword', REASONS.password_wrong);
  }
  await attempts.succeeded(request, session.username);
  if (await verifyPassword(newPassword, current)) throw invalid('newPassword', REASONS.password_same);
  const hash = await hashPassword(newPassword);
  const isSet = await db.transaction((trx) => replacePassword(trx, session, hash, { instead: current, but: session }));
  if (!isSet) throw invalid('currentPassword', REASONS.password_wrong);
}

/** Sets a chosen password, ends sessions opened with the one before, and tells the customer. False: it was replaced meanwhile. */
export async function replacePassword(
  trx: Db,
  { accountId }: { readonly accountId: string },
  hash: string,
  { instead, but }: { readonly instead?: string; readonly but?: Session } = {},
): Promise<boolean> {
  if (!(await setPassword(trx, accountId, hash, instead))) return false;
  await endSessions(trx, accountId, but);
  await dropLinks(trx, accountId);
  await queueAccountMessage(trx, accountId, 'password_changed');
  return true;
}

/** A password that is the username, however written, is the first one tried. */
export function demandOtherThan(username: string, password: string, field: string): void {
  if (password.toLowerCase() === username.toLowerCase()) throw invalid(field, REASONS.password_is_username);
}

export function presentAccount({
  username,
  customerId,
  subscriptionId,
  mustChangePassword,
}: Pick<Account, 'username' | 'customerId' | 'subscriptionId' | 'mustChangePassword'>): Record<string, unknown> {
  const kind = subscriptionId === null ? 'customer' : 'service';
  return { username, kind, customerId, subscriptionId, mustChangePassword };
}
