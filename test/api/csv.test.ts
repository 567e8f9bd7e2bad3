import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { csvFile, recordOf, type Cell } from '../../api/csv.ts';

async function written(...rows: Cell[][]): Promise<string> {
  return (
    await buffer(Readable.from(rows.map(recordOf)).pipe(csvFile(rows[0]?.map((_, index) => `c${index}`) ?? [])))
  ).toString('utf8');
}

describe('a file for a spreadsheet', () => {
  it('keeps numbers as numbers, below zero too', async () => {
    const cells = [{ amountMinor: -1234 }, { amountMinor: 5 }, -3, 0, null, { amountMinor: -99_999_999_999 }];
    assert.equal(await written(cells), '\ufeffc0,c1,c2,c3,c4,c5\r\n-12.34,0.05,-3,0,,-999999999.99\r\n');
  });

  it('runs nothing: a text that reads as a formula is none', async () => {
    const names = ['=1+1', '+39 06', '-12.34', '@cmd', '\tx', '＝1', 'O’Neill, "Ltd"', 'a\r\n=1'];
    assert.equal(
      await written(names),
      `\ufeffc0,c1,c2,c3,c4,c5,c6,c7\r\n'=1+1,'+39 06,'-12.34,'@cmd,'\tx,'＝1,"O’Neill, ""Ltd""","a\r\n=1"\r\n`,
    );
  });
});
