/** People who are logged in, without going through the login. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { openSession } from '../../../db/sessions.ts';
import type { Instant } from '../../../domain/calendar.ts';
import type { Answer, TestApi } from './api.ts';

export interface SignedIn {
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
}

/** Logged in with the customer's own account, or with the credentials of one of their services. */
export async function signIn(
  api: TestApi,
  customerId: string,
  subscriptionId: string | null = null,
): Promise<SignedIn> {
  const passwordHash = randomUUID();
  const account = {
    password_hash: passwordHash,
    must_change_password: false,
  };
  const rows: { id: string }[] =
    subscriptionId === null
      ? await api
          .db('accounts')
          .insert({ ...account, customer_id: customerId, username: `u-${randomUUID()}` })
          .returning('id')
      : await api.db('accounts').where({ subscription_id: subscriptionId }).update(account).returning('id');
  const accountId = rows[0]?.id;
  assert.ok(accountId, 'there is no account to sign in with');
  const session = await openSession(api.db, { accountId, passwordHash }, Date.now() as Instant);
  assert.ok(session);
  const headers = { authorization: `Bearer ${session.token}` };
  return {
    get: (path) => api.send('GET', path, undefined, headers),
    post: (path, body) => api.send('POST', path, body, headers),
    put: (path, body) => api.send('PUT', path, body, headers),
  };
}
