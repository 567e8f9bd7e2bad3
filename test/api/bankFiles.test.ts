/** Bank files end to end: money in a file reaches its order, once, or waits where an operator sees why. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ledgerBalances } from '../../db/ledger.ts';
import { addDays, plainDate } from '../../domain/calendar.ts';
import { slipCodeFor } from '../../domain/remittance.ts';
import { eventually, startApi, type Json, type TestApi } from './support/api.ts';
import {
  camt,
  cbi,
  decimal,
  freshReference,
  imported,
  importedOne,
  mt940,
  sendFile,
  slips,
  TODAY,
  type Entry,
  type Movement,
} from './support/bankFiles.ts';
import { firstOrder, untilStatus } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

interface Order {
  readonly number: string;
  readonly id: string;
  readonly due: number;
}

async function unpaid(changes: Json = {}): Promise<Order> {
  const { status, body } = await firstOrder(api, changes);
  assert.equal(status, 201, JSON.stringify(body));
  const due = (body['due'] as { amountMinor: number }).amountMinor;
  return { number: String(body['number']), id: String(body['subscriptionId']), due };
}

const received = async (number: string): Promise<number> => {
  const { body } = await api.get(`/v1/orders/${number}`);
  return (body['received'] as { amountMinor: number }).amountMinor;
};

async function untilReceived(number: string, cents: number): Promise<void> {
  await eventually(
    `${cents} cents for ${number}`,
    () => received(number),
    (sum) => sum === cents,
  );
}

const payments = async (): Promise<number> =>
  Number((await api.db('payments').where({ source: 'bank_file' }).count('* as count'))[0]?.['count']);

const brokenAndGlued = (number: string): string => `TRN 1001${number.slice(0, 4)} ${number.slice(4)}0306972148`;

describe('a file of each format', () => {
  const files: [name: string, (order: Order) => string, method: string][] = [
    ['CAMT.053', ({ number, due }) => camt([{ cents: due, text: `ORDINE ${number}` }]), 'bank_transfer'],
    ['CAMT.054', ({ number, due }) => camt([{ cents: due, text: `ord.${number}` }], { kind: '054' }), 'bank_transfer'],
    ['MT940', ({ number, due }) => mt940([{ cents: due, text: `BONIFICO PER ORDINE ${number}` }]), 'bank_transfer'],
    ['CBI RH', ({ number, due }) => cbi([{ cents: due, text: `ORDINE ${number}` }]), 'bank_transfer'],
    [
      'postal slips',
      ({ number, due }) => slips([{ amount: decimal(due, ','), code: slipCodeFor(number) }]),
      'postal_slip',
    ],
  ];
  for (const [name, write, method] of files) {
    it(`activates the service: ${name}`, async () => {
      const order = await unpaid();
      const entry = await importedOne(api, write(order));
      assert.deepStrictEqual([entry.outcome, entry.orderNumbers, entry.reason], ['matched', [order.number], null]);
      await untilStatus(api, order.id, 'active');
      const { body } = await api.get(`/v1/payments/${encodeURIComponent(entry.paymentKeys[0] ?? '')}`);
      assert.deepStrictEqual(
        [body['method'], body['status'], body['registeredOn'], (body['amount'] as Json)['amountMinor']],
        [method, 'applied', TODAY, order.due],
      );
    });
  }

  it('activates it also where the number is broken by a blank and glued to the bank’s own', async () => {
    const order = await unpaid();
    const { outcome, orderNumbers } = await importedOne(
      api,
      camt([{ cents: order.due, text: brokenAndGlued(order.number) }]),
    );
    assert.deepStrictEqual([outcome, orderNumbers], ['matched', [order.number]]);
    await untilStatus(api, order.id, 'active');
  });
});

describe('a file that comes again', () => {
  it('is answered with the first report, whatever its name', async () => {
    const order = await unpaid();
    const file = camt([{ cents: order.due, text: order.number }]);
    const first = await sendFile(api, file, '?name=estratto.xml');
    assert.equal(first.status, 201);
    await untilStatus(api, order.id, 'active');
    const before = [await ledgerBalances(api.db), await payments()];
    const again = await sendFile(api, file, '?name=altro%20nome.xml');
    assert.equal(again.status, 200);
    assert.deepStrictEqual(again.body, first.body);
    assert.deepStrictEqual([await ledgerBalances(api.db), await payments()], before);
    const { body } = await api.get(String(first.headers.get('location')));
    assert.deepStrictEqual(body, first.body);
  });

  it('in part, brings only what is new; whatever the order', async () => {
    const order = await unpaid();
    const parts: Movement[] = [1000, 1000, order.due - 2000].map((cents, index) => ({
      cents,
      text: `ordine ${order.number} rata ${index + 1}`,
      reference: freshReference(),
    }));
    const later = await imported(api, camt(parts.slice(1)));
    assert.equal(later.counts['matched'], 2);
    const earlier = await imported(api, camt(parts.slice(0, 2).toReversed()));
    assert.deepStrictEqual(
      earlier.entries.map(({ outcome, knownFrom }) => [outcome, knownFrom]),
      [
        ['matched', later.file.id],
        ['matched', null],
      ],
    );
    assert.deepStrictEqual([earlier.counts['matched'], earlier.counts['known']], [1, 1]);
    await untilReceived(order.number, order.due);
    await untilStatus(api, order.id, 'active');
  });

  it('as a notification first and a statement then, is one payment', async () => {
    const order = await unpaid();
    const movement = { cents: order.due, text: order.number, reference: freshReference() };
    await imported(api, camt([movement], { kind: '054' }));
    const { entries, counts } = await imported(api, camt([movement, { cents: 99, side: 'DBIT' }]));
    assert.deepStrictEqual([counts['known'], counts['matched'], entries[0]?.paymentKeys.length], [1, 0, 1]);
    await untilReceived(order.number, order.due);
  });

  it('twice at once, is booked once', async () => {
    const order = await unpaid();
    const before = await payments();
    const file = camt(
      [1, 2, 3, 4, 5].map((cents) => ({ cents, text: `ordine ${order.number}`, reference: freshReference() })),
    );
    const answers = await Promise.all([1, 2, 3].map(() => sendFile(api, file)));
    assert.deepStrictEqual(answers.map(({ status }) => status).toSorted(), [200, 200, 201]);
    assert.equal((await payments()) - before, 5);
    await untilReceived(order.number, 15);
  });

  it('with two entries that say the same, has two; and has them once', async () => {
    const order = await unpaid();
    const twin: Movement = { cents: 700, text: `ordine ${order.number}`, reference: null };
    await imported(api, camt([twin, twin]));
    const again = await imported(api, camt([twin, twin, { ...twin, cents: 1 }]));
    assert.deepStrictEqual([again.counts['known'], again.counts['matched']], [2, 1]);
    await untilReceived(order.number, 1401);
  });
});

describe('a transfer', () => {
  it('for two orders, of what both ask, pays both', async () => {
    const [a, b] = [await unpaid(), await unpaid({ years: 2 })];
    const entry = await importedOne(
      api,
      camt([{ cents: a.due + b.due, text: `pag. ordine ${a.number} e ${b.number}` }]),
    );
    assert.deepStrictEqual([entry.outcome, entry.orderNumbers], ['matched', [a.number, b.number]]);
    assert.ok(entry.paymentKeys[0]?.endsWith('/1') && entry.paymentKeys[1]?.endsWith('/2'));
    await untilStatus(api, a.id, 'active');
    await untilStatus(api, b.id, 'active');
  });

  it('for two orders, of another amount, waits with both, and can be assigned', async () => {
    const [a, b] = [await unpaid(), await unpaid({ years: 2 })];
    const entry = await importedOne(api, camt([{ cents: a.due, text: `pag. ordine ${a.number} e ${b.number}` }]));
    assert.deepStrictEqual([entry.outcome, entry.reason?.code], ['unmatched', 'amount_of_one']);
    assert.deepStrictEqual(
      entry.candidates.map(({ orderNumber }) => orderNumber),
      [a.number, b.number],
    );
    const item = await listed('payment_unmatched', entry.paymentKeys[0] ?? '');
    assert.match((item['what'] as Json)['en'] as string, /names several orders, and the amount is that of one/);
    const { candidates } = (item['details'] as Json)['bank'] as { candidates: unknown[] };
    assert.equal(candidates.length, 2);
    // It is of no customer's order: whose account a refund goes to has to be said.
    const refund = (item['actions'] as Json[]).find(({ name }) => name === 'refund');
    assert.deepStrictEqual(refund?.['body'], {
      paymentKey: entry.paymentKeys[0],
      amount: null,
      iban: null,
      holder: null,
      reason: null,
    });
    const assigned = await api.post(`/v1/payments/${encodeURIComponent(entry.paymentKeys[0] ?? '')}/assignment`, {
      orderNumber: a.number,
    });
    assert.equal(assigned.status, 202, JSON.stringify(assigned.body));
    await untilStatus(api, a.id, 'active');
  });

  it('of the wrong amount is judged by the life: less is kept, more becomes credit', async () => {
    const [a, b] = [await unpaid(), await unpaid()];
    const { entries } = await imported(
      api,
      camt([
        { cents: a.due - 1, text: a.number },
        { cents: b.due + 1, text: b.number },
      ]),
    );
    assert.deepStrictEqual(
      entries.map(({ outcome, reason }) => [outcome, reason?.code]),
      [
        ['matched', 'under'],
        ['matched', 'over'],
      ],
    );
    await untilReceived(a.number, a.due - 1);
    await untilStatus(api, b.id, 'active');
  });

  it('with a damaged number waits with the order that was meant', async () => {
    const order = await unpaid();
    const damaged = order.number.slice(0, 6) + order.number.slice(7);
    const entry = await importedOne(api, camt([{ cents: order.due, text: `ordine ${damaged}` }]));
    assert.deepStrictEqual([entry.outcome, entry.reason?.code], ['unmatched', 'no_order_named']);
    const meant = entry.candidates.find(({ orderNumber }) => orderNumber === order.number);
    assert.equal(meant?.reason?.code, 'damaged_number');
  });

  it('without a number waits with the order of its amount and its payer’s name', async () => {
    const order = await unpaid({ years: 3 });
    const payer = 'OFFICINE BIANCHI SRL';
    const entry = await importedOne(api, camt([{ cents: order.due, text: 'saldo', payer }]));
    const meant = entry.candidates.find(({ orderNumber }) => orderNumber === order.number);
    assert.deepStrictEqual([entry.outcome, meant?.reason?.code], ['unmatched', 'payer_and_amount']);
    assert.deepStrictEqual((await importedOne(api, camt([{ cents: order.due, payer: 'Altri' }]))).candidates, []);
  });
});

async function listed(kind: string, id: string): Promise<Json> {
  const { status, body } = await api.get('/v1/unmatched');
  assert.equal(status, 200, JSON.stringify(body));
  const item = (body['items'] as Json[]).find((one) => one['kind'] === kind && one['id'] === id);
  assert.ok(item !== undefined, JSON.stringify(body));
  return item;
}

describe('what is no payment to us', () => {
  it('is left alone, with the reason and a count', async () => {
    const order = await unpaid();
    const before = await payments();
    const text = order.number;
    const other = await imported(api, camt([{ cents: order.due, text }], { account: 'IT02L1234512345123456789012' }));
    assert.deepStrictEqual([other.counts['ignored'], other.entries[0]?.['text']], [1, '']);
    const { counts } = await imported(
      api,
      camt([
        { cents: 100, text: 'canone', side: 'DBIT' },
        { cents: order.due, text, currency: 'USD' },
        { cents: order.due, text, status: 'PDNG' },
        { cents: 0, text },
      ]),
    );
    assert.deepStrictEqual(counts['ignoredBecause'], { debit: 1, other_currency: 1, not_booked: 1, nothing: 1 });
    assert.equal(await payments(), before);
    assert.equal(await received(order.number), 0);
  });

  it('is one as soon as the bank has booked it', async () => {
    const order = await unpaid();
    const movement = { cents: order.due, text: order.number, reference: freshReference() };
    await imported(api, camt([{ ...movement, status: 'PDNG' }]));
    assert.equal((await importedOne(api, camt([movement]))).outcome, 'matched');
    await untilStatus(api, order.id, 'active');
  });

  it('because of its date, waits until that has come', async () => {
    const order = await unpaid();
    const date = addDays(plainDate(TODAY), 3);
    const entry = await importedOne(api, camt([{ cents: order.due, text: order.number, date }]));
    assert.deepStrictEqual([entry.outcome, entry.reason?.code], ['waiting', 'registered_in_future']);
    await listed('bank_entry_waiting', entry.id);
    assert.equal(await received(order.number), 0);
    await api.post(`/v1/subscriptions/${order.id}/clock/advance`, { by: 'P4D' });
    // Any later file brings it.
    await imported(api, camt([{ cents: 1, text: 'canone', side: 'DBIT' }]));
    await untilStatus(api, order.id, 'active');
  });

  it('with thousands separators is read as it is written, and never as something else', async () => {
    const row = (amount: string): string => slips([{ amount, code: '' }]);
    const { entries } = await imported(api, row('1.234,50'));
    assert.deepStrictEqual((entries[0]?.['amount'] as Json)['amountMinor'], 123450);
    const { status, body } = await sendFile(api, row('1.234'));
    assert.deepStrictEqual([status, body['code'], body['line']], [422, 'bank_file_unreadable', 2]);
  });
});

describe('a transfer that is called back', () => {
  async function paid(reference: string): Promise<Order & { entry: Entry }> {
    const order = await unpaid();
    const entry = await importedOne(api, camt([{ cents: order.due - 1, text: order.number, reference }]));
    await untilReceived(order.number, order.due - 1);
    return { ...order, entry };
  }

  it('under the bank’s own reference undoes its payment, whether or not the bank flags it', async () => {
    for (const reversal of [true, false]) {
      const reference = freshReference();
      const { number, due, entry } = await paid(reference);
      const back = await importedOne(api, camt([{ cents: due - 1, side: 'DBIT', reversal, reference }]));
      assert.deepStrictEqual([back.outcome, back.reversalKeys.length], ['reversal', 1], JSON.stringify(back));
      assert.notEqual(back.id, entry.id);
      await untilReceived(number, 0);
    }
  });

  it('under the order’s number and amount undoes its payment', async () => {
    const { number, due } = await paid(freshReference());
    const back = await importedOne(
      api,
      mt940([{ cents: due - 1, text: `STORNO ${number}`, side: 'DBIT', reversal: true }]),
    );
    assert.equal(back.outcome, 'reversal', JSON.stringify(back));
    await untilReceived(number, 0);
  });

  it('before it has come waits for it', async () => {
    const order = await unpaid();
    const reference = freshReference();
    const movement = { cents: order.due - 1, text: order.number, reference };
    const back = await importedOne(api, camt([{ ...movement, side: 'DBIT', reversal: true }]));
    assert.deepStrictEqual([back.outcome, back.reason?.code], ['waiting', 'reversal_unknown']);
    await imported(api, camt([movement]));
    const { body } = await api.get('/v1/unmatched');
    assert.ok(!(body['items'] as Json[]).some(({ id }) => id === back.id));
    await eventually(
      'the reversal',
      async () => Number((await api.db('reversals').where({ external_id: back.id }).count('* as n'))[0]?.['n']),
      (count) => count === 1,
    );
    await untilReceived(order.number, 0);
  });

  it('and names nothing waits, with the payments it may be of and the deed for each', async () => {
    const { due, entry } = await paid(freshReference());
    const back = await importedOne(api, camt([{ cents: due - 1, side: 'DBIT', reversal: true, text: 'storno' }]));
    assert.equal(back.outcome, 'waiting');
    const item = await listed('bank_entry_waiting', back.id);
    const deeds = item['actions'] as { name: string; href: string; body: Json }[];
    const deed = deeds.find(({ href }) => href.includes(encodeURIComponent(entry.paymentKeys[0] ?? '')));
    assert.ok(deed !== undefined && deed.name === 'take_back', JSON.stringify(deeds));
    const answer = await api.post(deed.href, deed.body);
    assert.ok(answer.status === 202 || answer.status === 200, JSON.stringify(answer.body));
    await api.post(`/v1/queue/bank_entry_waiting/${back.id}/acknowledgement`, { note: 'done by hand' });
    const { body } = await api.get('/v1/unmatched');
    assert.ok(!(body['items'] as Json[]).some(({ id }) => id === back.id));
  });
});
