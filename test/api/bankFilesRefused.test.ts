/** Bank files that must do nothing, or only once: unreadable, hostile, too large, tried only, or cut off in the middle. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Instant } from '../../domain/calendar.ts';
import { startApi, type Json, type TestApi } from './support/api.ts';
import { camt, freshReference, imported, OUR_IBAN, sendFile, slips, type Report } from './support/bankFiles.ts';
import { customerWithAccount } from './support/accounts.ts';
import { firstOrder, untilStatus } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

const TABLES = ['bank_files', 'bank_entries', 'bank_file_entries', 'payments', 'ledger_journals', 'reversals'];

async function rowsOf(): Promise<Record<string, number>> {
  const counts = await Promise.all(
    TABLES.map(async (table) => [table, Number((await api.db(table).count('* as n'))[0]?.['n'])] as const),
  );
  return Object.fromEntries(counts);
}

const BOMB = `<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa">${Array.from(
  { length: 9 },
  (_, index) => `<!ENTITY ${'bcdefghij'[index]} "${`&${'abcdefghi'[index]};`.repeat(10)}">`,
).join('')}]>${camt([{ cents: 100, text: '&j;' }]).slice(38)}`;

const linesIn = (text: string): number => text.split('\n').length;

describe('a file that cannot be read', () => {
  const good = camt([{ cents: 3050, text: 'ordine' }]);
  const cases: [what: string, content: string | Uint8Array, line: number | null, reason: RegExp][] = [
    ['another kind of file', 'Hello, world', null, /neither CAMT\.053/],
    ['a file cut off', good.slice(0, -80), linesIn(good.slice(0, -80)), /not well-formed XML: the file ends inside/],
    ['an amount that is none', good.replace('30.50', '30,50'), 4, /no amount that can be read/],
    ['a negative amount', good.replace('30.50', '-30.50'), 4, /no amount that can be read/],
    ['a day that does not exist', good.replaceAll(/<Dt>[\d-]+<\/Dt>/g, '<Dt>2027-02-30</Dt>'), 4, /does not exist/],
    ['an entity bomb', BOMB, 1, /document type definition/],
    ['elements without end', `<?xml version="1.0"?><Document xmlns="x">${'<a>'.repeat(200_000)}`, null, /./],
    ['an encoding it is not in', Buffer.from(good.replace('ordine', 'perché'), 'latin1'), 4, /not written in utf-8/i],
    ['an encoding nobody knows', good.replace('UTF-8', 'klingon'), 1, /"klingon" is not known/],
    ['a slip of a thousand or of one', slips([{ amount: '1,00' }, { amount: '1.000' }]), 3, /amount "1\.000"/],
  ];
  for (const [what, content, line, reason] of cases) {
    it(`is refused whole, with line and reason: ${what}`, async () => {
      const before = await rowsOf();
      const { status, body } = await sendFile(api, content);
      assert.deepStrictEqual([status, body['code']], [422, 'bank_file_unreadable'], JSON.stringify(body));
      if (what !== 'elements without end') assert.equal(body['line'], line);
      assert.match(String(body['reason']), reason);
      assert.deepStrictEqual(await rowsOf(), before);
    });
  }

  it('is refused in the reader’s language', async () => {
    const headers = { 'content-type': 'text/plain', 'accept-language': 'it' };
    const { body } = await api.send('POST', '/v1/bank-files', slips([{ amount: '1.000' }]), headers);
    assert.match(String(body['detail']), /^Il file non si può leggere \(riga 2\)/);
  });

  it('is read in what it is written in', async () => {
    const latin = camt([{ cents: 3050, text: 'perché' }]).replace('UTF-8', 'ISO-8859-1');
    const { status, body } = await sendFile(api, Buffer.from(latin, 'latin1'), '?dryRun=true');
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal((body as unknown as Report).entries[0]?.['text'], 'perché');
  });

  it('is refused as no file at all', async () => {
    for (const [type, content, status] of [
      ['application/json', '{}', 415],
      ['application/octet-stream', '', 415],
      ['image/png', 'x', 415],
      ['application/x-www-form-urlencoded', 'x=1', 415],
    ] as const) {
      const answer = await api.send('POST', '/v1/bank-files', content, { 'content-type': type });
      assert.deepStrictEqual([answer.status, answer.body['code']], [status, 'unsupported_media_type'], type);
      assert.match(String(answer.body['detail']), /Send the file as it is, and not empty/, type);
    }
    const zipped = await api.send('POST', '/v1/bank-files', gzipSync(Buffer.alloc(1000)), {
      'content-type': 'text/plain',
      'content-encoding': 'gzip',
    });
    assert.equal(zipped.status, 415);
    assert.equal((await sendFile(api, slips([{ amount: '1,00' }]), '?dryrun=true')).status, 400);
  });

  it('is not taken from a customer', async () => {
    const customer = await customerWithAccount(api);
    const headers = { 'content-type': 'text/plain' };
    const { status, body } = await api.as(customer.token).send('POST', '/v1/bank-files', 'x'.repeat(200_000), headers);
    assert.deepStrictEqual([status, body['code']], [403, 'operators_only']);
  });
});

/** Sends as much as is taken of a body, with or without saying how long it will be; answers the status. */
function pour(megabytes: number, saysLength: boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const headers = {
      authorization: `Bearer ${api.key}`,
      'content-type': 'application/octet-stream',
      ...(saysLength ? { 'content-length': megabytes * chunk.length } : {}),
    };
    const sent = request({ hostname, port, method: 'POST', path: '/v1/bank-files', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    let left = megabytes;
    const write = (): void => {
      while (left > 0) {
        left -= 1;
        if (!sent.write(chunk)) return void sent.once('drain', write);
      }
      sent.end();
    };
    write();
  });
}

