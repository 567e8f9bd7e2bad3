/** Lives as a client of the public API leads them, and what the books say of them. */
import assert from 'node:assert/strict';
import { ledgerBalances, paymentPlaces } from '../../../db/ledger.ts';
import { listMessages } from '../../../db/messages.ts';
import { listPayments } from '../../../db/payments.ts';
import { formatInstant, instant, plainDate, type Instant, type PlainDate } from '../../../domain/calendar.ts';
import { ACCEPTED, holder } from '../../api/support/customers.ts';
import { eventual, eventually, type Json, type Stack } from './stack.ts';

const BY_TRANSFER = { type: 'bank_transfer' };

export interface Entry {
  readonly sequence: number;
  readonly at: string;
  readonly type: string;
  readonly data: Json;
}

export class Life {
  readonly stack: Stack;
  readonly id: string;
  readonly firstOrder: Json;

  constructor(stack: Stack, firstOrder: Json) {
    this.stack = stack;
    this.id = String(firstOrder['subscriptionId']);
    this.firstOrder = firstOrder;
  }

  async view(): Promise<Json> {
    return this.stack.ask('GET', `/v1/subscriptions/${this.id}`);
  }

  async expiresOn(): Promise<PlainDate> {
    return plainDate(String((await this.view())['expiresOn']));
  }

  async timeline(after = 0): Promise<Entry[]> {
    const { events } = await this.stack.ask('GET', `/v1/subscriptions/${this.id}/timeline?after=${after}`);
    return events as Entry[];
  }

  /** Sequence of the last event so far. */
  async sequence(): Promise<number> {
    return (await this.timeline()).at(-1)?.sequence ?? 0;
  }

  /** Moves this life's clock to an instant, and answers where on the wall's clock that life's instant zero now is. */
  async moveTo(to: Instant): Promise<{ offsetMs: number }> {
    const { now } = await this.stack.ask('POST', this.#path('clock/advance'), { to: formatInstant(to) });
    return { offsetMs: instant(String(now)) - Date.now() };
  }

  async moveBy(by: string): Promise<Entry[]> {
    const { events } = await this.stack.ask('POST', this.#path('clock/advance'), { by });
    return events as Entry[];
  }

  async order(wanted: Json, headers: Record<string, string> = {}): Promise<Json> {
    const body = { subscriptionId: this.id, acceptedTerms: ACCEPTED, paymentMethod: BY_TRANSFER, ...wanted };
    return this.stack.ask('POST', '/v1/orders', body, headers);
  }

  async becomes(status: string): Promise<void> {
    await eventual(
      `${this.id} to be ${status}`,
      () => this.view(),
      (view) => view['status'] === status,
    );
  }

  async today(): Promise<string> {
    return String((await this.view())['asOf']).slice(0, 10);
  }

  #path(of: string): string {
    return `/v1/subscriptions/${this.id}/${of}`;
  }
}

/** A customer's first order; by bank transfer unless said otherwise. */
export async function buy(stack: Stack, wanted: Json = {}): Promise<Life> {
  const { id } = await stack.ask('POST', '/v1/customers', holder());
  return new Life(stack, await stack.ask('POST', '/v1/orders', purchase(String(id), wanted)));
}

export function purchase(customerId: string, wanted: Json = {}): Json {
  const first = { type: 'first_purchase', customerId, product: 'fe', years: 1 };
  return { ...first, acceptedTerms: ACCEPTED, paymentMethod: BY_TRANSFER, ...wanted };
}

/** What a bank tells of a transfer for an order. */
export function transferFor(order: Json, registeredOn: string): Json {
  return {
    orderNumber: order['number'],
    amount: order['due'],
    method: 'bank_transfer',
    registeredOn,
    externalId: `transfer-${String(order['number'])}`,
  };
}

/** A service that is active, paid by bank transfer, or by a card of the sandbox where one is named. */
export async function subscribe(stack: Stack, card?: string): Promise<Life> {
  const life = await buy(stack, card === undefined ? {} : { paymentMethod: { type: 'card', token: card } });
  if (card === undefined) await stack.ask('POST', '/v1/payments', transferFor(life.firstOrder, await life.today()));
  await life.becomes('active');
  return life;
}

/** Waits until the outbox has nothing more to send. */
export async function untilAllMailIsSent({ db }: Stack): Promise<void> {
  await eventually('the mail to be sent', async () => (await db('messages').where({ status: 'queued' })).length === 0);
}

/**
 * Kinds of what a customer was mailed about a life since an event, each proved to have come exactly once. A worker killed
 * between the mail server's acceptance and our record repeats a mail under its Message-ID: to a mailbox they are one.
 */
export async function mailedSince({ stack, id }: Life, after: number): Promise<string[]> {
  const messages = await listMessages(stack.db, id);
  const ids = new Set(stack.mailbox.mails.map(({ messageId }) => messageId ?? ''));
  const arrived = [...ids].filter((own) => own.includes(id));
  for (const { sequence, message, status } of messages) {
    const copies = arrived.filter((own) => own.includes(`${id}.${sequence}.${message.kind}`)).length;
    assert.equal(copies, status === 'sent' ? 1 : 0, `${message.kind} is ${status} and came ${copies} times`);
  }
  const sent = messages.filter(({ status }) => status === 'sent');
  assert.equal(arrived.length, sent.length, 'a mail came that stands in no book');
  return sent.filter(({ sequence }) => sequence > after).map(({ message }) => message.kind);
}

/** What the gateway captured for a life's orders, and how often it was asked under each of these names. */
export async function captures({ stack, id }: Life): Promise<{ amountMinor: number; requests: number }[]> {
  return stack
    .db('sandbox_gateway.charges as charges')
    .join('sandbox_gateway.requests as requests', 'requests.idempotency_key', 'charges.idempotency_key')
    .join('orders', stack.db.raw("starts_with(charges.idempotency_key, orders.number || '-')"))
    .where({ 'orders.subscription_id': id, outcome: 'captured' })
    .orderBy('charges.settled_at')
    .select('charges.amount_minor as amountMinor', 'requests.requests');
}

/** The ledger balances, and all money of every payment of these lives is in one place, which is not `unapplied`. */
export async function assertMoneyIsInPlace({ db }: Stack, lives: readonly Life[]): Promise<void> {
  const balances = await ledgerBalances(db);
  assert.equal(
    Object.values(balances).reduce((sum, balance) => sum + balance, 0),
    0,
  );
  for (const { id } of lives) {
    for (const { key, amountMinor } of await listPayments(db, id)) {
      const places = await paymentPlaces(db, key);
      assert.deepEqual(
        places.map(({ account, amountMinor: held }) => [account.replace(/:.*/, ''), held]),
        [['receivable', amountMinor]],
        key,
      );
    }
  }
}
