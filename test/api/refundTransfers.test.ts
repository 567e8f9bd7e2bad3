/** Refunds paid by the bank, as its statements tell of them: the transfer, one that comes back, and what does not fit. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { ledgerBalances } from '../../db/ledger.ts';
import { endToEndIdOf } from '../../db/transferLists.ts';
import { eventually, startApi, type Json, type TestApi } from './support/api.ts';
import {
  camt,
  cbi,
  freshReference,
  imported,
  importedOne,
  mt940,
  OUR_IBAN,
  TODAY,
  type Entry,
  type Movement,
} from './support/bankFiles.ts';
import { activeService } from './support/customers.ts';
import { waiting } from './support/matching.ts';
import { stopProved } from './support/stopProved.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => stopProved(api));

const LISTS = '/v1/refunds/transfer-lists';

interface Sent {
  readonly id: string;
  readonly number: string;
  readonly listId: string;
  /** The bank's entries for it. */
  readonly out: Movement;
  readonly back: Movement;
}

/** A refund of 12.20 of an order, in a list for the bank. */
async function sent(): Promise<Sent> {
  const { order } = await activeService(api);
  const number = String(order['number']);
  const body = { orderNumber: number, amount: eur(1220), reason: 'goodwill', iban: OUR_IBAN, holder: 'Ada Rossi' };
  const made = await api.post('/v1/refunds', body, { 'idempotency-key': randomUUID() });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const id = String(made.body['id']);
  await eventually(
    'the refund told',
    () => refund(id),
    ({ told }) => told === true,
  );
  const listId = await listed();
  const text = `Rimborso ordine ${number}`;
  const entry = (side: 'CRDT' | 'DBIT') => ({ cents: 1220, side, text, endToEnd: endToEndIdOf(id) });
  return {
    id,
    number,
    listId,
    out: { ...entry('DBIT'), reference: freshReference() },
    back: { ...entry('CRDT'), reference: freshReference() },
  };
}

async function listed(): Promise<string> {
  const { status, body } = await api.post(LISTS, {});
  assert.equal(status, 201, JSON.stringify(body));
  return String(body['id']);
}

const eur = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });

async function refund(id: string): Promise<Json> {
  return (await api.get(`/v1/refunds/${id}`)).body;
}

async function cash(): Promise<number> {
  return (await ledgerBalances(api.db))['cash:bank_transfer'] ?? 0;
}

async function due(id: string): Promise<number> {
  return 0 - ((await ledgerBalances(api.db))[`refund_due:${id}`] ?? 0);
}

function told({ outcome, reason, ...entry }: Entry): unknown[] {
  return [outcome, reason?.code ?? null, entry['refundId']];
}

describe('a refund that the bank pays', () => {
  it('is seen in its statement: paid on its day, counted as ours, once in however many files', async () => {
    const { id, listId, out } = await sent();
    const before = await cash();
    const { entries, counts } = await imported(api, camt([out]));
    assert.deepStrictEqual(told(entries[0] as Entry), ['refund', 'refund_paid', id]);
    assert.deepStrictEqual([counts['refund'], counts['ignored']], [1, 0]);
    const paid = await refund(id);
    assert.deepStrictEqual([paid['status'], String(paid['settledAt']).slice(0, 10)], ['paid', TODAY]);
    assert.deepStrictEqual([await cash(), await due(id)], [before - 1220, 0]);
    assert.equal((await api.get(`${LISTS}/${listId}`)).body['status'], 'executed', 'all of the list was seen');
    assert.equal((await imported(api, camt([out, { cents: 3, side: 'DBIT' }]))).counts['known'], 1);
    assert.equal(await cash(), before - 1220);
  });

  const formats: [string, (movement: Movement, id: string) => string][] = [
    ['MT940', (out, id) => mt940([{ ...out, text: `/EREF/${endToEndIdOf(id)}/REMI/${out.text}` }])],
    [
      'MT940, broken',
      (out, id) => mt940([{ ...out, text: `BON ${endToEndIdOf(id).slice(0, 11)} ${endToEndIdOf(id).slice(11)}` }]),
    ],
    ['CBI', (out, id) => cbi([{ ...out, text: endToEndIdOf(id) }])],
  ];
  for (const [format, write] of formats) {
    it(`is known by our id in whatever words the bank gives it: ${format}`, async () => {
      const { id, out } = await sent();
      assert.deepStrictEqual(told(await importedOne(api, write(out, id))), ['refund', 'refund_paid', id]);
      assert.equal((await refund(id))['status'], 'paid');
    });
  }

  it('is paid once where an operator said so before the statement did, or gave its list up', async () => {
    const first = await sent();
    assert.equal((await api.post(`${LISTS}/${first.listId}/executed`, {})).status, 200);
    const before = await cash();
    assert.deepStrictEqual(told(await importedOne(api, camt([first.out]))), ['refund', 'refund_paid', first.id]);
    assert.equal(await cash(), before);

    const second = await sent();
    const then = await cash();
    assert.equal((await api.post(`${LISTS}/${second.listId}/cancel`, {})).status, 200);
    await imported(api, camt([second.out]));
    assert.deepStrictEqual([(await refund(second.id))['status'], await cash()], ['paid', then - 1220]);
    assert.equal((await api.post(LISTS, {})).body['code'], 'no_refund_due');
  });

  it('twice, or of another amount, is booked once, and an operator sees the other', async () => {
    const { id, out, back } = await sent();
    const before = await cash();
    const { entries } = await imported(
      api,
      camt([{ ...out, cents: 1221, reference: freshReference() }, out, { ...out, reference: freshReference() }]),
    );
    assert.deepStrictEqual(entries.map(told), [
      ['waiting', 'refund_other_amount', id],
      ['refund', 'refund_paid', id],
      ['waiting', 'refund_paid_twice', id],
    ]);
    assert.equal(await cash(), before - 1220);
    const twice = entries[2] as Entry;
    assert.match((await waiting(api, twice.id))?.why ?? '', /the bank had paid it before/);
    assert.deepStrictEqual(told(await importedOne(api, camt([back]))), ['refund', 'refund_twice_returned', id]);
    assert.deepStrictEqual([(await refund(id))['status'], await cash()], ['paid', before - 1220]);
  });
});