describe('a file that is too large', () => {
  it('is refused, and the API goes on', async () => {
    const before = process.memoryUsage().arrayBuffers;
    for (const saysLength of [true, false]) assert.equal(await pour(200, saysLength), 413);
    assert.ok(process.memoryUsage().arrayBuffers - before < 150 * 1024 * 1024);
    assert.equal((await api.get('/readyz')).status, 200);
  });

  it('stalls nobody while it is read', async () => {
    const entry = camt([{ cents: 100, text: 'senza numero', side: 'DBIT' }]).split('\n')[3] ?? '';
    const many = camt([]).replace('</Acct>', `</Acct>${entry.repeat(4000)}`);
    let slowest = 0;
    const reading = sendFile(api, many, '?dryRun=true');
    let isRead = false;
    void reading.then(() => (isRead = true));
    while (!isRead) {
      const from = performance.now();
      await api.get('/healthz');
      slowest = Math.max(slowest, performance.now() - from);
    }
    const { status, body } = await reading;
    assert.equal(status, 200, JSON.stringify(body).slice(0, 500));
    assert.ok(slowest < 2000, `${slowest} ms`);
  });
});

describe('a dry run', () => {
  it('says what an import would do, and writes nothing', async () => {
    const { body: order } = await firstOrder(api);
    const due = (order['due'] as { amountMinor: number }).amountMinor;
    const movement = { cents: due, text: String(order['number']), reference: freshReference() };
    const file = camt([movement, { cents: 5, text: 'x' }, { cents: 5, side: 'DBIT', text: 'x' }]);
    const before = await rowsOf();
    const tried = await imported(api, file, '?dryRun=true');
    assert.deepStrictEqual([tried['dryRun'], tried.file.id, await rowsOf()], [true, null, before]);
    const done = await imported(api, file);
    const told = (report: Report): unknown =>
      report.entries.map(({ id, outcome, orderNumbers, paymentKeys, reason }) => [
        ...[id, outcome, orderNumbers, paymentKeys, reason],
      ]);
    assert.deepStrictEqual([told(tried), tried.counts], [told(done), done.counts]);
    const again = await imported(api, camt([movement]), '?dryRun=true');
    assert.deepStrictEqual([again.counts['known'], again.entries[0]?.knownFrom], [1, done.file.id]);
  });
});

