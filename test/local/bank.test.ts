import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startApi, type TestApi } from '../api/support/api.ts';
import { camt, slips, TODAY } from '../api/support/bankFiles.ts';
import { firstOrder, untilStatus } from '../api/support/customers.ts';
import { scratchDir } from '../support/scratch.ts';

describe('npm run bank', () => {
  let api: TestApi;
  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const env = { PATH: process.env['PATH'], TZ: 'UTC', RINNOVO_API_URL: api.url, RINNOVO_API_KEY: api.key };
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['local/bank.ts', ...args], { env });
      return { code: 0, out: stdout, err: stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout, err: stderr };
    }
  }

  it('tries a file, imports it, and says what became of each entry', async (t) => {
    const { body: order } = await firstOrder(api);
    const number = String(order['number']);
    const file = join(scratchDir(t), 'statement.xml');
    const entries = [
      { cents: 3050, text: `saldo ordine ${number}`, payer: 'Rossi Mario', reference: 'B1' },
      { cents: 100, side: 'DBIT', text: 'canone' } as const,
      { cents: 5000, text: 'senza numero', reference: 'B2' },
    ];
    writeFileSync(file, camt(entries));
    const matched = new RegExp(
      `^Stmt 1, Ntry 1 +${TODAY} +30\\.50 +matched +${number} +Rossi Mario: saldo ordine`,
      'm',
    );
    const tried = await run(file, '--dry-run');
    assert.equal(tried.code, 0, tried.err);
    assert.match(tried.out, /^where +date +amount +outcome +orders +payer and text\n/);
    assert.match(tried.out, matched);
    assert.match(tried.out, /^Nothing was booked: this was a dry run\.$/m);
    assert.deepStrictEqual(await api.db('bank_files').select('id'), []);

    const done = await run(file);
    assert.match(done.out, matched);
    assert.match(done.out, /^camt\.053 version 08, 1 statement: 1 matched, 1 unmatched, 1 ignored \(1 debit\)\.$/m);
    await untilStatus(api, String(order['subscriptionId']), 'active');
  });

  it('says what is wrong, and where', async (t) => {
    const file = join(scratchDir(t), 'slips.csv');
    writeFileSync(file, slips([{ amount: '1.234' }]));
    const { code, out, err } = await run(file);
    assert.deepStrictEqual([code, out], [1, '']);
    assert.match(err, /line 2 has the amount "1\.234", which cannot be read.*\(bank_file_unreadable\)/);
    assert.match((await run('/nowhere/x.xml')).err, /\/nowhere\/x\.xml cannot be read/);
    assert.match((await run()).err, /npm run bank -- <file>/);
  });
});
