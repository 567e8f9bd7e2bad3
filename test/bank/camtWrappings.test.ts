/** CAMT messages wherever they stand: in the Italian CBI's own wrapping, in envelopes, several in one file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBankFile } from '../../bank/read.ts';
import { UnreadableFileError } from '../../bank/statement.ts';
import { utf8 } from './support.ts';

const DECLARED = '<?xml version="1.0" encoding="UTF-8"?>';

function statement(id: string, amount: string, p = ''): string {
  return `<${p}Stmt><${p}Id>${id}</${p}Id><${p}Acct><${p}Id><${p}IBAN>IT60X0542811101000000123456</${p}IBAN></${p}Id></${p}Acct>
<${p}Ntry><${p}NtryRef>N1</${p}NtryRef><${p}Amt Ccy="EUR">${amount}</${p}Amt><${p}CdtDbtInd>CRDT</${p}CdtDbtInd><${p}Sts>BOOK</${p}Sts>
<${p}BookgDt><${p}Dt>2027-03-04+01:00</${p}Dt></${p}BookgDt><${p}NtryDtls><${p}TxDtls><${p}RltdPties><${p}Dbtr><${p}Nm>ROSSI</${p}Nm></${p}Dbtr></${p}RltdPties>
<${p}AddtlTxInf>BONIFICO</${p}AddtlTxInf></${p}TxDtls></${p}NtryDtls></${p}Ntry></${p}Stmt>`;
}

function document(id: string, amount: string, p = ''): string {
  const prefix = p === '' ? '' : `:${p.slice(0, -1)}`;
  return `<${p}Document xmlns${prefix}="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><${p}BkToCstmrStmt>
${statement(id, amount, p)}</${p}BkToCstmrStmt></${p}Document>`;
}

const HEADER =
  '<h:AppHdr xmlns:h="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><h:BizMsgIdr>B1</h:BizMsgIdr><h:MsgDefIdr>camt.053.001.08</h:MsgDefIdr></h:AppHdr>';

function read(text: string): unknown {
  const { format, version, statements } = readBankFile(utf8(text));
  const entries = statements.flatMap((one) =>
    one.entries.map(({ amount, bookedOn, counterparty, place }) => [
      one.id,
      amount,
      bookedOn,
      counterparty.name,
      place,
    ]),
  );
  return [format, version, entries];
}

const told = (...statements: readonly [id: string, amount: string][]): unknown =>
  statements.map(([id, amount], index) => [id, amount, '2027-03-04', 'ROSSI', `Stmt ${index + 1}, Ntry 1`]);

describe('a CAMT message', () => {
  const dly = `<w:CBIDlyStmtReqLogMsg><m:GrpHdr><m:MsgId>1</m:MsgId></m:GrpHdr>${statement('S1', '30.50', 'm:')}</w:CBIDlyStmtReqLogMsg>`;
  const spaces =
    'xmlns:w="urn:CBI:xsd:CBIBdyBkToCstmrStmtReq.00.01.02" xmlns:m="urn:CBI:xsd:CBIDlyStmtReqLogMsg.00.01.02"';
  const cbi = `<w:CBIBdyBkToCstmrStmtReq ${spaces}><w:PhyMsgInf><w:NbOfLogMsg>1</w:NbOfLogMsg></w:PhyMsgInf><w:CBIEnvelBkToCstmrStmtReqLogMsg>
<w:CBIBkToCstmrStmtReqLogMsg>${dly}</w:CBIBkToCstmrStmtReqLogMsg></w:CBIEnvelBkToCstmrStmtReqLogMsg></w:CBIBdyBkToCstmrStmtReq>`;
  const bare = `<CBIDlyStmtReqLogMsg xmlns="urn:CBI:xsd:CBIDlyStmtReqLogMsg.00.01.02">${statement('S1', '30.50')}</CBIDlyStmtReqLogMsg>`;
  for (const text of [cbi, DECLARED + cbi, bare])
    it(`of the CBI is read: ${text.slice(0, 50)}`, () => {
      assert.deepStrictEqual(read(text), ['camt.053', 'CBI 00.01.02', told(['S1', '30.50'])]);
    });

  const inEnvelopes = {
    'of SWIFT': `<DataPDU xmlns="urn:swift:saa:xsd:saa.2.0"><Header/><Body>${HEADER}${document('S1', '30.50')}</Body></DataPDU>`,
    'with a payload': `${DECLARED}\n<RequestPayload>${HEADER}${document('S1', '30.50', 'doc:')}</RequestPayload>`,
    'with the namespace on its root': `<e:Envelope xmlns:e="urn:x" xmlns:c="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><c:Document><c:BkToCstmrStmt>${statement('S1', '30.50', 'c:')}</c:BkToCstmrStmt></c:Document></e:Envelope>`,
  };
  for (const [name, text] of Object.entries(inEnvelopes))
    it(`in an envelope is read: ${name}`, () => {
      assert.deepStrictEqual(read(text), ['camt.053', '08', told(['S1', '30.50'])]);
    });

  it('is read with all that stand in its file, in one root or following one another', () => {
    const [one, two] = [document('S1', '30.50', 'a:'), document('S2', '1.00')];
    const both = ['camt.053', '08', told(['S1', '30.50'], ['S2', '1.00'])];
    assert.deepStrictEqual(read(`${DECLARED}\n${document('S1', '30.50')}\n${two}`), both);
    assert.deepStrictEqual(read(`${DECLARED}\n${document('S1', '30.50')}\n${DECLARED}\n${two}\n`), both);
    assert.deepStrictEqual(read(`${DECLARED}<Body><x>${one}</x><y>${two}</y></Body>`), both);
    assert.deepStrictEqual(read(`${document('S1', '30.50')}\n${two}`), both);
  });

  it('that follows another keeps its lines', () => {
    const text = `${DECLARED}\n${document('S1', '30.50')}\n${DECLARED}\n${document('S2', 'x')}`;
    const line = text.split('\n').findIndex((one) => one.includes('>x<')) + 1;
    assert.throws(
      () => readBankFile(utf8(text)),
      (error) => error instanceof UnreadableFileError && error.line === line,
    );
  });

  const refused: [name: string, text: string, reason: RegExp][] = [
    [
      'a report of the day in an envelope',
      `<Body><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"><BkToCstmrAcctRpt><Rpt/></BkToCstmrAcctRpt></Document></Body>`,
      /provisional and not final/,
    ],
    [
      'a report of the day beside a statement',
      `<Body><BkToCstmrAcctRpt/>${document('S1', '1.00')}</Body>`,
      /provisional and not final/,
    ],
    [
      'statements with notifications',
      `<Body>${document('S1', '1.00')}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn><Ntfctn/></BkToCstmrDbtCdtNtfctn></Document></Body>`,
      /two files/,
    ],
    [
      'a payment order of the CBI',
      `${DECLARED}<CBIPaymentRequest xmlns="urn:CBI:xsd:CBIPaymentRequest.00.04.00"/>`,
      /no CAMT message/,
    ],
  ];
  for (const [name, text, reason] of refused)
    it(`is refused: ${name}`, () => {
      assert.throws(
        () => readBankFile(utf8(text)),
        (error) => error instanceof UnreadableFileError && reason.test(error.reason),
      );
    });
});
