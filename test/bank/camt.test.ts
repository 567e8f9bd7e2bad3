import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBankFile } from '../../bank/read.ts';
import { centsOf, UnreadableFileError, type BankEntry } from '../../bank/statement.ts';
import { bankFiles, bytesOf, expectedOf, utf8 } from './support.ts';

interface Money {
  readonly value: string;
  readonly currency: string;
}

interface Expected {
  readonly statements: readonly {
    readonly account?: string;
    readonly entries?: readonly {
      readonly amount: Money;
      readonly cdtDbt: string;
      readonly reversal?: boolean;
      readonly bookingDate?: string;
      readonly valueDate?: string;
      readonly tx?: readonly { readonly endToEndId?: string; readonly ustrd?: string[]; readonly debtor?: string }[];
    }[];
  }[];
}

const entry = (inner: string): string => `<Ntry>${inner}</Ntry>`;
const AMOUNT = '<Amt Ccy="EUR">30.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>';
const BOOKED = '<Sts>BOOK</Sts><BookgDt><Dt>2027-03-04</Dt></BookgDt><ValDt><Dt>2027-03-05</Dt></ValDt>';

function statement(entries: string, version = '02'): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.${version}">
<BkToCstmrStmt><Stmt><Id>S1</Id><Acct><Id><IBAN>IT60X0542811101000000123456</IBAN></Id></Acct>
${entries}
</Stmt></BkToCstmrStmt></Document>`;
}

function entriesOf(text: string): readonly BankEntry[] {
  return readBankFile(utf8(text)).statements.flatMap(({ entries }) => entries);
}

function refusal(text: string): UnreadableFileError {
  try {
    readBankFile(utf8(text));
  } catch (error) {
    if (error instanceof UnreadableFileError) return error;
    throw error;
  }
  throw new Error('The file was read.');
}

const signed = ({ amount, isCredit }: BankEntry): number => (isCredit ? 1 : -1) * (centsOf(amount) ?? Number.NaN);

describe('the CAMT files of others', () => {
  for (const name of bankFiles('camt')) {
    it(`are read cent by cent: ${name}`, () => {
      const expected = expectedOf<Expected>('camt', name);
      assert.ok(expected !== null, 'an independent reading is there');
      const { statements } = readBankFile(bytesOf('camt', name));
      assert.deepStrictEqual(
        statements.map(({ account }) => account),
        expected.statements.map(({ account }) => account ?? null),
      );
      for (const [index, wanted] of expected.statements.entries()) {
        const entries = statements[index]?.entries ?? [];
        const booked = wanted.entries ?? [];
        const sums = booked.map(({ amount, cdtDbt }) => (cdtDbt === 'CRDT' ? 1 : -1) * (centsOf(amount.value) ?? 0));
        assert.equal(
          entries.reduce((sum, one) => sum + signed(one), 0),
          sums.reduce((sum, one) => sum + one, 0),
        );
        for (const [at, { bookingDate, valueDate, reversal, amount }] of booked.entries()) {
          const own = entries.filter(({ place }) => place.split(', ')[1] === `Ntry ${at + 1}`);
          assert.ok(own.length > 0);
          assert.equal(
            own.reduce((sum, one) => sum + signed(one), 0),
            sums[at],
          );
          for (const one of own) {
            assert.equal(one.currency, amount.currency);
            assert.equal(one.bookedOn, bookingDate?.slice(0, 10) ?? null);
            assert.equal(one.valueOn, valueDate?.slice(0, 10) ?? null);
            assert.equal(one.isReversal, reversal ?? false);
          }
        }
      }
    });

    it(`lose no word of a payer: ${name}`, () => {
      const expected = expectedOf<Expected>('camt', name);
      const { statements } = readBankFile(bytesOf('camt', name));
      for (const [index, wanted] of (expected?.statements ?? []).entries()) {
        const said = (statements[index]?.entries ?? []).flatMap(({ remittance }) => remittance);
        const words = (wanted.entries ?? []).flatMap(({ tx = [] }) => tx.flatMap(({ ustrd = [] }) => ustrd));
        assert.deepStrictEqual(
          words.filter((text) => !said.includes(text.trim())),
          [],
        );
      }
    });
  }
});

describe('an entry of a CAMT statement', () => {
  it('says who paid, why, and when', () => {
    const details = `<NtryDtls><TxDtls><Refs><EndToEndId>E1</EndToEndId><AcctSvcrRef>B1</AcctSvcrRef></Refs>
      <RltdPties><Dbtr><Nm>Mario Rossi &amp; figli</Nm></Dbtr><DbtrAcct><Id><IBAN>IT02L1234512345123456789012</IBAN></Id></DbtrAcct></RltdPties>
      <RmtInf><Ustrd>ordine 10000</Ustrd><Ustrd>00123</Ustrd><Strd><CdtrRefInf><Ref>RF38000000000123456</Ref></CdtrRefInf></Strd></RmtInf>
      </TxDtls></NtryDtls>`;
    assert.deepStrictEqual(entriesOf(statement(entry(AMOUNT + BOOKED + details))), [
      {
        place: 'Stmt 1, Ntry 1',
        amount: '30.50',
        currency: 'EUR',
        isCredit: true,
        isReversal: false,
        isBooked: true,
        bookedOn: '2027-03-04',
        valueOn: '2027-03-05',
        bankReference: 'B1',
        endToEndId: 'E1',
        counterparty: { name: 'Mario Rossi & figli', account: 'IT02L1234512345123456789012' },
        remittance: ['ordine 10000', '00123'],
        references: ['RF38000000000123456'],
        description: null,
      },
    ]);
  });

  it('keeps its side when it is a reversal', () => {
    const [one] = entriesOf(
      statement(entry(`<Amt Ccy="EUR">30.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd>${BOOKED}`)),
    );
    assert.deepStrictEqual([one?.isCredit, one?.isReversal], [false, true]);
  });

  it('is only announced until it is booked, written as text or as a code', () => {
    const statuses = ['<Sts>PDNG</Sts>', '<Sts><Cd>PDNG</Cd></Sts>', '<Sts>BOOK</Sts>', '<Sts><Cd>BOOK</Cd></Sts>', ''];
    const read = entriesOf(statement(statuses.map((status) => entry(AMOUNT + status)).join(''), '08'));
    assert.deepStrictEqual(
      read.map(({ isBooked }) => isBooked),
      [false, false, true, true, true],
    );
  });

  it('is split where its transactions account for every cent, under references of their own', () => {
    const part = (amount: string): string => `<TxDtls><Amt Ccy="EUR">${amount}</Amt></TxDtls>`;
    const batch = entry(`${AMOUNT}<AcctSvcrRef>SUM</AcctSvcrRef><NtryDtls>${part('10.00')}${part('20.50')}</NtryDtls>`);
    assert.deepStrictEqual(
      entriesOf(statement(batch, '04')).map(({ amount, bankReference }) => [amount, bankReference]),
      [
        ['10.00', 'SUM/1'],
        ['20.50', 'SUM/2'],
      ],
    );
  });

  it('stays one sum, and says so, where they do not', () => {
    const part = '<TxDtls><Amt Ccy="EUR">10.00</Amt><RmtInf><Ustrd>a</Ustrd></RmtInf></TxDtls>';
    const file = readBankFile(utf8(statement(entry(`${AMOUNT}<NtryDtls>${part}${part}</NtryDtls>`), '04')));
    const entries = file.statements.flatMap((one) => one.entries);
    assert.deepStrictEqual(
      entries.map(({ amount, remittance }) => [amount, remittance]),
      [['30.50', ['a', 'a']]],
    );
    assert.equal(file.warnings.length, 1);
  });
});

describe('a CAMT file that cannot be read', () => {
  const cases: [what: string, text: string, line: number | null, reason: RegExp][] = [
    ['an amount without a currency', statement(entry('<Amt>30.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>')), 4, /currency/],
    [
      'an amount with a thousands separator',
      statement(entry('<Amt Ccy="EUR">1,030.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>')),
      4,
      /amount/,
    ],
    ['a negative amount', statement(entry('<Amt Ccy="EUR">-30.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>')), 4, /amount/],
    ['no side', statement(entry('<Amt Ccy="EUR">30.50</Amt>')), 4, /credit \(CRDT\) nor/],
    [
      'a date that does not exist',
      statement(entry(`${AMOUNT}<BookgDt><Dt>2027-02-30</Dt></BookgDt>`)),
      4,
      /does not exist/,
    ],
    ['a version that is not known', statement(entry(AMOUNT), '14'), null, /versions 02 to 10/],
    ['a report of the day', statement(entry(AMOUNT)).replaceAll('camt.053', 'camt.052'), null, /not final/],
    [
      'another message',
      '<?xml version="1.0"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>',
      null,
      /no CAMT/,
    ],
    ['no statement', statement('').replaceAll(/<\/?Stmt>/g, ''), null, /holds no Stmt/],
    ['broken XML', statement(`${entry(AMOUNT)}<Ntry>`), 5, /not well-formed/],
    [
      'a type definition',
      statement(entry(AMOUNT)).replace('<Document', '<!DOCTYPE x [<!ENTITY a "b">]>\n<Document'),
      2,
      /type definition/,
    ],
  ];
  for (const [what, text, line, reason] of cases) {
    it(`is refused whole with the line and the reason: ${what}`, () => {
      const refused = refusal(text);
      assert.match(refused.message, reason);
      assert.equal(refused.line, line);
    });
  }

  it('does not swell: an entity bomb is refused unread', () => {
    const bomb = `<?xml version="1.0"?>\n<!DOCTYPE l [<!ENTITY a "${'x'.repeat(1000)}">]>\n<Document>${'&a;'.repeat(1000)}</Document>`;
    assert.match(refusal(bomb).message, /type definition/);
  });

  it('is refused for its size before it is looked at', () => {
    assert.throws(() => readBankFile(new Uint8Array(40 * 1024 * 1024)), /larger than 32 MB/);
  });
});

describe('the encoding of a file', () => {
  const named = statement(entry(`${AMOUNT}<AddtlNtryInf>Società</AddtlNtryInf>`));
  const description = (bytes: Uint8Array): string | null =>
    readBankFile(bytes).statements[0]?.entries[0]?.description ?? null;

  it('is what its declaration says', () => {
    const latin = named.replace('UTF-8', 'ISO-8859-1');
    assert.equal(description(Buffer.from(latin, 'latin1')), 'Società');
  });

  it('is what its byte-order mark says', () => {
    assert.equal(description(Buffer.from(`\ufeff${named}`, 'utf8')), 'Società');
    assert.equal(description(Buffer.from(`\ufeff${named.replace('UTF-8', 'UTF-16')}`, 'utf16le')), 'Società');
  });

  it('refuses a file that says UTF-8 and is not', () => {
    assert.throws(() => readBankFile(Buffer.from(named, 'latin1')), /not written in utf-8/);
  });

  it('refuses an encoding nobody knows', () => {
    assert.throws(() => readBankFile(utf8(named.replace('UTF-8', 'KLINGON'))), /encoding "KLINGON"/);
  });
});
