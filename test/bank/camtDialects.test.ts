/** What CAMT entries may say beyond amount and day: other names, other parties, money that goes back, balances. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBankFile } from '../../bank/read.ts';
import type { BankEntry } from '../../bank/statement.ts';
import { utf8 } from './support.ts';

const HEAD = '<Amt Ccy="EUR">30.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>';

function file(entries: string, before = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>S1</Id>${before}
${entries}
</Stmt></BkToCstmrStmt></Document>`;
}

function entry(details: string, head = HEAD): BankEntry {
  const text = file(`<Ntry>${head}<NtryDtls><TxDtls>${details}</TxDtls></NtryDtls></Ntry>`);
  const [only] = readBankFile(utf8(text)).statements.flatMap(({ entries }) => entries);
  assert.ok(only !== undefined);
  return only;
}

describe('a transaction', () => {
  it('has all its names', () => {
    const { names, bankReference } = entry(
      '<Refs><InstrId>I1</InstrId><EndToEndId>E1</EndToEndId><UETR>255ae394-9965-4438-ac86-f406feada396</UETR><TxId>T1</TxId><MndtId>NOTPROVIDED</MndtId></Refs>',
      `<NtryRef>N1</NtryRef>${HEAD}<AcctSvcrRef>B1</AcctSvcrRef>`,
    );
    assert.deepStrictEqual(names, {
      entryReference: 'N1',
      transactionId: 'T1',
      uetr: '255ae394-9965-4438-ac86-f406feada396',
      instructionId: 'I1',
    });
    assert.equal(bankReference, 'T1');
  });

  it('is by whom it was paid, or for whom, where only that is said', () => {
    const both = entry(
      '<RltdPties><Dbtr><Pty><Nm>BANCA X</Nm></Pty></Dbtr><UltmtDbtr><Nm>ROSSI</Nm></UltmtDbtr></RltdPties>',
    );
    assert.deepStrictEqual([both.counterparty.name, both.onBehalfOf], ['BANCA X', 'ROSSI']);
    assert.equal(entry('<RltdPties><UltmtDbtr><Nm>ROSSI</Nm></UltmtDbtr></RltdPties>').counterparty.name, 'ROSSI');
  });

  it('goes back where it was returned, and its other side is who had been paid', () => {
    const parties = '<RltdPties><Dbtr><Nm>NOI</Nm></Dbtr><Cdtr><Nm>ROSSI</Nm></Cdtr></RltdPties>';
    const returned = entry(`${parties}<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>`);
    assert.deepStrictEqual(
      [returned.returned, returned.isReversal, returned.counterparty.name],
      ['AC04', false, 'ROSSI'],
    );
    const code = '<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>';
    assert.equal(entry(parties, HEAD + code).returned, 'ICDT/RRTN');
    assert.equal(entry(parties).returned, undefined);
  });

  it('says which documents it pays, and what stands in characters by number', () => {
    const { remittance, references } = entry(
      '<RmtInf><Ustrd>Societ&#224; &amp;#49; <![CDATA[a&#49;<b>]]></Ustrd><Strd><RfrdDocInf><Nb>FT 12</Nb></RfrdDocInf><RfrdDocInf><Nb>FT 13</Nb></RfrdDocInf><CdtrRefInf><Ref>RF181000000161</Ref></CdtrRefInf></Strd></RmtInf>',
    );
    assert.deepStrictEqual(remittance, ['Società &#49; a&#49;<b>', 'FT 12', 'FT 13']);
    assert.deepStrictEqual(references, ['RF181000000161']);
  });

  it('of an empty amount of its own has that of its entry', () => {
    assert.equal(entry('<AmtDtls><TxAmt><Amt Ccy="EUR"/></TxAmt></AmtDtls>').amount, '30.50');
  });
});

describe('the balances of a statement', () => {
  const balance = (type: string, amount: string, side = 'CRDT'): string =>
    `<Bal><Tp><CdOrPrtry><Cd>${type}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>${side}</CdtDbtInd></Bal>`;
  const pending = `<Ntry>${HEAD.replace('BOOK', 'PDNG')}</Ntry>`;
  const warnings = (before: string): readonly string[] =>
    readBankFile(utf8(file(`<Ntry>${HEAD}</Ntry>${pending}`, before))).warnings;

  it('say nothing where they add up, or one is missing', () => {
    assert.deepStrictEqual(warnings(balance('OPBD', '10.00', 'DBIT') + balance('CLBD', '20.50')), []);
    assert.deepStrictEqual(warnings(balance('PRCD', '0') + balance('CLBD', '30.5') + balance('CLAV', '1')), []);
    assert.deepStrictEqual(warnings(balance('OPBD', '10.00')), []);
  });

  it('warn where a movement seems to be missing', () => {
    assert.match(warnings(balance('OPBD', '10.00') + balance('CLBD', '40.51'))[0] ?? '', /a movement may be missing/);
  });
});
