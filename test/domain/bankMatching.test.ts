import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  isPayer,
  lengthsUpTo,
  matchCredit,
  numbersMeant,
  numbersToLookUp,
  ordersNamed,
  type Match,
  type Movement,
  type OrderDue,
} from '../../domain/bankMatching.ts';
import { orderNumberFor } from '../../domain/orderNumber.ts';
import { creditorReferenceFor, isSlipOfThePen, slipCodeFor } from '../../domain/remittance.ts';

const [FIRST, SECOND, THIRD] = [10_000_001, 10_000_002, 10_000_003].map((sequence) => orderNumberFor(sequence)) as [
  string,
  string,
  string,
];
const LENGTHS = [10];

const movement = (changes: Partial<Movement> = {}): Movement => ({
  endToEndId: null,
  counterparty: { name: null, account: null },
  remittance: [],
  references: [],
  description: null,
  ...changes,
});
const saying = (...remittance: string[]): Movement => movement({ remittance });

const orders = (dues: Readonly<Record<string, number>>): ReadonlyMap<string, OrderDue> =>
  new Map(Object.entries(dues).map(([number, dueMinor]) => [number, { number, dueMinor }]));
const BOTH = orders({ [FIRST]: 3050, [SECOND]: 6100 });

const namedIn = (one: Movement, known = BOTH): string[] => ordersNamed(one, known, LENGTHS).map(({ number }) => number);
const match = (amountMinor: number, one: Movement, known = BOTH): Match =>
  matchCredit(amountMinor, ordersNamed(one, known, LENGTHS));
const paymentsOf = (result: Match): unknown =>
  result.kind === 'payments'
    ? result.payments.map(({ orderNumber, amountMinor }) => [orderNumber, amountMinor])
    : result.why;

interface Templates {
  readonly templates: readonly { readonly bank: string; readonly template: string }[];
  readonly reasons: readonly string[];
}
const { templates, reasons } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../data/bank/remittance.json'), 'utf8'),
) as Templates;

/** Digits as banks give them: the same each time, and no order's. */
const digits = (count: number, seed: number): string =>
  Array.from({ length: count }, (_, index) => String((seed * (index + 3) + index) % 10)).join('');

function filled(template: string, reason: string, at: number): string {
  return template
    .replace('{CAUSALE}', reason)
    .replace('{PAYER}', 'MARIO ROSSI')
    .replaceAll(/\{(?:TRN|D)(\d+)\}/g, (_, count: string) => digits(Number(count), at))
    .replaceAll('{RF}', creditorReferenceFor(FIRST))
    .replaceAll('{ORDER}', FIRST)
    .replaceAll('{ORDER2}', SECOND)
    .replaceAll('{ORDER_SPLIT}', `${FIRST.slice(0, at)} ${FIRST.slice(at)}`)
    .replaceAll('{ORDER_LOWDASH}', `${FIRST.slice(0, at)}-${FIRST.slice(at)}`.toLowerCase());
}

describe('what Italian banks pass on', () => {
  for (const { bank, template } of templates) {
    it(`names exactly its orders: ${bank}`, () => {
      for (const reason of reasons)
        for (let at = 1; at < FIRST.length; at += 1) {
          const text = filled(template, reason, at);
          const expected = reason.includes('{ORDER2}') && template.includes('{CAUSALE}') ? [FIRST, SECOND] : [FIRST];
          assert.deepStrictEqual(namedIn(saying(text)), expected, text);
          // Cut every 35 characters, as records do, wherever that falls.
          const pieces = text.match(/.{1,35}/gs) ?? [];
          assert.deepStrictEqual(namedIn(saying(...pieces)).toSorted(), expected, text);
        }
    });
  }
});

