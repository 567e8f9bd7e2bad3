/** The exchange system's checks: of documents that others wrote, and of ours with one thing after the other broken. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { faultsOf, knownFaults, schemaFaults } from '../../documents/checks.ts';
import { fatturaXml } from '../../documents/fatturapa.ts';
import { isWritable, latin } from '../../documents/latin.ts';
import type { Invoice } from '../../documents/invoice.ts';
import { plainDate } from '../../domain/calendar.ts';
import { COMUNE, INVOICE, LINE, MARIO, SELLER } from './samples.ts';

const DATA = join(import.meta.dirname, '..', 'data', 'fatturapa');
/** What is wrong with those that are not in order. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  // An administration without the six characters of its office.
  'gobl-invoice-b2g.xml': ['00427'],
  // A share with one decimal.
  'net-FPR02.xml': ['schema'],
  // Of version 1.1, which is no longer taken.
  'php-IT01234567890_11001.xml': ['schema'],
};

const codesOf = (faults: readonly { readonly code: string }[]): string[] => faults.map(({ code }) => code);

describe('a document that somebody else wrote', () => {
  for (const name of readdirSync(DATA).filter((one) => one.endsWith('.xml'))) {
    const faults = WRONG[name] ?? [];
    it(`${faults.length === 0 ? 'is found in order' : 'is refused'}: ${name}`, () => {
      const bytes = readFileSync(join(DATA, name));
      const found = schemaFaults(bytes);
      if (found.length === 0) found.push(...knownFaults(bytes.toString('utf8')));
      assert.deepStrictEqual([...new Set(codesOf(found))], faults);
    });
  }

  it('is refused where it is no XML, or cut off', () => {
    for (const text of ['', 'x', '<a>', fatturaXml(INVOICE).slice(0, 900)])
      assert.deepStrictEqual([...new Set(codesOf(schemaFaults(text)))], ['schema']);
  });
});

const ABROAD = { ...MARIO.address, country: 'DE', postalCode: 'D-80331', province: 'Bayern' };
const NOTE: Invoice = { ...INVOICE, kind: 'credit_note', credits: { number: '1/2027', date: plainDate('2027-03-01') } };
const { recipientCode: _, ...MAILED } = { ...MARIO, certifiedEmail: 'mario@pec.example.com' };
const { recipientCode: __, ...UNREACHED } = MARIO;

describe('a document of ours', () => {
  const cases: [who: string, changes: Partial<Invoice>][] = [
    ['to a person with a recipient code', {}],
    ['to a person with a tax code alone', { buyer: UNREACHED }],
    ['to a certified mailbox', { buyer: MAILED }],
    ['to a person with a provisional tax code', { buyer: { ...MARIO, taxCode: '00012341517' } }],
    [
      'to a company with a VAT number alone',
      { buyer: { ...MARIO, companyName: 'Verdi & Figli "S.r.l."', taxCode: undefined, vatNumber: '07643520567' } },
    ],
    [
      'to a company with both, and different',
      { buyer: { ...MARIO, taxCode: '80008750152', vatNumber: '07643520567' } },
    ],
    ['to a sole trader', { buyer: { ...MARIO, vatNumber: '07643520567' } }],
    ['to somebody of ours who lives abroad', { buyer: { ...UNREACHED, address: ABROAD } }],
    ['to an administration that pays the VAT itself', { buyer: COMUNE, splitPayment: true }],
    [
      'to an administration with the codes it buys under',
      {
        buyer: COMUNE,
        splitPayment: true,
        paidBy: 'commitment',
        tenderCode: 'ZB98B4A235',
        projectCode: 'J11B21000000001',
        remarks: ['Impegno di spesa: Determina n. 1/2026 – “€ 25”'],
      },
    ],
    ['that takes back', NOTE],
    ['of a person who sells', { seller: { ...SELLER, companyName: undefined, firstName: 'Ada', lastName: 'Neri' } }],
  ];
  for (const [who, changes] of cases) {
    it(`is in order: ${who}`, () => {
      const invoice = { ...INVOICE, ...changes };
      assert.deepStrictEqual(schemaFaults(fatturaXml(invoice)), []);
      assert.deepStrictEqual(faultsOf(invoice, invoice.date), []);
    });
  }

  it('names the codes under which an administration buys, and what it wrote', () => {
    const codes = { tenderCode: 'ZB98B4A235', projectCode: 'J11B21000000001', remarks: ['Determina 1', 'due'] };
    const xml = fatturaXml({ ...INVOICE, ...codes });
    assert.match(xml, /<CodiceCUP>J11B21000000001<\/CodiceCUP>\s*<CodiceCIG>ZB98B4A235<\/CodiceCIG>/);
    assert.match(xml, /<Causale>Determina 1<\/Causale>\s*<Causale>due<\/Causale>/);
  });

  it('names our account only where money is to come to it', () => {
    const iban = /<IBAN>/;
    assert.match(fatturaXml(INVOICE), iban);
    assert.doesNotMatch(fatturaXml(NOTE), iban);
    const byCredit = fatturaXml({ ...INVOICE, paidBy: 'credit' });
    assert.match(byCredit, /<ModalitaPagamento>MP22</);
    assert.doesNotMatch(byCredit, iban);
  });
});

/** A text of the XML, and what it is replaced by. */
type Break = [from: string | RegExp, to: string];

