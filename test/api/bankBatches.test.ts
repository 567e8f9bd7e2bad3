/** A sum that one file tells whole and another in parts: booked once, whichever comes first. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApi, type Json, type TestApi } from './support/api.ts';
import {
  camt,
  decimal,
  freshReference,
  imported,
  importedOne,
  mt940,
  TODAY,
  type Entry,
  type Report,
} from './support/bankFiles.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

let base = 90_000;
/** Amounts that no other case has, and no order asks for. */
function amounts(): [number, number, number] {
  base += 1_000;
  return [base + 1, base + 2, base + 3];
}
const sum = (cents: readonly number[]): number => cents.reduce((total, one) => total + one, 0);

interface Sum {
  readonly cents: number;
  readonly reference?: string;
  readonly transactions?: number;
  readonly messageId?: string;
  readonly parts?: readonly number[];
  readonly code?: string;
}

function entry({ cents, reference, transactions, messageId, parts = [], code }: Sum): string {
  const day = `<Dt>${TODAY}</Dt>`;
  const id = messageId === undefined ? '' : `<MsgId>${messageId}</MsgId>`;
  const number = transactions === undefined ? '' : `<NbOfTxs>${transactions}</NbOfTxs>`;
  const batch = id + number === '' ? '' : `<Btch>${id}${number}</Btch>`;
  const details = parts.map(
    (part) =>
      `<TxDtls><Refs><EndToEndId>E${part}-${cents}</EndToEndId></Refs><Amt Ccy="EUR">${decimal(part)}</Amt></TxDtls>`,
  );
  return (
    `<Ntry><Amt Ccy="EUR">${decimal(cents)}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt>${day}</BookgDt>` +
    (reference === undefined ? '' : `<AcctSvcrRef>${reference}</AcctSvcrRef>`) +
    (code === undefined ? '' : `<BkTxCd><Prtry><Cd>${code}</Cd></Prtry></BkTxCd>`) +
    `<NtryDtls>${batch}${details.join('')}</NtryDtls></Ntry>`
  );
}

function file(sums: readonly Sum[], kind: '053' | '054' = '053'): string {
  return camt([], { kind }).replace('</Acct>', `</Acct>${sums.map(entry).join('\n')}`);
}
const told = (parts: readonly number[], more: Partial<Sum> = {}): string =>
  file([{ cents: sum(parts), parts, transactions: parts.length, ...more }], '054');
const outcomes = (entries: readonly Entry[]): unknown => entries.map(({ outcome, reason }) => [outcome, reason?.code]);
const UNMATCHED = ['unmatched', 'no_order_named'];
const PART = ['waiting', 'part_of_booked'];

/** What became of a file since. */
async function now(report: Report): Promise<readonly Entry[]> {
  const { body } = await api.get(`/v1/bank-files/${report.file.id}`);
  return (body as unknown as Report).entries;
}

async function item(id: string): Promise<Json | undefined> {
  const { body } = await api.get('/v1/queue?kind=bank_entry_waiting');
  return (body['items'] as Json[]).find((one) => one['id'] === id);
}

const actions = (one: Json | undefined): unknown => (one?.['actions'] as Json[]).map(({ name }) => name);

