/** Movements of bank accounts in Postgres: each once, however files cut them, and booked whole or not at all. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { identified } from '../../bank/identity.ts';
import { readBankFile } from '../../bank/read.ts';
import { centsOf } from '../../bank/statement.ts';
import { creditReferences, ignoreEntries, ordersAsking, settleEntry } from '../../db/bankEntries.ts';
import {
  countEntries,
  digestOf,
  entryIdFor,
  findFile,
  finishFile,
  listEntries,
  pendingEntries,
  takeFile,
} from '../../db/bankFiles.ts';
import type { NewEntry } from '../../db/bankRows.ts';
import type { NewPayment } from '../../db/payments.ts';
import { addDays, plainDate, type Instant } from '../../domain/calendar.ts';
import { camt, OUR_IBAN, type Movement } from '../api/support/bankFiles.ts';
import { Life, openFresh, refusedBy, START, type TestDatabase } from './support/life.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());

const OWN = { bank: [OUR_IBAN], postal: '1234' };

function entriesOf(content: string): NewEntry[] {
  return identified(readBankFile(Buffer.from(content)), OWN).map(({ account, identity, entry, ignored }) => ({
    ...{ id: entryIdFor(account, identity), account, identity, place: entry.place, method: 'bank_transfer' as const },
    ...{ entry, amountMinor: centsOf(entry.amount), bankReference: entry.bankReference },
    ...{ endToEndId: entry.endToEndId, ignored },
  }));
}

async function take(content: string) {
  return takeFile(
    fresh.db,
    {
      ...{ digest: digestOf(content), name: null, format: 'camt.053', version: '08', statements: 1, warnings: [] },
      ...{ receivedAt: START, receivedBy: 'test' },
    },
    entriesOf(content),
  );
}

function unmatched(id: string, amountMinor: number): NewPayment {
  const named = { key: `bank_file:${id}`, source: 'bank_file', externalId: id, orderNumber: '-' };
  const money = { subscriptionId: null, amountMinor, method: 'bank_transfer' as const, storedMethod: null };
  return { ...named, ...money, registeredOn: plainDate('2027-03-04'), receivedAt: START };
}

/** Books everything that is pending in a file, as unmatched: what it is for is another's question. */
async function book(content: string): Promise<void> {
  const { file } = await take(content);
  for (const { id, amountMinor } of await pendingEntries(fresh.db, file.id)) {
    const payments = [unmatched(id, amountMinor ?? 0)] as const;
    await settleEntry(fresh.db, id, { outcome: 'unmatched', payments, why: 'no_order_named', candidates: [] }, START);
  }
  await finishFile(fresh.db, file.id, START);
}

const bookedOf = async (marks: readonly string[]): Promise<number[]> => {
  const rows: { cents: number }[] = await fresh
    .db('payments')
    .join('bank_entries', fresh.db.raw('payments.key = any(payment_keys)'))
    .whereIn(fresh.db.raw("entry #>> '{counterparty,name}'") as unknown as string, [...marks])
    .select('payments.amount_minor as cents');
  return rows.map(({ cents }) => cents).toSorted((a, b) => a - b);
};

let runs = 0;