const RETAINED = '<Ritenuta>SI</Ritenuta>';
const FUND =
  '<DatiCassaPrevidenziale><TipoCassa>TC22</TipoCassa><AlCassa>4.00</AlCassa><ImportoContributoCassa>0.00</ImportoContributoCassa>';
/** The rate of the line, or of the summary. */
const lineRate = (rate: string): Break => [/22\.00(<\/AliquotaIVA>\s*<\/DettaglioLinee>)/, `${rate}$1`];
const summaryRate = (rate: string): Break => [/22\.00(<\/AliquotaIVA>\s*<Imponibile)/, `${rate}$1`];
const withFund = (rest: string): Break => [
  '<ImportoTotaleDocumento>',
  `${FUND}${rest}</DatiCassaPrevidenziale><ImportoTotaleDocumento>`,
];
const line = (more: string): Break => ['</DettaglioLinee>', `${more}</DettaglioLinee>`];

describe('what the exchange system sends back', () => {
  const cases: [code: string, ...changes: Break[]][] = [
    [
      '00301',
      [
        '<IdPaese>IT</IdPaese>\n          <IdCodice>12345678903',
        '<IdPaese>IT</IdPaese>\n          <IdCodice>12345678904',
      ],
    ],
    ['00302', [/(<\/IdFiscaleIVA>)(\s*<Anagrafica>)/, '$1<CodiceFiscale>12345678904</CodiceFiscale>$2']],
    [
      '00305',
      [
        /<CodiceFiscale>RSS\w+<\/CodiceFiscale>/,
        '<IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>07643520568</IdCodice></IdFiscaleIVA>',
      ],
    ],
    ['00306', ['RSSMRA45C12F205C', 'RSSMRA45C12F205D']],
    ['00313', ['ABC1234', 'XXXXXXX']],
    ['00401', line('<Natura>N6.1</Natura>')],
    ['00411', line(RETAINED)],
    ['00413', withFund('<AliquotaIVA>0.00</AliquotaIVA>')],
    ['00414', withFund('<AliquotaIVA>22.00</AliquotaIVA><Natura>N6.1</Natura>')],
    ['00415', withFund(`<AliquotaIVA>22.00</AliquotaIVA>${RETAINED}`)],
    ['00417', [/<CodiceFiscale>RSS\w+<\/CodiceFiscale>/, '']],
    ['00419', lineRate('10.00')],
    ['00420', ['<Imposta>5.50</Imposta>', '<Natura>N6.1</Natura>'], ['<EsigibilitaIVA>I', '<EsigibilitaIVA>S']],
    ['00421', ['<Imposta>5.50', '<Imposta>5.52']],
    ['00422', [/<ImponibileImporto>25.00/, '<ImponibileImporto>26.01'], ['<Imposta>5.50', '<Imposta>5.72']],
    ['00423', ['<PrezzoUnitario>25.00', '<PrezzoUnitario>25.02']],
    ['00424', lineRate('0.22'), summaryRate('0.22')],
    ['00425', ['<Numero>12/2027', '<Numero>XII']],
    ['00426', ['</CodiceDestinatario>', '</CodiceDestinatario><PECDestinatario>a@pec.example.com</PECDestinatario>']],
    ['00427', ['ABC1234', 'UF1234']],
    ['00428', ['versione="FPR12"', 'versione="FPA12"']],
    ['00429', lineRate('0.00'), summaryRate('0.00'), ['<Imposta>5.50', '<Imposta>0.00']],
    ['00430', ['<ImponibileImporto>', '<Natura>N6.1</Natura><ImponibileImporto>']],
    [
      '00437',
      [
        '<ImportoTotaleDocumento>',
        '<ScontoMaggiorazione><Tipo>SC</Tipo></ScontoMaggiorazione><ImportoTotaleDocumento>',
      ],
    ],
    ['00438', ['<PrezzoTotale>', '<ScontoMaggiorazione><Tipo>SC</Tipo></ScontoMaggiorazione><PrezzoTotale>']],
    ['00443', summaryRate('10.00')],
    ['00444', line('<Natura>N6.1</Natura>')],
    ['00445', line('<Natura>N6</Natura>')],
    [
      '00471',
      [
        /<CodiceFiscale>RSS\w+<\/CodiceFiscale>/,
        '<IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>12345678903</IdCodice></IdFiscaleIVA>',
      ],
    ],
  ];
  for (const [code, ...changes] of cases) {
    it(`is known beforehand: ${code}`, () => {
      const whole = fatturaXml(INVOICE);
      assert.deepStrictEqual(knownFaults(whole), []);
      const broken = changes.reduce((xml, [from, to]) => {
        const next = xml.replace(from, to);
        assert.notEqual(next, xml, `nothing to break by ${String(from)}`);
        return next;
      }, whole);
      assert.ok(codesOf(knownFaults(broken)).includes(code), codesOf(knownFaults(broken)).join());
    });
  }

  it('is a document dated after the day it is sent, known beforehand: 00403', () => {
    assert.deepStrictEqual(codesOf(faultsOf(INVOICE, plainDate('2027-03-03'))), ['00403']);
    assert.deepStrictEqual(faultsOf(INVOICE, plainDate('2027-03-04')), []);
  });

  it('allows for a euro where we allow for nothing: 00422', () => {
    const off = { ...INVOICE, lines: [{ ...LINE, annualPriceMinor: 2501, netMinor: 2501 }] };
    assert.deepStrictEqual(knownFaults(fatturaXml(off)), []);
    assert.deepStrictEqual(codesOf(faultsOf(off)), ['00422']);
  });
});

describe('a text on an invoice', () => {
  it('is written in Latin letters, without the marks that nobody sees', () => {
    for (const [text, written] of [
      ['Müller\u200b\u2028GmbH\u00ad', 'Müller GmbH'],
      ['Ħal‑Qormi • ﬁne № 5', 'Hal-Qormi - fine No 5'],
      ['Софія Щербак, Київ', 'Sofiia Shcherbak, Kiiv'],
      ['Йосиф Ёлкин', 'Iosif Elkin'],
      ['Αθήνα Χρυσή Ωμέγα', 'Athina Chrysi Omega'],
      ['Società Žluťoučký 株式会社', 'Società Zlutoucký ????'],
    ] as const)
      assert.equal(latin(text, 80), written);
  });

  it('can be read unless it is all in ideograms or pictures', () => {
    for (const text of ['Софія', 'Αθήνα', '株式会社 7', 'Bar 😀']) assert.ok(isWritable(text), text);
    for (const text of ['日本', '😀', '\u200b', '—', '?']) assert.ok(!isWritable(text), text);
  });
});
