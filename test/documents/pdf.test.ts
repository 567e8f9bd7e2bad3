import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Invoice } from '../../documents/invoice.ts';
import { invoicePdf } from '../../documents/pdf.ts';
import { slipPdf, type PostalSlip } from '../../documents/slip.ts';
import { orderNumberFor } from '../../domain/orderNumber.ts';
import { plainDate } from '../../domain/calendar.ts';
import { readPdf } from './pdfText.ts';
import { COMUNE, INVOICE, LINE } from './samples.ts';

async function said(changes: Partial<Invoice>): Promise<string[]> {
  return readPdf(await invoicePdf({ ...INVOICE, ...changes })).texts.map(({ text }) => text);
}

describe('the copy of an invoice', () => {
  it('says that it is paid, as an order is invoiced once it is', async () => {
    const texts = await said({});
    assert.ok(texts.includes('Pagato'));
    assert.ok(texts.some((text) => /\(12 mesi/.test(text)));
  });

  it('of an administration that committed itself says what is to be paid, and under which codes it buys', async () => {
    const codes = { tenderCode: 'ZB98B4A235', projectCode: 'J11B21000000001', remarks: ['Impegno di spesa: così'] };
    const texts = await said({ buyer: COMUNE, splitPayment: true, paidBy: 'commitment', ...codes });
    for (const text of ['Da pagare', 'CIG ZB98B4A235 · CUP J11B21000000001', 'Impegno di spesa: così'])
      assert.ok(texts.includes(text), text);
  });

  it('that takes back says how much, and for no time', async () => {
    const credits = { number: '1/2027', date: plainDate('2027-03-01') };
    const texts = await said({ kind: 'credit_note', credits, lines: [{ ...LINE, from: null, until: null }] });
    assert.ok(texts.includes('Rimborso'));
    assert.ok(!texts.some((text) => /mesi/.test(text)));
  });

  it('of many lines names itself on each page, and keeps its totals and what is below them together', async () => {
    for (let count = 20; count <= 60; count += 1) {
      const { texts } = readPdf(await invoicePdf({ ...INVOICE, lines: Array.from({ length: count }, () => LINE) }));
      const pages = new Set(texts.map(({ page }) => page)).size;
      const numbers = texts.flatMap(({ text }) => /pagina (\d+) di (\d+)/.exec(text)?.slice(1) ?? []);
      const expected = Array.from({ length: pages }, (_, page) => [String(page + 1), String(pages)]).flat();
      assert.deepStrictEqual(numbers, pages === 1 ? [] : expected, `${count} lines`);
      const pageOf = (start: string): number | undefined => texts.find(({ text }) => text.startsWith(start))?.page;
      assert.equal(pageOf('Imponibile'), pageOf('Copia di cortesia'), `${count} lines`);
    }
  });
});

describe('a postal slip', () => {
  const name = 'Associazione Nazionale per la Promozione delle Attività Culturali e dello Sport';
  const SLIP: PostalSlip = {
    orderNumber: orderNumberFor(10_000_001),
    amountMinor: 77_777_777,
    account: '12345678',
    holder: 'Fornitore di Esempio S.p.A.',
    payer: { name, street: 'Largo Libertà 1', place: '52100 Pieve di Santo Stefano in Valle (AR)' },
    placeholder: false,
  };

  it('writes the longest name and amount on one line each, whole', async () => {
    const { texts } = readPdf(await slipPdf(SLIP));
    for (const text of [SLIP.payer.name, SLIP.payer.place, 'settecentosettantasettemilasettecentosettantasette/77'])
      assert.equal(texts.filter((drawn) => drawn.text === text).length, 2, text);
  });

  it('keeps what the machine reads clear of what is written', async () => {
    const { texts, pictures } = readPdf(await slipPdf(SLIP));
    const [code] = pictures;
    assert.ok(code);
    const lowest = Math.min(...texts.filter(({ text }) => text === SLIP.payer.place).map(({ y }) => y));
    assert.ok(code.top < lowest, `${code.top} below ${lowest}`);
  });
});
