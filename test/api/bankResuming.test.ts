/** Bank files that a process leaves when it dies: others go on with them by themselves, and nothing is booked twice. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { resumeAll } from '../../api/bankResuming.ts';
import type { Context } from '../../api/context.ts';
import type { Instant } from '../../domain/calendar.ts';
import { addDays, plainDate } from '../../domain/calendar.ts';
import { temporalAddress } from '../support/services.ts';
import { eventually, startApi, type TestApi } from './support/api.ts';
import { camt, freshReference, imported, importedOne, sendFile, TODAY, type Report } from './support/bankFiles.ts';
import { untilStatus } from './support/customers.ts';
import { unpaid } from './support/matching.ts';
import { stopProved } from './support/stopProved.ts';

const ROOT = join(import.meta.dirname, '..', '..');

let api: TestApi;
before(async () => {
  api = await startApi({ change: remember });
});
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await stopProved(api);
});

let context: Context;
function remember(given: Context): Context {
  context = given;
  return given;
}

const children: ChildProcess[] = [];

/** The API as a process of its own, on the same database. */
async function replica(): Promise<{ child: ChildProcess; url: string }> {
  const env = {
    ...process.env,
    DATABASE_URL: api.databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress(),
    RINNOVO_API_PORT: '0',
  };
  const child = spawn(process.execPath, [join(ROOT, 'api/server.ts')], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  assert.ok(child.stdout !== null);
  for await (const line of createInterface({ input: child.stdout }))
    return { child, url: (JSON.parse(line) as { url: string }).url };
  throw new Error('The API ended without a word.');
}

async function countOf(outcome: string): Promise<number> {
  return Number((await api.db('bank_entries').where({ outcome }).count('* as count'))[0]?.['count']);
}

describe('a bank file whose process is killed in the middle', () => {
  it('is dealt with to its end by whatever processes start next, each entry once', async () => {
    const order = await unpaid(api);
    const nobodys = Array.from({ length: 200 }, (_, index) => ({ cents: 100 + index, text: 'senza numero' }));
    const all = [...nobodys, { cents: order.due, text: order.number }];
    const file = camt(all.map((movement) => ({ ...movement, reference: freshReference() })));
    const dying = await replica();
    const sending = fetch(`${dying.url}/v1/bank-files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/octet-stream' },
      body: file,
    }).catch(() => null);
    const until = performance.now() + 20_000;
    while ((await countOf('unmatched')) < 20 && performance.now() < until) await sleep(2);
    dying.child.kill('SIGKILL');
    await once(dying.child, 'exit');
    assert.equal(await sending, null, 'it was killed before it could answer');
    const [pending, booked] = [await countOf('pending'), await countOf('unmatched')];
    assert.ok(pending > 0 && booked >= 20, `${pending} pending, ${booked} booked`);
    await Promise.all([replica(), replica()]);
    const { body } = await eventually(
      'the end of the file',
      () => api.get('/v1/bank-files?limit=1'),
      (answer) => ((answer.body['files'] as Report[])[0] as Report).file.finishedAt !== null,
    );
    const { counts } = (body['files'] as [Report])[0];
    assert.deepStrictEqual([counts['matched'], counts['unmatched'], counts['pending']], [1, 200, 0]);
    const rows: { count: string; sum: string }[] = await api
      .db('payments')
      .where({ source: 'bank_file' })
      .select(api.db.raw('count(*) as count, sum(amount_minor) as sum'));
    const cents = all.reduce((sum, movement) => sum + movement.cents, 0);
    assert.deepStrictEqual([Number(rows[0]?.count), Number(rows[0]?.sum)], [201, cents]);
    await untilStatus(api, order.subscriptionId, 'active');
  });
});

describe('a round', () => {
  it('leaves a file alone that a living process is at', async () => {
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let reached = (): void => undefined;
    const isHeld = new Promise<void>((resolve) => (reached = resolve));
    const slow = await startApi({
      beside: api,
      wrap: (lives) => ({
        ...lives,
        async tellPayment(id, payment) {
          reached();
          await held;
          return lives.tellPayment(id, payment);
        },
      }),
    });
    const order = await unpaid(api);
    const sending = sendFile(slow, camt([{ cents: order.due, text: order.number, reference: freshReference() }]));
    await isHeld;
    const said = api.logged.length;
    await resumeAll(context);
    assert.deepStrictEqual(
      api.logged.slice(said).filter((line) => line.includes('unfinished')),
      [],
    );
    const { body } = await api.get('/v1/bank-files?limit=1');
    assert.equal((body['files'] as [Report])[0].file.finishedAt, null);
    goOn();
    assert.equal((await sending).status, 201);
    await slow.stop();
    await untilStatus(api, order.subscriptionId, 'active');
  });

  it('books what waited for its day, once that has come', async () => {
    const tomorrow = addDays(plainDate(TODAY), 1);
    const file = camt([{ cents: 4321, text: 'senza numero', date: tomorrow, reference: freshReference() }]);
    const entry = await importedOne(api, file);
    assert.deepStrictEqual([entry.outcome, entry.reason?.code], ['waiting', 'registered_in_future']);
    await resumeAll(context);
    assert.equal((await imported(api, file)).entries[0]?.outcome, 'waiting');
    await resumeAll({ ...context, now: () => (Date.now() + 2 * 86_400_000) as Instant });
    assert.equal((await imported(api, file)).entries[0]?.outcome, 'unmatched');
  });
});
