/** One movement told by two files under different names: booked once, or kept aside; two movements are booked twice. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApi, type TestApi } from './support/api.ts';
import { camt, freshReference, imported, importedOne, mt940, type Entry, type Movement } from './support/bankFiles.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

let cents = 7_000;
/** Of an amount that no other case has, and no order names. */
function movement(changes: Partial<Movement> = {}): Movement {
  return { cents, payer: 'ROSSI MARIO', text: 'saldo', reference: freshReference(), ...changes };
}
const anew = (one: Movement): Movement => ({ ...one, reference: freshReference() });
const booked = async (): Promise<number> =>
  Number((await api.db('payments').where({ amount_minor: cents }).count('* as count'))[0]?.['count']);
const outcomes = (entries: readonly Entry[]): unknown => entries.map(({ outcome, reason }) => [outcome, reason?.code]);

describe('a transfer told by a notification and then by the statement, under another reference', () => {
  it('is booked once where both give the payer’s own id', async () => {
    cents += 1;
    const one = movement({ endToEnd: freshReference() });
    assert.equal((await importedOne(api, camt([one], { kind: '054' }))).outcome, 'unmatched');
    const { entries } = await imported(api, camt([anew(one)]));
    assert.deepStrictEqual(outcomes(entries), [['ignored', 'told_before']]);
    assert.equal(await booked(), 1);
  });

  it('waits, with the payment it may be, where they share no name', async () => {
    cents += 1;
    const { paymentKeys } = await importedOne(api, camt([movement()], { kind: '054' }));
    const second = await importedOne(api, mt940([movement()]));
    assert.deepStrictEqual(outcomes([second]), [['waiting', 'double_suspected']]);
    assert.deepStrictEqual(second.candidates, [{ paymentKey: paymentKeys[0], orderNumber: '-' }]);
    assert.equal(await booked(), 1);
    const again = await imported(api, mt940([movement({ text: 'saldo fattura' })]));
    assert.deepStrictEqual(outcomes(again.entries), [['waiting', 'double_suspected']]);
  });

  it('is two where the statement tells two', async () => {
    cents += 1;
    const one = movement({ endToEnd: freshReference() });
    await imported(api, camt([one], { kind: '054' }));
    const { entries } = await imported(api, camt([anew(one), anew(one)]));
    assert.deepStrictEqual(outcomes(entries), [
      ['ignored', 'told_before'],
      ['unmatched', 'no_order_named'],
    ]);
    assert.equal(await booked(), 2);
  });

  it('is another’s where payer, words or ids differ, and another one where statements name it differently', async () => {
    cents += 1;
    await imported(api, camt([movement({ endToEnd: 'A1' })], { kind: '054' }));
    const others = [{ payer: 'BIANCHI ANNA' }, { text: 'altro' }, { endToEnd: 'B1' }];
    for (const changes of others)
      assert.equal((await importedOne(api, camt([movement(changes)]))).outcome, 'unmatched');
    cents += 1;
    for (const _ of [1, 2]) assert.equal((await importedOne(api, camt([movement()]))).outcome, 'unmatched');
    assert.equal(await booked(), 2);
  });
});
