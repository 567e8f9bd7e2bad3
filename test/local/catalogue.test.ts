import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { addDays, dateAt, type Instant } from '../../domain/calendar.ts';
import type { Catalogue, CatalogueVersion } from '../../domain/catalogue.ts';
import { startApi, type TestApi } from '../api/support/api.ts';
import { activeService } from '../api/support/customers.ts';
import { scratchDir } from '../support/scratch.ts';

const TODAY = dateAt(Date.now() as Instant);

describe('npm run catalogue', () => {
  let api: TestApi;
  let id: string;
  before(async () => {
    api = await startApi();
    ({ id } = await activeService(api, { extras: { user: 1 } }));
  });
  after(() => api.stop());

  async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const env = { PATH: process.env['PATH'], TZ: 'UTC', RINNOVO_API_URL: api.url, RINNOVO_API_KEY: api.key };
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['local/catalogue.ts', ...args], { env });
      return { code: 0, out: stdout, err: stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout, err: stderr };
    }
  }

  /** The list as it was shown, with the base service at another price from a day on. */
  function edit(file: string, days: number, fe: number): void {
    const shown = JSON.parse(readFileSync(file, 'utf8')) as { revision: number; document: Catalogue };
    const [version] = shown.document.versions as [CatalogueVersion];
    const validFrom = addDays(TODAY, days);
    const next = { ...version, version: validFrom, validFrom, annualPriceMinor: { ...version.annualPriceMinor, fe } };
    const document = { ...shown.document, versions: [...shown.document.versions, next] };
    writeFileSync(file, JSON.stringify({ ...shown, document }));
  }

  it('shows, tries and publishes a price list', async (t) => {
    const file = join(scratchDir(t), 'prices.json');
    const csv = join(scratchDir(t), 'out.csv');
    const shown = await run('show', file);
    assert.match(shown.out, /^Revision 1, published .* by the file at first start, is in /);
    edit(file, 30, 3500);

    const tried = await run('dry-run', file, '--csv', csv);
    assert.equal(tried.code, 0, tried.err);
    assert.match(tried.out, /^on +how +composition +years +now +then +difference +subscription\n/);
    assert.ok(tried.out.includes(`by_hand  fe + 1 user  1      42.70  54.90      +12.20  ${id}`), tried.out);
    assert.match(tried.out, /Against revision 1, on [\d-]+: 1 living subscription, 1 up, 0 down, 0 unchanged\./);
    assert.match(readFileSync(csv, 'utf8'), new RegExp(`${id},.*,42\\.70,54\\.90,12\\.20`));

    const published = await run('publish', file);
    assert.match(published.out, /^Revision 2 is published\. Orders that exist keep their prices\./);
    // The same again: nothing is left to be done.
    assert.match((await run('publish', file)).out, /^Revision 2 is published/);
    const raw = await run('show');
    assert.equal((JSON.parse(raw.out) as { revision: number }).revision, 2);
  });

  it('says what is wrong, and publishes nothing', async (t) => {
    const file = join(scratchDir(t), 'prices.json');
    await run('show', file);
    edit(file, 0, 9900);
    const refused = await run('publish', file);
    assert.equal(refused.code, 1);
    assert.match(
      refused.err,
      /cannot be published\. \(catalogue_refused\)\n {2}versions\.\d\.validFrom must begin tomorrow/,
    );
    assert.deepStrictEqual(refused.out, '');

    writeFileSync(file, JSON.stringify({ notice: '', versions: [], agreements: [] }));
    assert.match((await run('publish', file)).err, /does not say which revision it changes/);
    assert.match((await run('publish', file, '--based-on', '1')).err, /document\.versions must be at least 1/);
    assert.match((await run('dry-run', '/nowhere/prices.json')).err, /\/nowhere\/prices\.json cannot be read/);
    assert.match((await run('dance')).err, /npm run catalogue -- show/);
  });

  it('is told when somebody else published meanwhile', async (t) => {
    const file = join(scratchDir(t), 'prices.json');
    await run('show', file);
    const { revision } = JSON.parse(readFileSync(file, 'utf8')) as { revision: number };
    edit(file, 40, 3600);
    const stale = join(scratchDir(t), 'stale.json');
    writeFileSync(stale, readFileSync(file, 'utf8').replace(/3600/, '3700'));
    await run('publish', file);
    const { code, err } = await run('publish', stale);
    assert.equal(code, 1);
    assert.match(err, new RegExp(`\\(catalogue_moved\\)\nRevision ${revision + 1} is the published one now`));
  });
});
