/**
 * What money that names one order comes to, case by case: where it is in the ledger, what becomes of order and service,
 * what an operator sees and what the customer is told.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addDays, plainDate, type PlainDate } from '../../domain/calendar.ts';
import { startApi, type Json, type TestApi } from './support/api.ts';
import { camt, freshReference, imported, importedOne, TODAY, type Entry } from './support/bankFiles.ts';
import { activeService, untilStatus } from './support/customers.ts';
import { comesTo, unpaid, unpaidRenewal, waiting, type Unpaid } from './support/matching.ts';
import { stopProved } from './support/stopProved.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => stopProved(api));

const YESTERDAY = addDays(plainDate(TODAY), -1);

/** A transfer in the bank's file that gives the order's number as its reason. */
async function transferred({ number }: Unpaid, cents: number, date: string = TODAY): Promise<Entry> {
  return importedOne(api, camt([{ cents, text: `ordine ${number}`, date, reference: freshReference() }]));
}

function keyOf({ paymentKeys }: Entry): string {
  assert.equal(paymentKeys.length, 1);
  return paymentKeys[0] ?? '';
}

async function advance(subscriptionId: string, to: PlainDate): Promise<void> {
  const at = `${to}T12:00:00+01:00`;
  const { status, body } = await api.post(`/v1/subscriptions/${subscriptionId}/clock/advance`, { to: at });
  assert.equal(status, 200, JSON.stringify(body));
}

describe('an amount', () => {
  it('that is exact completes the order and activates the service', async () => {
    const order = await unpaid(api);
    const entry = await transferred(order, order.due);
    assert.deepStrictEqual([entry.outcome, entry.reason], ['matched', null]);
    await comesTo(api, order, entry.paymentKeys, {
      money: { order: 3050 },
      order: ['completed', 3050, 0],
      service: 'active',
      told: ['payment_received', 'activation'],
    });
    assert.equal(await waiting(api, keyOf(entry)), null);
  });

  it('is judged by what the entries before it in the same file have paid, whether or not lives have heard of them', async () => {
    const [one, two] = [await unpaid(api), await unpaid(api)];
    const entry = (cents: number, text: string) => ({ cents, text, reference: freshReference() });
    const { entries } = await imported(
      api,
      camt([
        entry(1000, `acconto ordine ${one.number}`),
        entry(2050, `saldo ordine ${one.number}`),
        entry(3050, `ordini ${one.number} e ${two.number}`),
        entry(500, `ordine ${one.number}`),
      ]),
    );
    assert.deepStrictEqual(
      entries.map(({ outcome, reason, ...told }) => [outcome, reason?.code ?? null, told['orderNumbers']]),
      [
        ['matched', 'under', [one.number]],
        ['matched', null, [one.number]],
        ['matched', null, [two.number]],
        ['matched', 'needless', [one.number]],
      ],
    );
    await comesTo(api, two, [keyOf(entries[2] as Entry)], {
      money: { order: 3050 },
      order: ['completed', 3050, 0],
      service: 'active',
      told: ['payment_received', 'activation'],
    });
  });

  it('too small is kept by the order, which asks for the rest; with the rest it completes', async () => {
    const order = await unpaid(api);
    const part = await transferred(order, 3000);
    assert.deepStrictEqual([part.outcome, part.reason?.code], ['matched', 'under']);
    await comesTo(api, order, part.paymentKeys, {
      money: { order: 3000 },
      order: ['awaiting_payment', 3000, 50],
      service: 'awaiting_payment',
      told: ['part_payment'],
    });
    assert.equal(await waiting(api, keyOf(part)), null);
    const rest = await transferred(order, 50);
    await comesTo(api, order, [keyOf(part), keyOf(rest)], {
      money: { order: 3050 },
      order: ['completed', 3050, 0],
      service: 'active',
      told: ['part_payment', 'payment_received', 'activation'],
    });
  });

  it('too large completes the order, and the rest is credit', async () => {
    const order = await unpaid(api);
    const entry = await transferred(order, 4000);
    assert.deepStrictEqual([entry.outcome, entry.reason?.code], ['matched', 'over']);
    await comesTo(api, order, entry.paymentKeys, {
      money: { order: 3050, credit: 950 },
      order: ['completed', 3050, 0],
      service: 'active',
      told: ['payment_received', 'activation'],
    });
    const { body } = await api.get(`/v1/customers/${order.customerId}`);
    assert.deepStrictEqual(body['credit'], { amountMinor: 950, currency: 'EUR' });
  });

  it('that comes twice is credit the second time', async () => {
    const order = await unpaid(api);
    const first = await transferred(order, order.due);
    await untilStatus(api, order.subscriptionId, 'active');
    const second = await transferred(order, order.due);
    assert.deepStrictEqual([second.outcome, second.reason?.code], ['matched', 'needless']);
    await comesTo(api, order, [keyOf(first), keyOf(second)], {
      money: { order: 3050, credit: 3050 },
      order: ['completed', 3050, 0],
      service: 'active',
      told: ['payment_received', 'activation', 'payment_received'],
    });
    assert.equal(await waiting(api, keyOf(second)), null);
  });

  it('in three transfers of one file completes the order with the last', async () => {
    const order = await unpaid(api);
    const parts = [1000, 1000, 1050].map((cents) => ({ cents, text: order.number, reference: freshReference() }));
    const { entries, counts } = await imported(api, camt(parts));
    assert.equal(counts['matched'], 3);
    await comesTo(api, order, entries.map(keyOf), {
      money: { order: 3050 },
      order: ['completed', 3050, 0],
      service: 'active',
      told: ['part_payment', 'part_payment', 'payment_received', 'activation'],
    });
  });
});

