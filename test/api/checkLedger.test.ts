/** The ledger's check as a program, and of the lives themselves. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkRunningLives } from '../../api/ledgerLives.ts';
import { Differences, type Difference } from '../../db/ledgerCheck/differences.ts';
import { Damage } from '../db/support/damage.ts';
import { Life } from '../db/support/life.ts';
import { temporalAddress } from '../support/services.ts';
import { startApi, type TestApi } from './support/api.ts';
import { activeService } from './support/customers.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'api', 'checkLedger.ts');

let api: TestApi;
let damage: Damage;
before(async () => {
  api = await startApi();
  damage = new Damage(api.db);
});
after(() => api.stop());

async function run(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const env = { ...process.env, DATABASE_URL: api.databaseUrl, TEMPORAL_ADDRESS: temporalAddress() };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { env }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, out: out.trim(), err: err.trim() }),
    );
  });
}

async function ofLives(): Promise<readonly Difference[]> {
  const found = new Differences();
  await checkRunningLives(api.db, found, { address: temporalAddress(), patienceMs: 1000 });
  return found.told;
}

describe('the check', () => {
  it('says that the ledger agrees, with the lives that run', async () => {
    const { id } = await activeService(api);
    const { code, out, err } = await run('--lives');
    assert.deepStrictEqual([code, err], [0, '']);
    assert.match(out, /^The ledger agrees: \d+ journals, 1 payments, 1 orders, 1 subscriptions\.$/);
    const { checks, agrees } = JSON.parse((await run('--json', '--lives')).out) as {
      agrees: boolean;
      checks: { name: string; differences: number }[];
    };
    assert.ok(agrees && checks.some(({ name }) => name === 'lives_agree'));
    assert.deepStrictEqual(await ofLives(), []);
    assert.ok(id.startsWith('sub_'));
  });

  it('names a life that tells of another state than the stored one', async () => {
    const { id } = await activeService(api);
    await damage.plant(`update subscriptions set state = jsonb_set(state, '{usedBytes}', '77') where id = ?`, [id]);
    assert.deepStrictEqual(await ofLives(), [
      {
        check: 'lives_agree',
        subject: `subscription ${id}`,
        what: 'state',
        expected: 'the stored one',
        found: 'another',
      },
    ]);
    await damage.plant(`update subscriptions set state = jsonb_set(state, '{usedBytes}', '0') where id = ?`, [id]);
    assert.deepStrictEqual(await ofLives(), []);
  });

  it('names a life that is gone, and one that ended and still runs', async () => {
    const gone = await Life.active(api.db);
    const { id } = await activeService(api);
    await damage.plant(
      `update subscriptions set status = 'closed', state = jsonb_set(state, '{phase}', ?::jsonb) where id = ?`,
      [JSON.stringify({ status: 'closed', endedOn: '2027-03-04', why: 'unpaid' }), id],
    );
    const told = (await ofLives()).toSorted((one, other) => (one.found === null ? -1 : other.found === null ? 1 : 0));
    assert.deepStrictEqual(told, [
      { check: 'lives_run', subject: `subscription ${gone.id}`, what: 'workflow', expected: 'RUNNING', found: null },
      { check: 'lives_run', subject: `subscription ${id}`, what: 'workflow', expected: 'ended', found: 'RUNNING' },
    ]);
  });

  it('ends with 1 and a list that can be read where something differs, and with 2 where it cannot tell', async () => {
    const life = await Life.active(api.db);
    const number = String(life.state.finishedOrders[0]?.number);
    await damage.plant('update orders set received_minor = 3040, due_minor = 10 where number = ?', [number]);
    const { code, out } = await run();
    assert.strictEqual(code, 1);
    assert.match(out, /^The ledger DIFFERS in \d+ of \d+ checks: /);
    assert.ok(out.includes(`  order ${number}: received: 30.50 EUR expected, 30.40 EUR found`), out);
    assert.deepStrictEqual((await run('--loudly')).code, 2);
  });
});
