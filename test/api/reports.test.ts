/** Reports over HTTP: numbers of a scenario made by hand, as JSON and as files. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import { ledgerBalances } from '../../db/ledger.ts';
import { recordPayment } from '../../db/payments.ts';
import { instantOf, plainDate } from '../../domain/calendar.ts';
import { CATALOGUE, Life, START } from '../db/support/life.ts';
import { paid, refunded, takenBack } from '../db/support/moves.ts';
import { startApi, type Answer, type Json, type TestApi } from './support/api.ts';

const eur = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });
const sum = (count: number, amountMinor: number): Json => ({ count, amount: eur(amountMinor) });
const NONE = sum(0, 0);

let api: TestApi;
/** On 4 March 2027: `late` ordered on 20 January and paid in part, `steady` is active, `returned` had its money taken back. */
let lives: Record<'late' | 'steady' | 'returned', { life: Life; number: string }>;

before(async () => {
  api = await startApi({ worker: false, change: (context) => ({ ...context, now: () => START }) });
  const late = await Life.begin(api.db);
  late.now = instantOf(plainDate('2027-01-20'), 10);
  const ordered = await late.order('first_purchase');
  await late.commit();
  late.now = START;
  await paid(late, { orderNumber: ordered, key: 'bank:part', amountMinor: 1000, method: 'postal_slip' });
  const [steady, returned] = [await active(), await active()];
  // Paid twice, by a payer whose bank lets anything be written.
  await paid(steady.life, { orderNumber: steady.number, key: '=cmd:1', amountMinor: 500, method: 'card' });
  await refunded(steady.life, { source: 'credit', customerId: steady.life.customer.id }, 200);
  const method = { methodId: 'pm_1', kind: 'card', validThrough: plainDate('2028-01-31') } as const;
  steady.life.do({ type: 'SetPaymentMethod', method });
  steady.life.tell({ type: 'SwitchAutoRenewal', on: true });
  await steady.life.commit();
  await takenBack(returned.life, `bank:${returned.number}`, { amountMinor: 3050 });
  const stray = steady.life.newPayment(
    steady.life.payment({ orderNumber: '1000000137', key: 'bank:stray', amountMinor: 77 }),
  );
  await recordPayment(api.db, { ...stray, subscriptionId: null });
  lives = { late: { life: late, number: ordered }, steady, returned };
});
after(() => api.stop());

async function active(): Promise<{ life: Life; number: string }> {
  const life = await Life.active(api.db);
  return { life, number: String(life.state.finishedOrders[0]?.number) };
}

async function report(path: string): Promise<Json & { rows: Json[]; totals: Json }> {
  const { status, body, headers } = await api.get(`/v1/reports/${path}`);
  assert.equal(status, 200, JSON.stringify(body));
  assert.match(String(headers.get('content-type')), /^application\/json/);
  return body as Json & { rows: Json[]; totals: Json };
}

/** A file's lines, by its headers. */
async function file(path: string, language = 'en'): Promise<{ answer: Answer; lines: Record<string, string>[] }> {
  const headers = { accept: 'text/csv', 'accept-language': language };
  const answer = await api.send('GET', `/v1/reports/${path}`, undefined, headers);
  assert.equal(answer.status, 200);
  assert.match(String(answer.headers.get('content-type')), /^text\/csv/);
  const lines = parse(String(answer.body['text']), { columns: true, bom: true });
  return { answer, lines: lines as Record<string, string>[] };
}

