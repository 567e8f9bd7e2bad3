/** Files that are broken, false or made to hurt: each refused whole, with its reason, in little time and memory. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBankFile } from '../../bank/read.ts';
import { UnreadableFileError } from '../../bank/statement.ts';
import { utf8 } from './support.ts';

const ENTRY =
  '<Ntry><Amt Ccy="EUR">30.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2027-03-04</Dt></BookgDt></Ntry>';
const camt = (inner: string, before = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>${before}\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">\n<BkToCstmrStmt><Stmt><Id>S</Id>${inner}</Stmt></BkToCstmrStmt></Document>`;
const mt940 = (movement: string): string =>
  `:20:A\n:25:IT60X0542811101000000123456\n:28C:1/1\n:60F:C270301EUR0,\n${movement}\n:62F:C270305EUR30,50\n-\n`;
const said = (text: string): string =>
  ENTRY.replace('</Ntry>', `<NtryDtls><TxDtls><RmtInf><Ustrd>${text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`);

function refusal(content: string | Uint8Array): UnreadableFileError {
  const started = performance.now();
  try {
    readBankFile(typeof content === 'string' ? utf8(content) : content);
  } catch (error) {
    assert.ok(error instanceof UnreadableFileError, String(error));
    assert.ok(performance.now() - started < 10_000, 'it took too long');
    return error;
  }
  throw new Error('The file was read.');
}

describe('a hostile or broken file', () => {
  const cases: [what: string, content: string | Uint8Array, line: number | null, reason: RegExp][] = [
    ['nothing', '', null, /empty/],
    ['blanks', ' \r\n\t', null, /empty/],
    ['a byte-order mark alone', Buffer.from([0xef, 0xbb, 0xbf]), null, /empty/],
    ['a ZIP archive', Buffer.from('PK\u0003\u0004\u0014\u0000\u0008\u0000estratto.xml', 'latin1'), 1, /NUL/],
    ['a PDF', '%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n', null, /neither/],
    ['an HTML page', '<!doctype html>\n<html><body>Sessione scaduta</body></html>', null, /neither|definition/],
    [
      'an XHTML page',
      '<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
      null,
      /no CAMT/,
    ],
    ['NULs', camt(said('ordine\u0000')), 3, /NUL/],
    ['NULs alone', '\u0000'.repeat(512), 1, /NUL/],
    ['NULs in MT940', mt940(':61:270305C30,50NTRFNONREF\n:86:a\u0000b'), 6, /NUL/],
    ['a character that is none', camt(said('a&#0;b')), 3, /"&#0;", which is no character/],
    ['half a character', camt(said('&#xD800;')), 3, /no character/],
    [
      'an external entity',
      camt(said('&x;'), '<!DOCTYPE D [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
      1,
      /definition/,
    ],
    ['an external type definition', camt(ENTRY, '<!DOCTYPE D SYSTEM "http://127.0.0.1:9/x.dtd">'), 1, /definition/],
    [
      'a large entity many times',
      camt(said('&a;'.repeat(50_000)), `<!DOCTYPE D [<!ENTITY a "${'x'.repeat(50_000)}">]>`),
      1,
      /definition/,
    ],
    ['elements within elements', camt('<a>'.repeat(100_000) + '</a>'.repeat(100_000)), null, /cannot be read as XML/],
    ['an end that is missing', camt(ENTRY).slice(0, -30), 3, /not well-formed/],
    ['UTF-16 that says UTF-8 is cut', Buffer.from(camt(ENTRY), 'utf16le').subarray(0, -1), 3, /not written in utf-16/],
    [
      'one cut off within a text',
      camt(said('ordine')).split('ordine')[0] ?? '',
      3,
      /the file ends inside the element Ustrd/,
    ],
    ['words without end', camt(said('x'.repeat(200_000))), null, /says more than any bank passes on/],
    ['an amount in words', camt(ENTRY.replace('30.50', 'trenta')), 3, /no amount/],
    ['an amount with a thousands separator', camt(ENTRY.replace('30.50', '1.030,50')), 3, /no amount/],
    ['an amount without end', camt(ENTRY.replace('30.50', '9'.repeat(40))), 3, /no amount/],
    ['an amount that is not finite', camt(ENTRY.replace('30.50', '1e308')), 3, /no amount/],
    ['a month that does not exist', camt(ENTRY.replace('2027-03-04', '2027-13-04')), 3, /does not exist/],
  ];
  for (const [what, content, line, reason] of cases) {
    it(`is refused: ${what}`, () => {
      const refused = refusal(content);
      assert.match(refused.message, reason);
      assert.equal(refused.line, line);
    });
  }

  it('is read where only its encoding is odd: UTF-16 without a mark, Latin-1 without a word', () => {
    const text = camt(said('perché')).replace(' encoding="UTF-8"', '');
    for (const bytes of [Buffer.from(text, 'utf16le'), Buffer.from(text, 'latin1'), utf8(`\ufeff${text}`)])
      assert.deepStrictEqual(readBankFile(bytes).statements[0]?.entries[0]?.remittance, ['perché']);
  });

  it('takes time in proportion to its size', () => {
    const movement = ':61:270305C30,50NTRFNONREF//REF\n:86:ORDINE 1000000161';
    const started = performance.now();
    const { statements } = readBankFile(utf8(mt940(`${movement}\n`.repeat(80_000).trimEnd())));
    assert.equal(statements[0]?.entries.length, 80_000);
    assert.ok(performance.now() - started < 20_000);
  });
});
