import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { XMLParser } from 'fast-xml-parser';
import { sepaText, transferListXml, type TransferList } from '../../documents/creditTransfers.ts';
import type { PlainDate } from '../../domain/calendar.ts';

const LIST: TransferList = {
  id: 'REFUNDS-2027-03-04-1',
  createdAt: '2027-03-04T09:00:00',
  executeOn: '2027-03-05' as PlainDate,
  payer: { name: 'Fornitore di Esempio S.p.A.', iban: 'IT60X0542811101000000123456' },
  transfers: [
    {
      endToEndId: 'ref-1',
      name: 'Mario Rossi',
      iban: 'IT02L1234512345123456789012',
      amountMinor: 3050,
      reason: 'Rimborso ordine 1000000161',
    },
    {
      endToEndId: 'ref-2',
      name: 'Città & Società',
      iban: 'IT02L1234512345123456789012',
      amountMinor: 5,
      reason: 'Rimborso',
    },
  ],
};

function read(xml: string): Record<string, unknown> {
  const { Document } = new XMLParser({ parseTagValue: false, ignoreAttributes: false, attributeNamePrefix: '@' }).parse(
    xml,
  ) as {
    Document: { CstmrCdtTrfInitn: Record<string, unknown> };
  };
  return Document.CstmrCdtTrfInitn;
}

describe('a list of transfers', () => {
  it('counts and sums what it holds, in its head and in its order', () => {
    const { GrpHdr, PmtInf } = read(transferListXml(LIST)) as Record<string, Record<string, unknown>>;
    for (const part of [GrpHdr, PmtInf]) assert.deepStrictEqual([part?.['NbOfTxs'], part?.['CtrlSum']], ['2', '30.55']);
  });

  it('pays each receiver exactly, under a name that comes back', () => {
    const { PmtInf } = read(transferListXml(LIST)) as Record<string, Record<string, unknown>>;
    assert.deepStrictEqual(PmtInf?.['CdtTrfTxInf'], [
      {
        PmtId: { EndToEndId: 'ref-1' },
        Amt: { InstdAmt: { '@Ccy': 'EUR', '#text': '30.50' } },
        Cdtr: { Nm: 'Mario Rossi' },
        CdtrAcct: { Id: { IBAN: 'IT02L1234512345123456789012' } },
        RmtInf: { Ustrd: 'Rimborso ordine 1000000161' },
      },
      {
        PmtId: { EndToEndId: 'ref-2' },
        Amt: { InstdAmt: { '@Ccy': 'EUR', '#text': '0.05' } },
        Cdtr: { Nm: 'Citta + Societa' },
        CdtrAcct: { Id: { IBAN: 'IT02L1234512345123456789012' } },
        RmtInf: { Ustrd: 'Rimborso' },
      },
    ]);
  });

  it('names the payer’s bank where it is known', () => {
    assert.match(transferListXml(LIST), /<Othr>\s*<Id>NOTPROVIDED/);
    const known = { ...LIST, payer: { ...LIST.payer, bic: 'BCITITMM' } };
    assert.match(transferListXml(known), /<BICFI>BCITITMM</);
  });

  it('is never empty', () => {
    assert.throws(() => transferListXml({ ...LIST, transfers: [] }), RangeError);
  });

  it('holds only characters every bank takes', () => {
    assert.equal(sepaText('Società “Ł&ù” <b>#', 70), 'Societa .L+u. .b..');
  });
});