describe('the orders a movement names', () => {
  it('stand in the text, in references, or in the payer’s own id; in the bank’s words only where nowhere else', () => {
    assert.deepStrictEqual(namedIn(movement({ references: [slipCodeFor(FIRST)] })), [FIRST]);
    assert.deepStrictEqual(namedIn(movement({ references: [creditorReferenceFor(FIRST)] })), [FIRST]);
    assert.deepStrictEqual(namedIn(movement({ endToEndId: `ORD-${FIRST}` })), [FIRST]);
    assert.deepStrictEqual(namedIn(movement({ description: `BONIFICO ORDINE ${FIRST}` })), [FIRST]);
    assert.deepStrictEqual(namedIn(movement({ remittance: [SECOND], description: `TRN ${FIRST}` })), [SECOND]);
  });

  it('do not begin in one field and end in another', () => {
    assert.deepStrictEqual(namedIn(movement({ remittance: [FIRST.slice(0, 5)], endToEndId: FIRST.slice(5) })), []);
  });

  it('are all among the numbers that were looked up', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom(...'0123456789 -./RFA'.split('')), maxLength: 40 }));
    fc.assert(
      fc.property(texts, fc.nat(9), (remittance, at) => {
        const one = movement({ remittance: [...remittance, `${digits(at, at)}${FIRST}`], endToEndId: `x${SECOND}` });
        const asked = numbersToLookUp(one, LENGTHS);
        for (const number of namedIn(one)) assert.ok(asked.includes(number));
      }),
    );
  });

  it('have as many digits as numbers in use', () => {
    assert.deepStrictEqual(lengthsUpTo(10_000_001), [10]);
    assert.deepStrictEqual(lengthsUpTo(99_999_999), [10]);
    assert.deepStrictEqual(lengthsUpTo(100_000_000), [10, 11]);
  });
});

describe('money that names one order', () => {
  it('pays it, whatever the amount', () => {
    for (const [amount, difference] of [
      [3050, null],
      [1000, 'under'],
      [9999, 'over'],
    ] as const) {
      const result = match(amount, saying(`ordine ${FIRST}`));
      assert.deepStrictEqual(result, {
        kind: 'payments',
        payments: [{ orderNumber: FIRST, amountMinor: amount }],
        difference,
      });
    }
  });

  it('pays it also where it asks for nothing: its life judges', () => {
    const result = match(3050, saying(FIRST), orders({ [FIRST]: 0 }));
    assert.deepStrictEqual(result, {
      kind: 'payments',
      payments: [{ orderNumber: FIRST, amountMinor: 3050 }],
      difference: 'needless',
    });
  });

  it('inside a longer number pays it if the amount is right, and is left to a person otherwise', () => {
    const glued = saying(`TRN 1001${FIRST.slice(0, 5)} ${FIRST.slice(5)}2485`);
    assert.deepStrictEqual(paymentsOf(match(3050, glued)), [[FIRST, 3050]]);
    assert.deepStrictEqual(paymentsOf(match(3051, glued)), 'inside_longer_number');
  });

  it('and a number of the bank’s that holds another’s by chance, pays the one it names', () => {
    const text = saying(`ordine ${FIRST}`, `TRN 77${SECOND}99`);
    assert.deepStrictEqual(paymentsOf(match(3050, text)), [[FIRST, 3050]]);
    assert.deepStrictEqual(paymentsOf(match(1000, text)), [[FIRST, 1000]]);
    assert.deepStrictEqual(paymentsOf(match(9150, text)), [
      [FIRST, 3050],
      [SECOND, 6100],
    ]);
  });
});