describe('a refund that comes back', () => {
  it('is owed again, where an operator sends it anew; nothing is lost or doubled', async () => {
    const { id, number, out, back } = await sent();
    const before = await cash();
    await imported(api, camt([out]));
    const { entries, counts } = await imported(api, camt([back]));
    assert.deepStrictEqual([told(entries[0] as Entry), counts['refund']], [['refund', 'refund_returned', id], 1]);
    const failed = await refund(id);
    assert.deepStrictEqual(
      [failed['status'], failed['failure'], failed['transferListId'], failed['settledAt']],
      ['failed', 'returned_by_bank', null, null],
    );
    assert.deepStrictEqual([await cash(), await due(id)], [before, 1220]);
    const { body } = await api.get('/v1/queue?kind=refund_failed');
    const item = (body['items'] as Json[]).find((one) => one['id'] === id);
    assert.match(String((item?.['what'] as Json)['en']), /came back from the bank/);
    const [transfer] = item?.['actions'] as { href: string }[];
    // To the very same account, which its bank has unblocked.
    const again = await api.post(transfer?.href ?? '', { iban: OUR_IBAN, holder: 'Ada Rossi' });
    assert.deepStrictEqual([again.status, again.body['status']], [200, 'due'], JSON.stringify(again.body));
    await listed();
    await imported(api, camt([{ ...out, reference: freshReference() }]));
    assert.deepStrictEqual([(await refund(id))['status'], await cash(), await due(id)], ['paid', before - 1220, 0]);
    const { body: order } = await api.get(`/v1/orders/${number}`);
    assert.deepStrictEqual([order['refunded'], order['received'], order['due']], [eur(1220), eur(1830), eur(0)]);
    const { body: report } = await api.get(`/v1/reports/payments?on=${TODAY}`);
    const of = (report['rows'] as Json[]).filter((row) => row['orderNumber'] === number).map(({ kind }) => kind);
    assert.deepStrictEqual(of, ['payment', 'refund', 'refund', 'refund_returned']);
  });

  it('goes to the same holder again where nobody says another', async () => {
    const { id, out, back } = await sent();
    await imported(api, camt([out]));
    await imported(api, camt([back]));
    const again = await api.post(`/v1/refunds/${id}/transfer`, { iban: OUR_IBAN });
    assert.deepStrictEqual([again.status, again.body['holder']], [200, 'Ada Rossi'], JSON.stringify(again.body));
    assert.equal((await api.post(`/v1/refunds/${id}/withdrawal`, {})).body['status'], 'withdrawn');
  });

  it('in the file that pays it, or in one before it, is paid and returned', async () => {
    const [both, only] = [await sent(), await sent()];
    const before = await cash();
    const { entries } = await imported(api, camt([both.back, both.out]));
    assert.deepStrictEqual(entries.map(told), [
      ['refund', 'refund_returned', both.id],
      ['refund', 'refund_paid', both.id],
    ]);
    await imported(api, camt([only.back]));
    assert.deepStrictEqual(
      [(await refund(both.id))['status'], (await refund(only.id))['status'], await cash()],
      ['failed', 'failed', before],
    );
    await api.post(`/v1/refunds/${both.id}/withdrawal`, {});
    await api.post(`/v1/refunds/${only.id}/withdrawal`, {});
    assert.deepStrictEqual([await due(both.id), await due(only.id), await cash()], [0, 0, before]);
  });

  it('less what a bank kept for itself, or without our id, waits as money for nobody', async () => {
    const { id, out, back } = await sent();
    await imported(api, camt([out]));
    const { endToEnd: _, ...unnamed } = back;
    const { entries } = await imported(
      api,
      camt([
        { ...back, cents: 920 },
        { ...unnamed, reference: freshReference() },
      ]),
    );
    for (const entry of entries) {
      assert.deepStrictEqual([entry.outcome, entry.reason?.code], ['unmatched', 'debit_returned']);
      assert.match((await waiting(api, entry.paymentKeys[0] ?? ''))?.why ?? '', /payment out that was returned/);
    }
    assert.equal((await refund(id))['status'], 'paid');
  });
});
