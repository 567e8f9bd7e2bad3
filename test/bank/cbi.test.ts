import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBankFile } from '../../bank/read.ts';
import { UnreadableFileError, type BankEntry } from '../../bank/statement.ts';
import { utf8 } from './support.ts';

const HEAD = ' RH01005ABCDE050327RINNOVO-0305';
const OPENING =
  ' 610000001                  93001C/C EURO          X0542811101000000123456EUR040327C000000000100,00IT60';
const MOVEMENT =
  ' 620000001001050327040327C000000000030,5048                  0920299495033555         Bonifico a Vs. favore';
const closing = (amount = '000000000130,50'): string => ` 640000001EUR050327C${amount}C${amount}`;
const tail = (records: number): string =>
  ` EF01005ABCDE050327RINNOVO-0305         0000001                              ${String(records).padStart(7, '0')}`;
const more = (text: string): string => ` 630000001001${text}`;

function flow(...records: string[]): string {
  const all = [HEAD, OPENING, ...records, closing()];
  return [...all, tail(all.length + 1)].map((record) => record.padEnd(120)).join('\r\n');
}

function only(text: string): BankEntry {
  const [entry, ...others] = readBankFile(utf8(text)).statements.flatMap(({ entries }) => entries);
  assert.ok(entry !== undefined && others.length === 0);
  return entry;
}

function refused(text: string): UnreadableFileError {
  try {
    readBankFile(utf8(text));
  } catch (error) {
    if (error instanceof UnreadableFileError) return error;
    throw error;
  }
  throw new Error('The file was read.');
}

describe('a CBI statement', () => {
  it('says which account it is of, and what moved', () => {
    const { format, statements, warnings } = readBankFile(utf8(flow(MOVEMENT)));
    assert.deepStrictEqual([format, warnings], ['cbi-rh', []]);
    assert.deepStrictEqual(
      statements.map(({ account, entries }) => [account, entries]),
      [
        [
          'IT60X0542811101000000123456',
          [
            {
              place: 'line 3',
              amount: '30.50',
              currency: 'EUR',
              isCredit: true,
              isReversal: false,
              isBooked: true,
              bookedOn: '2027-03-04',
              valueOn: '2027-03-05',
              bankReference: '0920299495033555',
              endToEndId: null,
              counterparty: { name: null, account: null },
              remittance: [],
              references: [],
              description: 'Bonifico a Vs. favore',
            },
          ],
        ],
      ],
    );
  });

  it('tells the payer’s words and name from flagged records', () => {
    const entry = only(
      flow(
        MOVEMENT,
        more(`YYY04032027${''.padEnd(16)}${'OFFICINE LEVANTE SRL'.padEnd(40)}`),
        more(`ID1${''.padEnd(35)}E2E-1`),
        more('RI1SALDO ORDINE 1000000123'),
        more('RI2 E SPESE'),
      ),
    );
    assert.deepStrictEqual(
      [entry.counterparty.name, entry.endToEndId, entry.remittance],
      ['OFFICINE LEVANTE SRL', 'E2E-1', ['SALDO ORDINE 1000000123', 'E SPESE']],
    );
  });

  it('puts together what tags were broken over records', () => {
    const text =
      ':E2E:389501 :IB2:IT02L1234512345123456789012 :TID:1001230000000754 :RI3:PAGAMENTO ORDINE 1000000123 :OR1:VEICOLI S.R.L';
    const entry = only(
      flow(MOVEMENT.replace('0920299495033555', ''.padEnd(16)), more(text.slice(0, 107)), more(text.slice(107))),
    );
    assert.deepStrictEqual(
      [entry.endToEndId, entry.bankReference, entry.counterparty, entry.remittance[0]],
      [
        '389501',
        '1001230000000754',
        { name: 'VEICOLI S.R.L', account: 'IT02L1234512345123456789012' },
        'PAGAMENTO ORDINE 1000000123',
      ],
    );
  });

  it('keeps plain words', () => {
    assert.deepStrictEqual(only(flow(MOVEMENT, more('VERSAMENTO DA CASSA ORDINE 1000000123'))).remittance, [
      'VERSAMENTO DA CASSA ORDINE 1000000123',
    ]);
  });

  it('is read as one run of records, and with blanks at the ends lost', () => {
    assert.equal(only(flow(MOVEMENT).replaceAll('\r\n', '')).amount, '30.50');
    assert.equal(only(flow(MOVEMENT).replaceAll(/ +\r\n/g, '\n')).amount, '30.50');
  });

  it('warns when its balances do not add up', () => {
    const text = flow(MOVEMENT).replace(closing(), closing('000000000999,50'));
    assert.match(readBankFile(utf8(text)).warnings[0] ?? '', /a movement may be missing/);
  });
});

describe('a CBI file that cannot be read', () => {
  const cases: [what: string, text: string, line: number | null, reason: RegExp][] = [
    ['cut off', flow(MOVEMENT).split('\r\n').slice(0, -1).join('\r\n'), null, /ends without a tail/],
    [
      'a record lost',
      flow(MOVEMENT).split('\r\n').toSpliced(2, 1).join('\r\n'),
      4,
      /says that the flow has 5 records, and it has 4/,
    ],
    [
      'a movement doubled',
      flow(MOVEMENT).replace(MOVEMENT.padEnd(120), `${MOVEMENT.padEnd(120)}\r\n${MOVEMENT}`),
      6,
      /doubled/,
    ],
    ['a movement of neither side', flow(MOVEMENT.replace('327C', '327X')), 3, /neither C nor D/],
    [
      'an amount of rubbish',
      flow(MOVEMENT.replace('000000000030,50', '000000000030.50')),
      3,
      /amount that cannot be read/,
    ],
    ['a date that does not exist', flow(MOVEMENT.replace('050327040327', '050327300227')), 3, /does not exist/],
    ['a record too long', flow(`${MOVEMENT.padEnd(120)}X`), 3, /121 characters/],
    ['a record of another kind', flow(MOVEMENT, ' 990000001'), 4, /record "99"/],
    ['a movement outside a statement', [HEAD, MOVEMENT, tail(3)].join('\n'), 2, /belongs to no statement/],
  ];
  for (const [what, text, line, reason] of cases) {
    it(`is refused whole with the line and the reason: ${what}`, () => {
      const error = refused(text);
      assert.match(error.message, reason);
      assert.equal(error.line, line);
    });
  }
});
