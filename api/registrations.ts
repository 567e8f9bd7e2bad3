/**
 * A new customer, their account and their first session, all at once or not at all [guide 002].
 *
 * Nobody calls yet whom an Idempotency-Key could belong to: the username takes its place. The very same registration
 * again (a double click, an answer that was lost), with the same password and the same data, is answered as the first
 * was, with a session of its own; any other for that username is refused.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Request, Router } from 'express';
import type { z } from 'zod';
import { queueAccountMessage } from '../db/accountMessages.ts';
import { createCustomerAccount, findByUsername, UsernameTakenError, type Account } from '../db/accounts.ts';
import { createCustomer, findCustomer, type Customer } from '../db/customers.ts';
import { hashPassword, verifyPassword } from '../db/passwords.ts';
import { registration, usernameTaken } from './accountsSchema.ts';
import { Attempts } from './attempts.ts';
import type { Context } from './context.ts';
import { presentCustomer } from './customers.ts';
import { bodyOf, resource } from './routing.ts';
import { demandOtherThan, open, presentAccount } from './sessions.ts';

type Registration = z.output<typeof registration>;

interface Registered {
  readonly customer: Customer;
  readonly account: Account;
  readonly session: { readonly token: string; readonly expiresAt: string };
}

export function registrations(router: Router, context: Context): void {
  const attempts = new Attempts(context);
  resource(router, '/registrations', {
    post: async (request, response) => {
      const wanted = bodyOf(request, registration);
      demandOtherThan(wanted.username, wanted.password, 'password');
      await attempts.ofRegistration(request);
      const { customer, account, session } = await register(context, wanted).catch((error: unknown) => {
        if (error instanceof UsernameTakenError) return registeredBefore(context, attempts, request, wanted);
        throw error;
      });
      response
        .status(201)
        .set('Location', `/v1/customers/${customer.id}`)
        .json({ session: { ...session, account: presentAccount(account) }, customer: presentCustomer(customer) });
    },
  });
}

async function register(context: Context, { username, password, customer: given }: Registration): Promise<Registered> {
  // Before the transaction: it takes a while.
  const passwordHash = await hashPassword(password);
  return context.db.transaction(async (trx) => {
    const customer = await createCustomer(trx, given);
    const account = await createCustomerAccount(trx, { customerId: customer.id, username, passwordHash });
    await queueAccountMessage(trx, account.id, 'registration_confirmed');
    return { customer, account, session: await open(context, trx, { id: account.id, passwordHash }) };
  });
}

/** The first answer again, for who shows that the registration is theirs; anybody else learns that the name is taken. */
async function registeredBefore(
  context: Context,
  attempts: Attempts,
  request: Request,
  { username, password, customer: given }: Registration,
): Promise<Registered> {
  await attempts.ofPassword(request, username);
  const account = await findByUsername(context.db, username);
  const passwordHash = account?.passwordHash ?? null;
  const isRight = await verifyPassword(password, passwordHash);
  const customer = account?.subscriptionId === null ? await findCustomer(context.db, account.customerId) : null;
  if (!isRight || account === null || passwordHash === null || customer === null || !isSame(given, customer)) {
    throw usernameTaken();
  }
  await attempts.succeeded(request, username);
  return { customer, account, session: await open(context, context.db, { id: account.id, passwordHash }) };
}

function isSame(given: Registration['customer'], { id: _id, createdAt: _createdAt, ...known }: Customer): boolean {
  return isDeepStrictEqual(given, known);
}