describe('an import cut off in the middle', () => {
  it('goes on where it stopped when the file comes again, or an operator says so', async () => {
    for (const way of ['again', 'resumption']) {
      const { body: order } = await firstOrder(api);
      const due = (order['due'] as { amountMinor: number }).amountMinor;
      const parts = [1, 2, 3, 4, 5, 6, 7].map((cents) => ({ cents, text: String(order['number']) }));
      const all = [...parts, { cents: due - 28, text: String(order['number']) }];
      const file = camt(all.map((part) => ({ ...part, reference: freshReference() })));
      let left = 12;
      const dying = await startApi({
        beside: api,
        change: (context) => ({
          ...context,
          now: () => {
            left -= 1;
            if (left < 0) throw new Error('The process died.');
            return Date.now() as Instant;
          },
        }),
      });
      assert.equal((await sendFile(dying, file)).status, 500);
      await dying.stop();
      const { body: listed } = await api.get('/v1/bank-files?limit=1');
      const [half] = listed['files'] as [Report];
      assert.equal(half.file.finishedAt, null);
      const { pending = 0, matched = 0 } = half.counts;
      assert.ok(pending > 0 && matched > 0 && pending + matched === all.length, JSON.stringify(half.counts));
      const whole =
        way === 'again'
          ? await imported(api, file)
          : ((await api.post(`/v1/bank-files/${half.file.id}/resumption`)).body as unknown as Report);
      assert.deepStrictEqual([whole.counts['matched'], whole.counts['pending']], [all.length, 0]);
      assert.notEqual(whole.file.finishedAt, null);
      await untilStatus(api, String(order['subscriptionId']), 'active');
    }
  });
});

describe('the files', () => {
  it('are listed newest first, page by page, each with its counts', async () => {
    const first = await imported(api, slips([{ amount: '7,00', account: 'x' }]));
    const second = await imported(api, slips([{ amount: '8,00', account: '0' }]), '?name=bollettini.csv');
    const { body: page } = await api.get('/v1/bank-files?limit=1');
    const files = page['files'] as (Report & Json)[];
    assert.deepStrictEqual([files[0]?.file.id, files[0]?.file.name], [second.file.id, 'bollettini.csv']);
    assert.deepStrictEqual(files[0]?.counts, second.counts);
    const { body: next } = await api.get(`/v1/bank-files?limit=1&after=${String(page['next'])}`);
    assert.deepStrictEqual((next['files'] as Report[])[0]?.file.id, first.file.id);
    assert.deepStrictEqual(first.counts['ignored'], 1);
    for (const path of ['/v1/bank-files/bkf_none', '/v1/bank-files/%00'])
      assert.deepStrictEqual(
        [(await api.get(path)).status, (await api.get(path)).body['code']],
        [404, 'bank_file_unknown'],
      );
  });

  it('of further accounts of ours are taken', async () => {
    const account = 'IT02L1234512345123456789012';
    const file = camt([{ cents: 500, text: 'x', reference: freshReference() }], { account });
    assert.equal((await imported(api, file)).counts['ignored'], 1);
    const beside = await startApi({ beside: api, change: (context) => ({ ...context, bankAccounts: [account] }) });
    // The same file, sent again once the account is known to be ours, is taken after all.
    assert.equal((await imported(beside, file)).counts['unmatched'], 1);
    assert.equal((await imported(api, file)).counts['unmatched'], 1);
    await beside.stop();
    assert.equal((await imported(api, file.replace(account, OUR_IBAN))).counts['unmatched'], 1);
  });
});