describe('a sum that says it is one', () => {
  it('waits for its parts, and is settled once they came', async () => {
    const parts = amounts();
    const reference = freshReference();
    const whole = await imported(api, file([{ cents: sum(parts), transactions: 3, reference }]));
    assert.deepStrictEqual(outcomes(whole.entries), [['waiting', 'batch_without_parts']]);
    assert.match(String(whole['warnings']), /one sum of 3 transactions that are not all listed/);
    assert.deepStrictEqual(actions(await item(whole.entries[0]?.id ?? '')), ['register', 'acknowledge']);
    const { entries } = await imported(api, told(parts, { reference }));
    assert.deepStrictEqual(outcomes(entries), [UNMATCHED, UNMATCHED, UNMATCHED]);
    const [settled] = await now(whole);
    assert.deepStrictEqual(outcomes([settled as Entry]), [['ignored', 'told_in_parts']]);
    assert.equal(settled?.candidates.length, 3);
    assert.equal(await item(settled?.id ?? ''), undefined);
  });

  it('is known by parts that came before it, in whatever file it stands', async () => {
    const parts = amounts();
    const reference = freshReference();
    await imported(api, told(parts, { reference }));
    const wholes = [
      file([{ cents: sum(parts), transactions: 3, reference }]),
      mt940([{ cents: sum(parts), reference }]),
      file([{ cents: sum(parts), code: 'NTRF+194+0093', reference: `${reference}X`, messageId: reference }]),
    ];
    for (const one of wholes)
      assert.deepStrictEqual(outcomes([await importedOne(api, one)]), [['ignored', 'told_in_parts']]);
    const unnamed = await importedOne(api, mt940([{ cents: sum(parts), reference: null }]));
    assert.deepStrictEqual(outcomes([unnamed]), [['waiting', 'double_suspected']]);
    assert.equal(unnamed.candidates.length, 3);
  });

  it('is told by entries of their own that share its message', async () => {
    const parts = amounts();
    const messageId = freshReference();
    const single = (cents: number): Sum => ({ cents, messageId, reference: freshReference() });
    const whole = await imported(api, file([{ cents: sum(parts), transactions: 3, messageId }]));
    await imported(api, file(parts.slice(0, 2).map(single), '054'));
    assert.deepStrictEqual(outcomes(await now(whole)), [['waiting', 'batch_without_parts']]);
    const last = await importedOne(api, file([single(parts[2])], '054'));
    assert.deepStrictEqual(outcomes([last]), [UNMATCHED]);
    assert.deepStrictEqual(outcomes(await now(whole)), [['ignored', 'told_in_parts']]);
  });

  it('is not taken for another of its amount and day whose parts came', async () => {
    const parts = amounts();
    const both = await imported(
      api,
      file([
        { cents: sum(parts), transactions: 3, reference: freshReference() },
        { cents: sum(parts), transactions: 3, reference: freshReference() },
      ]),
    );
    for (const left of [
      ['told_in_parts', 'batch_without_parts'],
      ['told_in_parts', 'told_in_parts'],
    ]) {
      await imported(api, told(parts).replaceAll('<EndToEndId>E', `<EndToEndId>${freshReference()}`));
      assert.deepStrictEqual(
        (await now(both)).map(({ reason }) => reason?.code),
        left,
      );
    }
  });

  it('waits in each file that tells it, whatever they call it, and is settled in each', async () => {
    const parts = amounts();
    const messageId = freshReference();
    const whole = (): Sum => ({ cents: sum(parts), transactions: 3, reference: freshReference(), messageId });
    const first = await imported(api, file([whole()]));
    const second = await imported(api, file([whole()], '054'));
    assert.deepStrictEqual(outcomes(second.entries), [['waiting', 'batch_without_parts']]);
    await imported(api, told(parts, { messageId }));
    for (const one of [first, second]) assert.deepStrictEqual(outcomes(await now(one)), [['ignored', 'told_in_parts']]);
  });

  it('is booked in parts where it lists them all', async () => {
    const parts = amounts();
    const reference = freshReference();
    const whole = { cents: sum(parts), parts, transactions: 3, reference };
    assert.deepStrictEqual(outcomes((await imported(api, file([whole]))).entries), [UNMATCHED, UNMATCHED, UNMATCHED]);
    const again = await imported(api, file([{ ...whole, reference: freshReference() }], '054'));
    assert.deepStrictEqual(outcomes(again.entries), Array(3).fill(['ignored', 'told_before']));
    const alone = await importedOne(api, mt940([{ cents: sum(parts), reference }]));
    assert.deepStrictEqual(outcomes([alone]), [['ignored', 'told_in_parts']]);
  });
});

describe('a sum and its parts that come at once', () => {
  for (const format of ['camt.053', 'mt940'])
    it(`are booked once: ${format}`, async () => {
      for (const isNamed of [true, false, true]) {
        const parts = amounts();
        const [reference, other] = [freshReference(), freshReference()];
        const cents = sum(parts);
        const whole =
          format === 'mt940' ? mt940([{ cents, reference }]) : file([{ cents, transactions: 3, reference }]);
        await Promise.all([
          imported(api, whole),
          imported(api, told(parts, { reference: isNamed ? reference : other })),
        ]);
        const booked = await api
          .db('payments')
          .where('amount_minor', api.db.raw('any(?::bigint[])', [[cents, ...parts]]))
          .pluck('amount_minor');
        assert.equal(sum(booked), cents);
      }
    });
});

