/** Which parts are those of which sum: beyond doubt, perhaps, or not at all. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { areAllOf, mayBePartOf, toldInParts, type SummedMovement } from '../../domain/bookedSums.ts';
import { plainDate } from '../../domain/calendar.ts';

const DAY = plainDate('2027-03-04');

function movement(changes: Partial<SummedMovement> = {}): SummedMovement {
  const nothing = { remittance: [], references: [], description: null, endToEndId: null, bankReference: null };
  const counterparty = { name: null, account: null };
  return { ...nothing, counterparty, format: 'camt.053', amountMinor: 3000, bookedOn: DAY, ...changes };
}

const batch = (transactions: number | null, ...names: readonly string[]) => ({ transactions, isOpen: true, names });
const partsOf = (...names: readonly string[]): readonly SummedMovement[] =>
  [1000, 2000].map((amountMinor) => movement({ amountMinor, partOf: { cents: 3000, names } }));
const alone = (whole: SummedMovement) => ({ alike: [whole], settled: 0 });

describe('parts are all of a sum', () => {
  it('where they add up to it, on its day or under its name', () => {
    assert.equal(areAllOf(movement(), partsOf()), true);
    assert.equal(areAllOf(movement({ amountMinor: 3001 }), partsOf()), false);
    const later = { bookedOn: plainDate('2027-03-05') };
    assert.equal(areAllOf(movement(later), partsOf()), false);
    assert.equal(areAllOf(movement({ ...later, bankReference: 'BANK-01' }), partsOf('BANK-01')), true);
  });
});

describe('a sum was told in parts', () => {
  const verdict = (whole: SummedMovement, groups: readonly (readonly SummedMovement[])[], more = alone(whole)) =>
    toldInParts(whole, groups, more).sameness;

  it('surely where they carry its name, or it says that it is one and neither is named', () => {
    assert.equal(verdict(movement({ bankReference: 'BANK-01' }), [partsOf('BANK-01')]), 'same');
    assert.equal(verdict(movement({ batch: batch(2) }), [partsOf()]), 'same');
    assert.equal(verdict(movement({ batch: batch(2, 'BANK-01') }), [partsOf()]), 'same');
  });

  it('perhaps where it does not say so, both are named otherwise, or another was found told so', () => {
    assert.equal(verdict(movement(), [partsOf()]), 'doubtful');
    assert.equal(verdict(movement({ batch: batch(2, 'BANK-01') }), [partsOf('BANK-02')]), 'doubtful');
    const whole = movement({ batch: batch(2) });
    assert.equal(verdict(whole, [partsOf()], { alike: [whole], settled: 1 }), 'doubtful');
  });

  it('never in other parts than there are of it, nor in those of another', () => {
    assert.equal(verdict(movement({ batch: batch(3) }), [partsOf()]), 'different');
    const [whole, other] = [movement({ batch: batch(2) }), movement({ bankReference: 'BANK-01', batch: batch(2) })];
    assert.equal(verdict(whole, [partsOf('BANK-01')], { alike: [whole, other], settled: 0 }), 'different');
    const second = { alike: [movement({ batch: batch(2) }), whole], settled: 0 };
    assert.equal(verdict(whole, [partsOf()], second), 'different');
    assert.equal(verdict(whole, [partsOf(), partsOf()], second), 'same');
  });

  it('is no name what only counts the entries of a file', () => {
    assert.equal(verdict(movement({ bankReference: '1' }), [partsOf('1')]), 'doubtful');
  });
});

describe('a movement may be part of a sum booked whole', () => {
  const [part] = partsOf() as [SummedMovement];
  const account = { counterparty: { name: 'ROSSI', account: 'IT60X0542811101000000123456' } };

  it('where it says it is of such a sum, and that is not one payer’s', () => {
    assert.equal(mayBePartOf(part, movement()), true);
    assert.equal(mayBePartOf(part, movement(account)), false);
    assert.equal(mayBePartOf(part, movement({ amountMinor: 3001, batch: batch(2) })), false);
    assert.equal(mayBePartOf(part, movement({ bookedOn: plainDate('2027-03-05') })), false);
  });

  it('where the sum says that it is one, and is larger', () => {
    const single = movement({ amountMinor: 1000, ...account });
    assert.equal(mayBePartOf(single, movement()), false);
    assert.equal(mayBePartOf(single, movement({ batch: batch(2) })), true);
    assert.equal(mayBePartOf(single, movement({ amountMinor: 1000, batch: batch(2) })), false);
  });
});
