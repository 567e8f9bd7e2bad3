import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { orderNumberFor } from '../../domain/orderNumber.ts';
import { creditorReferenceFor, orderNumbersIn, slipCodeFor, type NumberFound } from '../../domain/remittance.ts';

const number = fc.integer({ min: 10_000_001, max: 99_999_999 }).map((sequence) => orderNumberFor(sequence));
const only = (wanted: string, ...texts: string[]): NumberFound[] => orderNumbersIn(texts, (one) => one === wanted);

/** What customers write before and after a number; nothing here is a digit that could belong to it. */
const before = fc.constantFrom(
  '',
  'ORDINE ',
  'ord. n° ',
  'Ord.',
  'ordine',
  'N.',
  'saldo fattura 12 del 14/01/2026 ordine ',
  'RIF:',
);
const after = fc.constantFrom(
  '',
  ' saldo',
  'SALDO',
  ' EUR 30,50',
  '. Grazie',
  ' del 14 01 2026',
  '\nCOMM 0,00 TRN 1001251564002485',
);
const separators = fc.array(fc.constantFrom('', '', '', ' ', '.', '-', ' - ', '/', '_', '\n', '  '), {
  minLength: 9,
  maxLength: 9,
});
const letters = fc.array(fc.boolean(), { minLength: 10, maxLength: 10 });

/** Separators between digits, and letters for some of them, as long as three digits stay. */
function garbled(digits: string, gaps: readonly string[], misspelt: readonly boolean[]): string {
  let left = digits.length - 3;
  return Array.from(digits, (digit, at) => {
    const letter = { '0': at % 2 === 0 ? 'O' : 'o', '1': at % 2 === 0 ? 'I' : 'l' }[digit];
    const written = letter !== undefined && misspelt[at] === true && left > 0 ? letter : digit;
    if (written !== digit) left -= 1;
    return written + (gaps[at] ?? '');
  }).join('');
}

/** As banks cut texts, whatever stands there. */
function cut(text: string, width: number): string[] {
  return text.match(new RegExp(`.{1,${width}}`, 'gs')) ?? [];
}

describe('an order’s number, garbled', () => {
  it('is found however it is divided, and surely', () => {
    fc.assert(
      fc.property(number, separators, before, after, (one, gaps, head, tail) => {
        const [found] = only(one, `${head}${garbled(one, gaps, [])}${tail}`);
        assert.equal(found?.number, one);
        assert.notEqual(found.finding, 'glued');
      }),
      { numRuns: 2000 },
    );
  });

  it('is found with O for 0 and I or l for 1', () => {
    // A letter between letters and digits may belong to either: such a text keeps a blank there.
    const lead = fc.constantFrom('', 'ORDINE ', 'ord. n° ', 'N.', 'RIF:');
    fc.assert(
      fc.property(number, letters, lead, (one, misspelt, head) => {
        const [found] = only(one, `${head}${garbled(one, [], misspelt)} saldo`);
        assert.equal(found?.number, one);
        assert.notEqual(found.finding, 'glued');
      }),
      { numRuns: 2000 },
    );
  });

  it('is found wherever the bank cuts its text', () => {
    fc.assert(
      fc.property(number, before, after, fc.constantFrom(27, 35, 65), fc.nat(64), (one, head, tail, width, shift) => {
        const text = `${'X'.repeat(shift)} ${head}${one}${tail}`;
        assert.equal(only(one, ...cut(text, width))[0]?.number, one, text);
      }),
      { numRuns: 2000 },
    );
  });

  it('is found glued to other digits, and said to be so', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'123456789'.split('')), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(number, digits, digits, separators, (one, head, tail, gaps) => {
        assert.deepStrictEqual(only(one, `TRN ${head}${garbled(one, gaps, [])}${tail}IT`), [
          { number: one, finding: 'glued' },
        ]);
      }),
    );
  });

  it('is found behind the zeros that fill it up', () => {
    fc.assert(
      fc.property(number, fc.integer({ min: 1, max: 20 }), (one, zeros) => {
        const [found] = only(one, `CONTRATTO ${'0'.repeat(zeros)}${one} RATA 1`);
        assert.equal(found?.finding === 'exact' || found?.finding === 'reference', true);
      }),
    );
  });

  it('is found in a creditor reference of any look, whatever follows', () => {
    const looks = fc.constantFrom<(reference: string) => string>(
      (text) => text.toLowerCase(),
      (text) => text.replaceAll(/(.{4})/g, '$1 '),
      (text) => text.replaceAll(/(.{4})/g, '$1.'),
      (text) => `${text.slice(0, 2)} ${text.slice(2)}`,
      (text) => `${text.slice(0, 9)}\n${text.slice(9)}`,
      (text) => `${text} 12/03/2026`,
      (text) => text.replaceAll('0', 'O'),
    );
    fc.assert(
      fc.property(number, looks, (one, look) => {
        assert.deepStrictEqual(only(one, `/RFB/${look(creditorReferenceFor(one))} saldo`), [
          { number: one, finding: 'reference' },
        ]);
      }),
    );
  });

  it('is found in a slip’s code divided by blanks', () => {
    fc.assert(
      fc.property(number, separators, (one, gaps) => {
        const code = Array.from(
          slipCodeFor(one),
          (digit, at) => digit + (at % 3 === 0 ? (gaps[at % 9] ?? '') : ''),
        ).join('');
        assert.equal(only(one, `bollettino ${code}`)[0]?.finding, 'reference');
      }),
    );
  });

  it('takes no time, however long the text is', () => {
    const started = performance.now();
    assert.deepStrictEqual(only('1000000161', '1 '.repeat(5_000_000), 'RF1'.repeat(1_000_000)), []);
    assert.ok(performance.now() - started < 5000);
  });
});