describe('a date', () => {
  it('before the order’s own day completes it on that day', async () => {
    const order = await unpaid(api);
    const entry = await transferred(order, order.due, YESTERDAY);
    await comesTo(api, order, entry.paymentKeys, {
      money: { order: 3050 },
      order: ['completed', 3050, 0],
      service: 'active',
      told: ['payment_received', 'activation'],
    });
    const { body } = await api.get(`/v1/orders/${order.number}`);
    const { body: payment } = await api.get(`/v1/payments/${encodeURIComponent(keyOf(entry))}`);
    assert.deepStrictEqual([body['completedOn'], payment['registeredOn']], [TODAY, YESTERDAY]);
  });

  /** A renewal that was never paid, and its service as many days after the expiry. */
  async function unrenewed(days: number): Promise<{ order: Unpaid; expiry: PlainDate }> {
    const { id, view } = await activeService(api);
    const order = await unpaidRenewal(api, id);
    const expiry = plainDate(String(view['expiresOn']));
    await advance(id, addDays(expiry, days));
    return { order, expiry };
  }

  it('before the expiry, heard of after it, renews the service from its expiry', async () => {
    const { order, expiry } = await unrenewed(20);
    const entry = await transferred(order, order.due, addDays(expiry, -1));
    await comesTo(api, order, entry.paymentKeys, {
      money: { order: 3050 },
      order: ['completed', 3050, 0],
      service: 'active',
      told: [...REMINDERS, 'expired', 'payment_received', 'renewed'],
    });
    const { body: view } = await api.get(`/v1/subscriptions/${order.subscriptionId}`);
    assert.equal(view['expiresOn'], `${Number(expiry.slice(0, 4)) + 1}${expiry.slice(4)}`);
    const { body } = await api.get(`/v1/orders/${order.number}`);
    assert.equal(body['completedOn'], addDays(expiry, -1));
  });

  const late: [what: string, day: number, why: RegExp][] = [
    ['by day 60, heard of after it', 60, /heard of after the last day allowed, though it was registered before/],
    ['on day 61', 61, /registered after the last day allowed/],
  ];
  for (const [what, day, why] of late) {
    it(`${what}, revives nothing: the money waits for an operator`, async () => {
      const { order, expiry } = await unrenewed(70);
      const entry = await transferred(order, order.due, addDays(expiry, day));
      assert.deepStrictEqual([entry.outcome, entry.reason?.code], ['matched', 'needless']);
      await comesTo(api, order, entry.paymentKeys, {
        money: { unmatched: 3050 },
        order: ['cancelled', 0, 0],
        service: 'terminated',
        told: [...REMINDERS, 'expired', 'last_call', 'terminated'],
      });
      const item = await waiting(api, keyOf(entry));
      assert.match(item?.why ?? '', why);
      assert.deepStrictEqual(item?.deeds, ['assign', 'refund']);
    });
  }
});