describe('the payments of a day', () => {
  it('are listed and summed by method, with what was taken back', async () => {
    const { on, rows, totals } = await report('payments?on=2027-03-04');
    assert.equal(on, '2027-03-04');
    assert.deepStrictEqual(
      rows.map(({ kind, method, amount }) => [kind, method, amount]).toSorted(),
      [
        ['payment', 'bank_transfer', eur(3050)],
        ['payment', 'bank_transfer', eur(3050)],
        ['payment', 'bank_transfer', eur(77)],
        ['payment', 'card', eur(500)],
        ['payment', 'postal_slip', eur(1000)],
        ['reversal', 'bank_transfer', eur(3050)],
      ].toSorted(),
    );
    const nothing = { payments: NONE, reversals: NONE, refunds: NONE };
    assert.deepStrictEqual(totals, {
      byMethod: {
        bank_transfer: { payments: sum(3, 6177), reversals: sum(1, 3050), refunds: NONE },
        postal_slip: { ...nothing, payments: sum(1, 1000) },
        card: { ...nothing, payments: sum(1, 500) },
        paypal: nothing,
        credit: nothing,
        unknown: nothing,
      },
      all: { payments: sum(5, 7677), reversals: sum(1, 3050), refunds: NONE },
      net: eur(4627),
    });
  });

  it('are today’s where no day is given, and none on a day without any', async () => {
    assert.equal((await report('payments'))['on'], '2027-03-04');
    assert.deepStrictEqual((await report('payments?on=2027-03-05')).rows, []);
  });

  it('come as a file that a spreadsheet adds up and that runs nothing', async () => {
    const { answer, lines } = await file('payments?on=2027-03-04');
    assert.match(String(answer.headers.get('content-disposition')), /payments-2027-03-04\.csv/);
    const card = lines.find(({ Method }) => Method === 'card');
    assert.deepStrictEqual(card, {
      Entry: 'payment',
      Method: 'card',
      'Amount (EUR)': '5.00',
      Id: "'=cmd:1",
      Payment: "'=cmd:1",
      Order: lives.steady.number,
      Service: lives.steady.life.id,
      Customer: lives.steady.life.customer.id,
    });
    assert.equal(lines.length, 6);
    const { lines: italian } = await file('payments?on=2027-03-04', 'it');
    assert.deepStrictEqual(Object.keys(italian[0] ?? {}).slice(0, 3), ['Voce', 'Metodo', 'Importo (EUR)']);
    assert.ok(italian.some(({ Voce, Metodo }) => Voce === 'storno' && Metodo === 'bonifico'));
  });

  it('are refused of no day at all', async () => {
    for (const query of ['on=yesterday', 'on=2027-02-30', 'day=2027-03-04']) {
      const { status, body } = await api.get(`/v1/reports/payments?${query}`);
      assert.deepStrictEqual([status, body['code']], [400, 'invalid_input'], query);
    }
  });
});

describe('receivables', () => {
  it('are listed by order and summed by age', async () => {
    const { rows, totals, today } = await report('receivables');
    assert.equal(today, '2027-03-04');
    assert.deepStrictEqual(
      rows.map((row) =>
        ['number', 'why', 'since', 'countedOn', 'days', 'age', 'received', 'due'].map((name) => row[name]),
      ),
      [
        [lives.late.number, 'unpaid', '2027-01-20', '2027-03-04', 43, '31-60', eur(1000), eur(2050)],
        [lives.returned.number, 'returned', '2027-03-04', '2027-03-04', 0, '0-30', eur(0), eur(3050)],
      ],
    );
    assert.deepStrictEqual(totals, {
      byAge: { '0-30': sum(1, 3050), '31-60': sum(1, 2050), '61-90': NONE, '>90': NONE },
      byReason: { unpaid: sum(1, 2050), committed: NONE, returned: sum(1, 3050) },
      all: sum(2, 5100),
    });
    const { lines } = await file('receivables');
    assert.deepStrictEqual(
      lines.map((line) => [line['Order'], line['Reason'], line['Days'], line['Due (EUR)']]),
      [
        [lives.late.number, 'unpaid', '43', '20.50'],
        [lives.returned.number, 'payment returned', '0', '30.50'],
      ],
    );
  });
});

describe('what is held', () => {
  it('is credit, unmatched money and refunds still to be paid', async () => {
    const { rows, totals } = await report('held');
    assert.deepStrictEqual(
      rows.map(({ kind, id, amount, reason }) => [kind, kind === 'refund_due' ? 'ref' : id, amount, reason]),
      [
        ['credit', lives.steady.life.customer.id, eur(300), null],
        ['refund_due', 'ref', eur(200), null],
        ['unmatched', 'bank:stray', eur(77), 'unknown_order'],
      ],
    );
    assert.deepStrictEqual(totals, {
      credit: sum(1, 300),
      unmatched: sum(1, 77),
      refund_due: sum(1, 200),
      all: sum(3, 577),
    });
    const { lines } = await file('held', 'it');
    assert.deepStrictEqual(
      lines.map((line) => [line['Voce'], line['Importo (EUR)']]),
      [
        ['credito cliente', '3.00'],
        ['rimborso da pagare', '2.00'],
        ['da abbinare', '0.77'],
      ],
    );
  });
});

