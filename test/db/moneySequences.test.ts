/**
 * Random sequences of everything that happens to money: payments, files of the bank, messages of the gateway, refunds and
 * what is taken back; twice, late, in any order, by processes that die. `SEQUENCES` says how many, `SEED` from where on,
 * `DATABASES` in how many databases at a time.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Knex } from 'knex';
import { checkLedger } from '../../db/ledgerCheck/check.ts';
import { ledgerBalances } from '../../db/ledger.ts';
import { openFresh } from './support/life.ts';
import { prove, type Cash } from './support/moneyProof.ts';
import { live } from './support/moneySteps.ts';
import { sweep } from './support/moneySweep.ts';
import { MoneyWorld } from './support/moneyWorld.ts';

const SEQUENCES = Number(process.env['SEQUENCES'] ?? 40);
const SEED = Number(process.env['SEED'] ?? 20_270_304);
const DATABASES = Number(process.env['DATABASES'] ?? 2);
/** Sequences in one database: the ledger's check is made once for all of them. */
const BATCH = 150;
const FEWEST_STEPS = 6;
const MORE_STEPS = 16;
const MOST_FINDINGS = 10;
const ENOUGH_TO_SEE_ALL = 400;

/** What was seen, so that a run that tries nothing is noticed. */
interface Seen {
  sequences: number;
  kills: number;
  events: Record<string, number>;
  findings: string[];
}

async function oneSequence(db: Knex, seed: number, seen: Seen): Promise<{ cash: Cash; world: MoneyWorld }> {
  const world = await MoneyWorld.begin(db, seed);
  const where = (): string => `SEED=${seed} SEQUENCES=1: ${world.trace.join('; ')}`;
  try {
    await live(world, FEWEST_STEPS + world.dice.below(MORE_STEPS));
    await sweep(world);
    const cash = await prove(world);
    seen.sequences += 1;
    seen.kills += world.kills.count;
    for (const { events } of world.shells)
      for (const { type } of events) seen.events[type] = (seen.events[type] ?? 0) + 1;
    return { cash, world };
  } catch (error) {
    throw new Error(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${where()}`);
  }
}

/** Some sequences in a database of their own, and then the whole of it. After one that fails the rest has another. */
async function batch(seeds: readonly number[], seen: Seen): Promise<void> {
  const fresh = await openFresh();
  const whose = new Map<string, number>();
  const cash: Record<string, number> = {};
  let rest: readonly number[] | null = null;
  try {
    for (const [index, seed] of seeds.entries()) {
      const done = await oneSequence(fresh.db, seed, seen).catch((error: unknown) => {
        seen.findings.push(error instanceof Error ? error.message : String(error));
        return null;
      });
      if (done === null) {
        rest = seeds.slice(index + 1);
        break;
      }
      for (const { id, numbers } of done.world.shells) for (const name of [id, ...numbers]) whose.set(name, seed);
      for (const [method, amount] of Object.entries(done.cash)) cash[method] = (cash[method] ?? 0) + amount;
    }
    if (rest === null) await proveAll(fresh.db, { cash, whose }, seen);
  } finally {
    await fresh.close();
  }
  if (rest !== null && rest.length > 0 && seen.findings.length < MOST_FINDINGS) await batch(rest, seen);
}

async function proveAll(
  db: Knex,
  { cash, whose }: { readonly cash: Cash; readonly whose: ReadonlyMap<string, number> },
  seen: Seen,
): Promise<void> {
  const balances = await ledgerBalances(db);
  const booked = Object.fromEntries(Object.keys(cash).map((method) => [method, balances[`cash:${method}`] ?? 0]));
  if (JSON.stringify(booked) !== JSON.stringify(cash))
    seen.findings.push(`in cash: ${JSON.stringify(booked)} instead of ${JSON.stringify(cash)}`);
  if ((balances['unapplied'] ?? 0) !== 0 || (balances['disputed'] ?? 0) !== 0)
    seen.findings.push(`unjudged: ${balances['unapplied']}, disputed: ${balances['disputed']}`);
  const { differences } = await checkLedger(db);
  for (const one of differences) {
    const seed = [...whose].find(([name]) => one.subject.includes(name))?.[1];
    seen.findings.push(`SEED=${seed} SEQUENCES=1: ${JSON.stringify(one)}`);
  }
}

describe('money, in random sequences', () => {
  it('is never lost and never doubled, whoever dies', async () => {
    const seen: Seen = { sequences: 0, kills: 0, events: {}, findings: [] };
    const seeds = Array.from({ length: SEQUENCES }, (_, index) => SEED + index);
    const size = Math.min(BATCH, Math.ceil(SEQUENCES / DATABASES));
    const batches = Array.from({ length: Math.ceil(SEQUENCES / size) }, (_, index) =>
      seeds.slice(index * size, (index + 1) * size),
    );
    const work = async (): Promise<void> => {
      for (let next = batches.shift(); next !== undefined; next = batches.shift()) await batch(next, seen);
    };
    await Promise.all(Array.from({ length: DATABASES }, work));
    process.stdout.write(
      `  ${seen.sequences} sequences from seed ${SEED}, ${seen.kills} processes killed\n` +
        `  ${JSON.stringify(seen.events)}\n`,
    );
    assert.deepEqual(seen.findings, []);
    assert.equal(seen.sequences, SEQUENCES);
    if (SEQUENCES < ENOUGH_TO_SEE_ALL) return;
    const rare = [
      'ChargeSucceeded',
      'PaymentReversed',
      'RefundMade',
      'PaymentUnmatched',
      'PaymentCredited',
      'OrderReversed',
    ];
    for (const type of rare) assert.ok((seen.events[type] ?? 0) > 0, `${type} was never seen`);
    assert.ok(seen.kills > 0);
  });
});