/** Texts of banks about payments that name no order, the same in each run. */
function noise(count: number): string[] {
  let state = 20_270_304n;
  const below = (most: number): number => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & ((1n << 64n) - 1n);
    return Number((state >> 33n) % BigInt(most));
  };
  const digits = (length: number): string => Array.from({ length }, () => below(10)).join('');
  const two = (most: number): string => String(below(most) + 1).padStart(2, '0');
  const date = (): string =>
    [`${two(28)}/${two(12)}/2026`, `${two(28)} ${two(12)} 2026`, `2026${two(12)}${two(28)}`][below(3)] ?? '';
  const pieces = [
    () => `TRN ${digits(16)}`,
    () => `CRO ${digits(11)}`,
    () => `IBAN IT${digits(2)}X${digits(10)}${digits(12)}`,
    () => `COD.FISC. RSSMRA${digits(2)}A${digits(2)}H${digits(3)}U`,
    () => `P.IVA ${digits(11)}`,
    () => `TEL. 3${digits(9)}`,
    () => `FATT. ${below(9999)} DEL ${date()}`,
    () => `EUR ${below(9)}.${digits(3)},${digits(2)}`,
    () => `ABI-CAB: ${digits(5)}-${digits(5)}`,
    () => date(),
  ];
  return Array.from({ length: count }, () =>
    Array.from({ length: 5 }, () => pieces[below(pieces.length)]?.() ?? '').join(' '),
  );
}

describe('what banks write of payments that name no order', () => {
  const TEXTS = 20_000;
  // As if there were 100,000 orders, anywhere among all numbers: one in a thousand exists.
  const exists = (one: string): boolean => Number(one.slice(2, -2)) % 1000 === 7;
  const found = noise(TEXTS).flatMap((text) => orderNumbersIn([text], exists));

  it('holds one by chance no more often than check digits and the share of numbers in use allow', () => {
    // Some 40 places in a text where a number may begin, of which one in 97 has right check digits.
    const allowed = (TEXTS * 40) / 97 / 1000;
    assert.ok(found.length <= allowed * 2, `${found.length} of ${TEXTS}`);
  });

  it('hardly ever holds one that stands by itself: all others need the right amount too', () => {
    const sure = found.filter(({ finding }) => finding !== 'glued');
    assert.ok(sure.length <= TEXTS / 2000, `${sure.length} of ${TEXTS}`);
  });
});