describe('the sums of reports', () => {
  it('are the ledger’s own', async () => {
    const balances = Object.entries(await ledgerBalances(api.db));
    const balanceOf = (account: string): number =>
      balances.filter(([name]) => name.split(':')[0] === account).reduce((sum, [, balance]) => sum + balance, 0);
    const amountOf = (totals: Json, ...path: string[]): unknown =>
      (path.reduce((found, name) => found[name] as Json, totals)['amount'] as Json)['amountMinor'];
    const { totals } = await report('held');
    for (const [kind, account] of [
      ['credit', 'customer_credit'],
      ['unmatched', 'unmatched'],
      ['refund_due', 'refund_due'],
    ] as const)
      assert.equal(amountOf(totals, kind), -balanceOf(account), kind);
    assert.equal(amountOf((await report('receivables')).totals, 'all'), balanceOf('receivable'));
    const { net } = (await report('payments?on=2027-03-04')).totals;
    assert.equal((net as Json)['amountMinor'], balanceOf('cash'));
  });
});

describe('renewals', () => {
  it('are those that are due, at the price of the list in force', async () => {
    const none = await report('renewals?days=90');
    assert.deepStrictEqual(none.rows, []);
    const { rows, totals } = await report('renewals?days=366');
    const ids = rows.map(({ subscriptionId }) => subscriptionId).toSorted();
    assert.deepStrictEqual(ids, [lives.steady.life.id, lives.returned.life.id].toSorted());
    const steady = rows.find(({ subscriptionId }) => subscriptionId === lives.steady.life.id);
    assert.deepStrictEqual(steady, {
      subscriptionId: lives.steady.life.id,
      customerId: lives.steady.life.customer.id,
      product: 'fe',
      expiresOn: '2028-03-04',
      on: '2028-02-26',
      way: 'auto_renewal',
      years: 1,
      notRenewable: null,
      method: { kind: 'card', validThrough: '2028-01-31', expired: true },
      expected: eur(3050),
    });
    assert.deepStrictEqual(totals, {
      byWay: { auto_renewal: sum(1, 3050), by_hand: sum(1, 3050), ordered: NONE },
      all: sum(2, 6100),
      methodExpired: sum(1, 3050),
      notRenewable: 0,
    });
    const { lines } = await file('renewals?days=366');
    const line = lines.find(({ Service }) => Service === lives.steady.life.id);
    assert.deepStrictEqual(
      [line?.['How'], line?.['Expected (EUR)'], line?.['Method expired by then']],
      ['auto-renewal', '30.50', 'yes'],
    );
  });

  it('count with the prices of the day they fall on, where those are published already', async () => {
    const [version] = CATALOGUE.versions;
    assert.ok(version);
    const annualPriceMinor = { ...version.annualPriceMinor, fe: 5000 };
    const dearer = { ...version, version: 'dearer', validFrom: plainDate('2028-03-01'), annualPriceMinor };
    const list = { ...CATALOGUE, versions: [...CATALOGUE.versions, dearer] };
    const beside = await startApi({
      beside: api,
      worker: false,
      change: (context) => ({ ...context, now: () => START, catalogue: () => Promise.resolve(list) }),
    });
    try {
      const { body } = await beside.get('/v1/reports/renewals?days=366');
      const expected = new Map((body['rows'] as Json[]).map((row) => [row['subscriptionId'], row['expected']]));
      // Charged on 26 February, and by hand on 4 March.
      assert.deepStrictEqual(expected.get(lives.steady.life.id), eur(3050));
      assert.deepStrictEqual(expected.get(lives.returned.life.id), eur(6100));
    } finally {
      await beside.stop();
    }
  });

  it('are refused for no number of days, or too many', async () => {
    for (const days of ['-1', '367', 'x', '1e2']) {
      const { status } = await api.get(`/v1/reports/renewals?days=${days}`);
      assert.equal(status, 400, days);
    }
  });
});