describe('parts of a sum that is booked whole', () => {
  it('wait, where the sum did not say that it is one', async () => {
    const parts = amounts();
    const whole = await importedOne(api, mt940([{ cents: sum(parts) }]));
    assert.deepStrictEqual(outcomes([whole]), [UNMATCHED]);
    const { entries } = await imported(api, told(parts));
    assert.deepStrictEqual(outcomes(entries), [PART, PART, PART]);
    assert.deepStrictEqual(entries[0]?.candidates, [{ paymentKey: whole.paymentKeys[0], orderNumber: '-' }]);
  });

  for (const way of ['registration', 'acknowledgement'])
    it(`wait, where an operator dealt with it by ${way}`, async () => {
      const parts = amounts();
      const { id } = await importedOne(
        api,
        file([{ cents: sum(parts), transactions: 3, reference: freshReference() }]),
      );
      if (way === 'registration') await registered(id);
      else await api.post(`/v1/queue/bank_entry_waiting/${id}/acknowledgement`, { note: 'registered by hand' });
      assert.deepStrictEqual(outcomes((await imported(api, told(parts))).entries), [PART, PART, PART]);
      const [one] = parts;
      const single = await importedOne(api, file([{ cents: one - 500, reference: freshReference() }], '054'));
      assert.deepStrictEqual(outcomes([single]), [PART]);
      // Larger than the sum, it is no part of it.
      const other = await importedOne(api, file([{ cents: sum(parts) + 1, reference: freshReference() }], '054'));
      assert.deepStrictEqual(outcomes([other]), [UNMATCHED]);
      for (const kind of ['053', '054'] as const) await registered(single.id, kind);
      base += 100_000_00;
    });

  async function registered(id: string, times = '053'): Promise<void> {
    const { status, body } = await api.post(`/v1/bank-entries/${id}/registration`, {});
    assert.equal(status, 200, JSON.stringify([times, body]));
    assert.deepStrictEqual([body['outcome'], (body['paymentKeys'] as string[]).length], ['unmatched', 1]);
    assert.equal(await item(id), undefined);
  }
});

describe('the registration of an entry', () => {
  it('is of those alone that may be told twice', async () => {
    const back = await importedOne(api, camt([{ cents: 777, side: 'DBIT', reversal: true, text: 'storno' }]));
    assert.equal(back.outcome, 'waiting');
    for (const id of [back.id, 'ent_none'])
      assert.equal((await api.post(`/v1/bank-entries/${id}/registration`, {})).status, 404);
  });
});

describe('a dry run', () => {
  it('tells of doubles and sums what an import then does', async () => {
    const [parts, others, double] = [amounts(), amounts(), amounts()[0]];
    const reference = freshReference();
    await imported(api, told(parts, { reference }));
    await imported(api, mt940([{ cents: sum(others) }]));
    await imported(api, camt([{ cents: double, reference: freshReference(), endToEnd: 'E-1' }], { kind: '054' }));
    const content = file([
      { cents: sum(parts), transactions: 3, reference },
      { cents: sum(others), parts: others, transactions: 3 },
      { cents: sum(others) + 7, transactions: 2, reference: freshReference() },
      { cents: double, reference: freshReference() },
    ]);
    const rows = async () => [await api.db('bank_entries').count(), await api.db('ledger_journals').count()];
    const before = await rows();
    const tried = await imported(api, content, '?dryRun=true');
    assert.deepStrictEqual(await rows(), before);
    const done = await imported(api, content);
    assert.deepStrictEqual([tried.entries, tried.counts], [done.entries, done.counts]);
    assert.deepStrictEqual(outcomes(done.entries), [
      ['ignored', 'told_in_parts'],
      ...[PART, PART, PART],
      ['waiting', 'batch_without_parts'],
      ['waiting', 'double_suspected'],
    ]);
    const again = await imported(api, content, '?dryRun=true');
    assert.deepStrictEqual(again.entries, done.entries);
  });
});
