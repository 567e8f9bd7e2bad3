/** A bank's statement (CAMT.053) with one transfer, as banks pass them on: the number is never where it should be. */
interface Transfer {
  readonly account: string;
  readonly amountMinor: number;
  readonly date: string;
  readonly payer: string;
  readonly text: string;
}

/** The order's number broken by a blank, between digits of the bank's own, as it comes out of a line that was cut. */
export function brokenAndGlued(orderNumber: string): string {
  const at = orderNumber.length / 2;
  return `BONIFICO SEPA TRN 0306${orderNumber.slice(0, at)} ${orderNumber.slice(at)}972148`;
}

export function statementWith({ account, amountMinor, date, payer, text }: Transfer): string {
  const day = `<Dt>${date}</Dt>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Id>DEMO-${date}</Id><Acct><Id><IBAN>${account}</IBAN></Id></Acct>
<Ntry>
  <Amt Ccy="EUR">${(amountMinor / 100).toFixed(2)}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
  <Sts><Cd>BOOK</Cd></Sts><BookgDt>${day}</BookgDt><ValDt>${day}</ValDt>
  <NtryDtls><TxDtls>
    <RltdPties><Dbtr><Pty><Nm>${payer}</Nm></Pty></Dbtr></RltdPties>
    <RmtInf><Ustrd>${text}</Ustrd></RmtInf>
  </TxDtls></NtryDtls>
</Ntry>
</Stmt></BkToCstmrStmt></Document>`;
}
