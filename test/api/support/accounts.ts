/** Customers who log in, for the API's tests. */
import assert from 'node:assert/strict';
import { createCustomerAccount, findAccount, setTemporaryPassword } from '../../../db/accounts.ts';
import { createLink, type LinkPurpose } from '../../../db/passwordLinks.ts';
import { hashPassword } from '../../../db/passwords.ts';
import type { Instant } from '../../../domain/calendar.ts';
import type { Json, TestApi } from './api.ts';
import { createCustomer, holder } from './customers.ts';

export const PASSWORD = 'cavallo batteria graffetta';

let hash: Promise<string> | undefined;
/** Made once: hashing takes long by design. */
const passwordHash = (): Promise<string> => (hash ??= hashPassword(PASSWORD));

let serial = 0;
export const freshUsername = (): string => `cliente.${process.pid}.${(serial += 1)}`;

export interface LoggedIn {
  readonly username: string;
  readonly customerId: string;
  readonly token: string;
}

/** Over the API, as everybody does. */
export async function register(api: TestApi, changes: Json = {}): Promise<LoggedIn> {
  const username = freshUsername();
  const wanted = { username, password: PASSWORD, customer: holder(changes) };
  const { status, body } = await api.as(null).post('/v1/registrations', wanted);
  assert.equal(status, 201, JSON.stringify(body));
  const { token } = body['session'] as Json;
  return { username, customerId: String((body['customer'] as Json)['id']), token: String(token) };
}

/** A customer with an account of their own, logged in. */
export async function customerWithAccount(api: TestApi, changes: Json = {}): Promise<LoggedIn> {
  const customerId = await createCustomer(api, changes);
  const username = freshUsername();
  await createCustomerAccount(api.db, { customerId, username, passwordHash: await passwordHash() });
  return { username, customerId, token: await logIn(api, username) };
}

export async function logIn(api: TestApi, username: string, password = PASSWORD): Promise<string> {
  const { status, body } = await api.as(null).post('/v1/sessions', { username, password });
  assert.equal(status, 201, JSON.stringify(body));
  return String(body['token']);
}

/** Logged in with a service's credentials, their password chosen. */
export async function serviceLogin(api: TestApi, subscriptionId: string): Promise<LoggedIn> {
  const account = await findAccount(api.db, subscriptionId);
  assert.ok(account !== null);
  await setTemporaryPassword(api.db, subscriptionId, await passwordHash());
  await api.db('accounts').where({ id: account.id }).update({ must_change_password: false });
  const { username, customerId } = account;
  return { username, customerId, token: await logIn(api, username) };
}

/** As the mail does it. */
export async function mailedLink(
  api: TestApi,
  { customerId }: Pick<LoggedIn, 'customerId'>,
  purpose: LinkPurpose = 'reset',
): Promise<string> {
  const account: { id: string } | undefined = await api
    .db('accounts')
    .where({ customer_id: customerId, subscription_id: null })
    .first('id');
  assert.ok(account !== undefined);
  return createLink(api.db, { accountId: account.id, purpose }, Date.now() as Instant);
}
