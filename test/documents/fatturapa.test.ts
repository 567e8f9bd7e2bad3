import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import type { PlainDate } from '../../domain/calendar.ts';
import { faultsOf, schemaFaults } from '../../documents/checks.ts';
import { fatturaXml, unitPrice } from '../../documents/fatturapa.ts';
import { fileNameOf, type Invoice } from '../../documents/invoice.ts';
import { latin } from '../../documents/latin.ts';
import { invoicePdf } from '../../documents/pdf.ts';
import { anyInvoice, COMUNE, INVOICE, LINE, MARIO, SELLER } from './samples.ts';

function bodyOf(invoice: Invoice): Record<string, Record<string, Record<string, unknown>>> {
  const parsed = new XMLParser({ removeNSPrefix: true, parseTagValue: false }).parse(fatturaXml(invoice)) as {
    FatturaElettronica: { FatturaElettronicaBody: Record<string, Record<string, Record<string, unknown>>> };
  };
  return parsed.FatturaElettronica.FatturaElettronicaBody;
}

function headerOf(invoice: Invoice): Record<string, Record<string, unknown>> {
  const parsed = new XMLParser({ removeNSPrefix: true, parseTagValue: false }).parse(fatturaXml(invoice)) as {
    FatturaElettronica: { FatturaElettronicaHeader: Record<string, Record<string, unknown>> };
  };
  return parsed.FatturaElettronica.FatturaElettronicaHeader;
}

describe('an invoice', () => {
  it('is valid against the schema and passes the exchange system’s checks', () => {
    assert.deepStrictEqual(faultsOf(INVOICE), []);
    assert.deepStrictEqual(schemaFaults(fatturaXml(INVOICE)), []);
  });

  it('is valid whatever was ordered and by whom', () => {
    fc.assert(
      fc.property(anyInvoice, (invoice) => {
        assert.deepStrictEqual(faultsOf(invoice), []);
        assert.deepStrictEqual(schemaFaults(fatturaXml(invoice)), []);
      }),
      { numRuns: 300 },
    );
  });

  it('says what was bought, for which days and at which price', () => {
    const line = { ...LINE, months: 7, discountPercent: 10, netMinor: 1313, until: '2027-10-04' as PlainDate };
    const { DatiBeniServizi } = bodyOf({ ...INVOICE, lines: [line], netMinor: 1313, vatMinor: 289 });
    assert.deepStrictEqual(DatiBeniServizi?.['DettaglioLinee'], {
      NumeroLinea: '1',
      Descrizione: 'Fatturazione Elettronica',
      Quantita: '1.00',
      DataInizioPeriodo: '2027-03-04',
      DataFinePeriodo: '2027-10-03',
      PrezzoUnitario: '14.58333333',
      ScontoMaggiorazione: { Tipo: 'SC', Percentuale: '10.00' },
      PrezzoTotale: '13.13',
      AliquotaIVA: '22.00',
    });
  });

  it('may hold a line that takes off', () => {
    const off = { ...LINE, annualPriceMinor: -1875, netMinor: -1875, from: null, until: null };
    const invoice = { ...INVOICE, lines: [LINE, off], netMinor: 625, vatMinor: 138 };
    assert.deepStrictEqual(faultsOf(invoice), []);
    assert.deepStrictEqual(schemaFaults(fatturaXml(invoice)), []);
  });

  it('goes to a recipient code, or to a certified mailbox under no code', () => {
    assert.equal(headerOf(INVOICE)['DatiTrasmissione']?.['CodiceDestinatario'], 'ABC1234');
    const { recipientCode: _, ...mario } = MARIO;
    const mailed = headerOf({ ...INVOICE, buyer: { ...mario, certifiedEmail: 'mario@pec.example.com' } });
    assert.equal(mailed['DatiTrasmissione']?.['CodiceDestinatario'], '0000000');
    assert.equal(mailed['DatiTrasmissione']?.['PECDestinatario'], 'mario@pec.example.com');
    assert.equal(headerOf({ ...INVOICE, buyer: mario })['DatiTrasmissione']?.['CodiceDestinatario'], '0000000');
  });

  it('of a public administration is paid net, under its own format', () => {
    const invoice = { ...INVOICE, buyer: COMUNE, splitPayment: true };
    assert.equal(headerOf(invoice)['DatiTrasmissione']?.['FormatoTrasmissione'], 'FPA12');
    const { DatiBeniServizi, DatiPagamento } = bodyOf(invoice);
    assert.equal((DatiBeniServizi?.['DatiRiepilogo'] as Record<string, string>)['EsigibilitaIVA'], 'S');
    assert.equal((DatiPagamento?.['DettaglioPagamento'] as Record<string, string>)['ImportoPagamento'], '25.00');
  });

  it('names its file as the exchange system demands', () => {
    assert.equal(fileNameOf(INVOICE), 'IT12345678903_0000C.xml');
    assert.equal(fileNameOf({ seller: SELLER, progressive: 60_000_000 }), 'IT12345678903_ZQ0AO.xml');
  });

  it('has a copy to read, the same bytes each time', async () => {
    const [one, other] = await Promise.all([invoicePdf(INVOICE), invoicePdf(INVOICE)]);
    assert.equal(one.subarray(0, 5).toString(), '%PDF-');
    assert.ok(one.equals(other));
  });
});