describe('money that names several orders', () => {
  const two = saying(`pag. ordine ${FIRST} e ${SECOND}`);

  it('pays each its due where that is the amount', () => {
    assert.deepStrictEqual(paymentsOf(match(9150, two)), [
      [FIRST, 3050],
      [SECOND, 6100],
    ]);
  });

  it('pays the one that asks for it where the others ask for nothing', () => {
    assert.deepStrictEqual(paymentsOf(match(6100, two, orders({ [FIRST]: 0, [SECOND]: 6100 }))), [[SECOND, 6100]]);
  });

  it('is never divided by guessing', () => {
    assert.deepStrictEqual(paymentsOf(match(9149, two)), 'names_several');
    assert.deepStrictEqual(paymentsOf(match(3050, two)), 'amount_of_one');
    assert.deepStrictEqual(paymentsOf(match(3050, two, orders({ [FIRST]: 3050, [SECOND]: 3050 }))), 'amount_of_one');
    assert.deepStrictEqual(paymentsOf(match(3050, two, orders({ [FIRST]: 0, [SECOND]: 0 }))), 'names_several');
  });

  it('is always the whole amount, to orders that are named, and no more than each asks for where there are several', () => {
    const due = fc.integer({ min: 0, max: 500 });
    fc.assert(
      fc.property(due, due, due, fc.integer({ min: 1, max: 1500 }), (a, b, c, amount) => {
        const known = orders({ [FIRST]: a, [SECOND]: b, [THIRD]: c });
        const result = match(amount, saying(`${FIRST}, ${SECOND} e ${THIRD}`), known);
        if (result.kind === 'unmatched') return assert.notEqual(a + b + c, amount);
        assert.equal(
          result.payments.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
          amount,
        );
        for (const { orderNumber, amountMinor } of result.payments)
          assert.equal(known.get(orderNumber)?.dueMinor, amountMinor);
      }),
    );
  });
});

describe('money that names none', () => {
  it('says so', () => {
    assert.deepStrictEqual(paymentsOf(match(3050, saying('saldo fattura'))), 'no_order_named');
  });

  it('may have been meant for those one slip of the pen away', () => {
    const damaged = [
      FIRST.slice(0, 4) + FIRST.slice(5),
      FIRST.replace('6', '7'),
      `${FIRST}5`,
      FIRST.replace('61', '16'),
    ];
    for (const written of damaged) {
      assert.ok(isSlipOfThePen(written, FIRST), written);
      assert.ok(numbersMeant(saying(`ord. ${written}`), LENGTHS).includes(FIRST), written);
    }
    assert.ok(numbersMeant(saying(`ord. ${FIRST.slice(0, 4)} ${FIRST.slice(5)}`), LENGTHS).includes(FIRST));
  });

  it('suggests nothing that is further away', () => {
    const written = fc.string({ unit: fc.constantFrom(...'0123456789'.split('')), minLength: 9, maxLength: 11 });
    fc.assert(
      fc.property(written, (number) => {
        for (const meant of numbersMeant(saying(number), LENGTHS)) assert.ok(isSlipOfThePen(number, meant));
      }),
    );
  });
});

describe('a payer', () => {
  const by = (name: string): Movement => movement({ counterparty: { name, account: null } });
  it('is known by the same words in any order, apart from legal forms', () => {
    assert.ok(isPayer(by('ROSSI MARIO'), 'Mario Rossi'));
    assert.ok(isPayer(by('OFFICINE BIANCHI SRL'), 'Officine Bianchi S.r.l.'));
    assert.ok(isPayer(by("DELL'AGNOLA NICOLO"), 'Nicolò Dell’Agnola'));
  });
  it('is not who merely shares a name', () => {
    assert.ok(!isPayer(by('ROSSI MARIO'), 'Maria Rossi'));
    assert.ok(!isPayer(by('ROSSI MARIO E BIANCHI'), 'Mario Rossi'));
    assert.ok(!isPayer(by('S.R.L.'), 'S.r.l.'));
  });
  it('is found in the bank’s words where it is named nowhere else', () => {
    assert.ok(isPayer(saying('BONIFICO DA MARIO ROSSI PER SALDO'), 'Mario Rossi'));
    assert.ok(!isPayer(saying('BONIFICO DA MARIO PER SALDO'), 'Mario Rossi'));
  });
});