const REMINDERS = ['renewal_due', 'renewal_due', 'renewal_due'];

describe('money taken back', () => {
  it('by the bank that called the transfer back is due again; the service keeps its paid time', async () => {
    const order = await unpaid(api);
    const reference = freshReference();
    const text = `ordine ${order.number}`;
    const paid = await importedOne(api, camt([{ cents: order.due, text, reference }]));
    const view = await untilStatus(api, order.subscriptionId, 'active');
    const file = camt([{ cents: order.due, side: 'DBIT', reversal: true, reference }]);
    const back = await importedOne(api, file);
    assert.deepStrictEqual([back.outcome, back.reversalKeys.length], ['reversal', 1]);
    await comesTo(api, order, paid.paymentKeys, {
      money: { 'cash:bank_transfer': 3050 },
      order: ['completed', 0, 3050],
      service: 'active',
      told: ['payment_received', 'activation', 'payment_returned'],
    });
    await staysWithNotice(order, view);
    assert.equal(await waiting(api, back.id), null);
  });

  it('by the card’s holder (a chargeback) is due again just so, and switches nothing off', async () => {
    const paymentMethod = { type: 'card', token: 'tok_approved' };
    const { id, order: body, view } = await activeService(api, { paymentMethod });
    const order = { ...(await paidOrder(String(body['number']))), subscriptionId: id };
    const answer = await api.post(`/v1/payments/${encodeURIComponent(order.key)}/reversals`, {
      externalId: `chargeback-${order.number}`,
      source: 'acquirer',
      amount: { amountMinor: 3050, currency: 'EUR' },
      registeredOn: TODAY,
      reason: 'chargeback',
    });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    await comesTo(api, order, [order.key], {
      money: { 'cash:card': 3050 },
      order: ['completed', 0, 3050],
      service: 'active',
      told: ['payment_received', 'auto_renewal_switched', 'activation', 'payment_returned'],
    });
    await staysWithNotice(order, view);
  });

  async function paidOrder(number: string): Promise<Unpaid & { key: string }> {
    const { body } = await api.get(`/v1/orders/${number}`);
    const [payment] = body['payments'] as { key: string }[];
    const customerId = String(body['customerId']);
    return { number, subscriptionId: '', customerId, due: 0, key: payment?.key ?? '' };
  }

  /** The effect on the service, as it is stated: none but the debt, which shows Pay. */
  async function staysWithNotice({ subscriptionId, number }: Unpaid, before: Json): Promise<void> {
    const { body: view } = await api.get(`/v1/subscriptions/${subscriptionId}`);
    assert.equal(view['expiresOn'], before['expiresOn']);
    assert.deepStrictEqual((view['autoRenewal'] as Json)['on'], (before['autoRenewal'] as Json)['on']);
    const codes = (view['notices'] as Json[]).map(({ code }) => code);
    assert.ok(codes.includes('payment_returned'), JSON.stringify(codes));
    const [shown] = view['unpaidOrders'] as Json[];
    assert.deepStrictEqual([shown?.['number'], shown?.['canPay'], shown?.['canCancel']], [number, true, false]);
  }
});