describe('a credit note', () => {
  it('names what it takes back', () => {
    const note: Invoice = {
      ...INVOICE,
      kind: 'credit_note',
      credits: { number: '12/2027', date: '2027-03-04' as PlainDate },
    };
    const { DatiGenerali } = bodyOf(note);
    assert.equal((DatiGenerali?.['DatiGeneraliDocumento'] as Record<string, string>)['TipoDocumento'], 'TD04');
    assert.deepStrictEqual(DatiGenerali?.['DatiFattureCollegate'], { IdDocumento: '12/2027', Data: '2027-03-04' });
    assert.deepStrictEqual(schemaFaults(fatturaXml(note)), []);
  });
});

describe('what the exchange system would send back', () => {
  const nobody = { ...MARIO, taxCode: undefined };
  const late: Invoice = {
    ...INVOICE,
    kind: 'credit_note',
    credits: { number: '1/2028', date: '2028-01-01' as PlainDate },
  };
  const cases: [code: string, invoice: Invoice][] = [
    ['00400 00429', { ...INVOICE, vatPercent: 0, vatMinor: 0 }],
    ['00417', { ...INVOICE, buyer: nobody }],
    ['00418', late],
    ['00421', { ...INVOICE, vatMinor: 552 }],
    ['00422', { ...INVOICE, netMinor: 2502, vatMinor: 550 }],
    ['00423', { ...INVOICE, lines: [{ ...LINE, annualPriceMinor: 2498 }] }],
    ['00425', { ...INVOICE, number: 'A' }],
    ['00427', { ...INVOICE, buyer: { ...MARIO, recipientCode: 'UF1234' } }],
  ];
  for (const [code, invoice] of cases) {
    it(`is known beforehand: ${code}`, () => {
      assert.deepStrictEqual(
        faultsOf(invoice).map((fault) => fault.code),
        code.split(' '),
      );
    });
  }

  it('is known for the schema too, with line and reason', () => {
    const [fault] = schemaFaults(fatturaXml(INVOICE).replace('<Divisa>EUR', '<Divisa>euro'));
    assert.equal(fault?.code, 'schema');
    assert.match(fault?.reason ?? '', /^line \d+: .*Divisa/);
  });
});

describe('the price of one unit', () => {
  it('is exact to eight decimals, with two at least', () => {
    assert.equal(unitPrice({ annualPriceMinor: 2500, months: 12 }), '25.00');
    assert.equal(unitPrice({ annualPriceMinor: 2500, months: 7 }), '14.58333333');
    assert.equal(unitPrice({ annualPriceMinor: 1000, months: 8 }), '6.66666667');
    assert.equal(unitPrice({ annualPriceMinor: 0, months: 8 }), '0.00');
    assert.equal(unitPrice({ annualPriceMinor: -1000, months: 8 }), '-6.66666667');
  });
});

describe('a name in Latin-1', () => {
  it('keeps what Latin-1 has and writes the rest as near as can be', () => {
    assert.equal(latin('Società “Łódź” — caffè € 5\u0000', 80), 'Società "Lódz" - caffè EUR 5');
    assert.equal(latin('日本 😀', 80), '?? ?');
    assert.equal(latin('x'.repeat(90), 80).length, 80);
  });
});