describe('the same movements in files that overlap', () => {
  it('are the same payments, however they are cut and in whatever order the files come', async () => {
    const day = fc.record({
      movements: fc.array(fc.record({ cents: fc.integer({ min: 1, max: 5 }), named: fc.boolean() }), { maxLength: 4 }),
    });
    const files = fc.array(fc.tuple(fc.nat(4), fc.nat(4), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(day, { minLength: 5, maxLength: 5 }), files, async (days, cuts) => {
        runs += 1;
        const payer = `run ${runs}`;
        const all = days.map(({ movements }, index) =>
          movements.map(({ cents, named }, at): Movement => {
            const date = addDays(plainDate('2027-03-04'), index);
            return { cents, date, payer, text: 'saldo', reference: named ? `R${runs}-${index}-${at}` : null };
          }),
        );
        // Files are cut by days; each holds some, forwards or backwards, as statement or as notification.
        for (const [from, count, isBackwards, isNotice] of cuts) {
          const part = all.slice(from, from + count + 1).flat();
          await book(camt(isBackwards ? part.toReversed() : part, { kind: isNotice ? '054' : '053' }));
        }
        const days_ = new Set(cuts.flatMap(([from, count]) => Array.from({ length: count + 1 }, (_, at) => from + at)));
        const expected = all.flatMap((movements, index) =>
          days_.has(index) ? movements.map(({ cents }) => cents) : [],
        );
        assert.deepStrictEqual(
          await bookedOf([payer]),
          expected.toSorted((a, b) => a - b),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('are one where a statement stands in a file twice, and two where a statement says the same twice', async () => {
    const twin: Movement = { cents: 100, payer: 'twins', text: 'saldo', reference: null };
    const once = camt([twin, twin], { id: 'S1' });
    const statement = /<Stmt>.*<\/Stmt>/s.exec(once)?.[0] ?? '';
    await book(once.replace(statement, statement + statement));
    assert.deepStrictEqual(await bookedOf(['twins']), [100, 100]);
    const named: Movement = { ...twin, payer: 'named', reference: 'SAME' };
    const first = camt([named], { id: 'A' });
    const second = /<Stmt>.*<\/Stmt>/s.exec(camt([named], { id: 'B' }))?.[0] ?? '';
    await book(first.replace('</Stmt>', `</Stmt>${second}`));
    assert.deepStrictEqual(await bookedOf(['named']), [100]);
  });
});

describe('an entry', () => {
  it('is booked whole or not at all', async () => {
    const content = camt([{ cents: 300, payer: 'whole', text: 'x', reference: 'W1' }]);
    const { file } = await take(content);
    const [entry] = await pendingEntries(fresh.db, file.id);
    assert.ok(entry !== undefined);
    const parts = [unmatched(`${entry.id}/1`, 100), { ...unmatched(`${entry.id}/2`, 200), amountMinor: 0 }];
    await assert.rejects(settleEntry(fresh.db, entry.id, { outcome: 'matched', payments: parts, why: null }, START));
    assert.deepStrictEqual(await bookedOf(['whole']), []);
    assert.equal((await pendingEntries(fresh.db, file.id)).length, 1);
    const whole = parts.map((part, index) => ({ ...part, amountMinor: (index + 1) * 100 }));
    await settleEntry(fresh.db, entry.id, { outcome: 'matched', payments: whole, why: null }, START);
    assert.deepStrictEqual(await bookedOf(['whole']), [100, 200]);
    // Somebody else comes to the same entry later.
    const later = { outcome: 'unmatched', payments: [unmatched(entry.id, 300)], why: 'x', candidates: [] } as const;
    assert.equal(await settleEntry(fresh.db, entry.id, later, START), null);
    assert.deepStrictEqual(await bookedOf(['whole']), [100, 200]);
  });

  it('is booked once by many at a time', async () => {
    const { file } = await take(camt([{ cents: 400, payer: 'many', text: 'x', reference: 'M1' }]));
    const [entry] = await pendingEntries(fresh.db, file.id);
    assert.ok(entry !== undefined);
    const settlement = {
      outcome: 'unmatched',
      payments: [unmatched(entry.id, 400)],
      why: 'no_order_named',
      candidates: [],
    } as const;
    const done = await Promise.all([1, 2, 3, 4].map(() => settleEntry(fresh.db, entry.id, settlement, START)));
    assert.equal(done.filter((one) => one !== null).length, 1);
    assert.deepStrictEqual(await bookedOf(['many']), [400]);
  });

  it('stays as it was read, and is never lost', async () => {
    const entries = () => fresh.db('bank_entries');
    await refusedBy('bank_entries_append_only', entries().delete());
    await refusedBy('bank_entries_append_only', entries().update({ amount_minor: 1 }));
    await refusedBy('bank_entries_append_only', entries().update({ entry: '{}' }));
    await refusedBy('bank_file_entries_append_only', fresh.db('bank_file_entries').delete());
    await refusedBy('bank_entries_booked', entries().update({ outcome: 'matched', payment_keys: [] }));
  });

  it('is counted by what became of it', async () => {
    const movements: Movement[] = [
      { cents: 1, text: 'fee', side: 'DBIT', reference: 'D1' },
      { cents: 2, text: 'x', reference: 'C1' },
      { cents: 3, text: 'x', currency: 'USD', reference: 'U1' },
    ];
    const content = camt(movements);
    const { file, isNew } = await take(content);
    assert.deepStrictEqual([isNew, file.finishedAt], [true, null]);
    const pending = await pendingEntries(fresh.db, file.id);
    assert.deepStrictEqual(
      pending.map(({ bankReference }) => bankReference),
      ['C1', 'D1'],
    );
    await ignoreEntries(fresh.db, [pending[1]?.id ?? ''], 'debit', START);
    const counts = (await countEntries(fresh.db, [file.id])).get(file.id) ?? [];
    assert.deepStrictEqual(counts.map(({ outcome, why, count }) => `${outcome} ${why} ${count}`).toSorted(), [
      'ignored debit 1',
      'ignored other_currency 1',
      'pending null 1',
    ]);
    assert.deepStrictEqual([...(await creditReferences(fresh.db, ['C1', 'D1', 'E1']))], ['C1']);
    assert.deepStrictEqual([...(await creditReferences(fresh.db, []))], []);
    await finishFile(fresh.db, file.id, START);
    assert.equal((await findFile(fresh.db, file.id))?.finishedAt, START as Instant);
    assert.equal((await take(content)).isNew, false);
    assert.deepStrictEqual(
      (await listEntries(fresh.db, file.id)).map(({ placeThere }) => placeThere),
      ['Stmt 1, Ntry 1', 'Stmt 1, Ntry 2', 'Stmt 1, Ntry 3'],
    );
  });
});

describe('orders that ask for an amount', () => {
  it('come with the names of who may pay them', async () => {
    const { number } = await Life.ordered(fresh.db, { firstName: 'Nilde', lastName: 'Iotti' });
    const asking = await ordersAsking(fresh.db, 3050);
    assert.deepStrictEqual(asking.find((order) => order.number === number)?.names, ['Nilde Iotti']);
    assert.deepStrictEqual(await ordersAsking(fresh.db, 0), []);
  });
});
