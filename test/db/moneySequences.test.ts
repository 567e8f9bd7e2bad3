/**
 * Random sequences of everything that happens to money: payments, files of the bank, messages of the gateway, refunds and
 * what is taken back; twice, late, in any order, by processes that die. `SEQUENCES` says how many, `SEED` from where on,
 * `DATABASES` in how many databases at a time, `KILLED` how many of them real processes do, which are killed with SIGKILL.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Knex } from 'knex';
import { checkLedger } from '../../db/ledgerCheck/check.ts';
import { ledgerBalances } from '../../db/ledger.ts';
import { scratchDir } from '../support/scratch.ts';
import { StripeFake } from '../support/stripeFake.ts';
import { Dice } from './support/kills.ts';
import { openFresh, type TestDatabase } from './support/life.ts';
import { Coverage } from './support/moneyCoverage.ts';
import { EXPECTED } from './support/moneyExpected.ts';
import { Processes } from './support/moneyProcesses.ts';
import { prove, untilQuiet, type Cash } from './support/moneyProof.ts';
import { live } from './support/moneySteps.ts';
import { sweep } from './support/moneySweep.ts';
import { MoneyWorld } from './support/moneyWorld.ts';

const SEQUENCES = Number(process.env['SEQUENCES'] ?? 50);
const KILLED = Number(process.env['KILLED'] ?? Math.max(6, Math.floor(SEQUENCES / 100)));
const SEED = Number(process.env['SEED'] ?? 20_270_304);
const DATABASES = Number(process.env['DATABASES'] ?? 2);
/** Sequences in one database: the ledger's check is made once for all of them. */
const BATCH = 150;
const FEWEST_STEPS = 6;
const MORE_STEPS = 20;
const MOST_FINDINGS = 10;
const KILLED_SEEDS = 1_000_000;

/** What was seen, so that a run that tries nothing is noticed. */
class Seen {
  readonly coverage = new Coverage();
  readonly findings: string[] = [];
  sequences = 0;
  kills = 0;

  print(name: string): void {
    process.stdout.write(
      `  ${name}: ${this.sequences} sequences from seed ${SEED}, ${this.kills} processes killed\n${this.coverage.table()}\n`,
    );
  }
}

/** Where sequences are lived: a database, a Stripe, and perhaps processes that do what is to be done, for each gateway. */
interface Place {
  readonly fresh: TestDatabase;
  readonly stripe: StripeFake;
  readonly processes: readonly Processes[];
}

/** How to have it again, and what happened. */
function storyOf({ trace }: MoneyWorld, seed: number): string {
  return `SEED=${seed} SEQUENCES=1: ${trace.join('; ')}`;
}

async function oneSequence({ fresh, stripe, processes }: Place, seed: number, seen: Seen) {
  const { coverage } = seen;
  const charging = seed % 2 === 0 ? stripe : null;
  const own = processes[seed % 2];
  const world = await MoneyWorld.begin({
    ...{ db: fresh.db, seed, coverage, stripe: charging },
    ...(own === undefined ? {} : { processes: own }),
  });
  try {
    await live(world, FEWEST_STEPS + world.dice.below(MORE_STEPS));
    await untilQuiet(fresh.db);
    await sweep(world);
    const cash = await prove(world);
    seen.sequences += 1;
    seen.kills += world.kills.count;
    for (const { events } of world.shells) coverage.sawEvents(events);
    return { cash, world };
  } catch (error) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`${said}\n${storyOf(world, seed)}`);
  } finally {
    await world.end();
  }
}

/** Some sequences in a database of their own, and then the whole of it. After one that fails the rest has another. */
async function batch(seeds: readonly number[], seen: Seen, cache?: string): Promise<void> {
  const fresh = await openFresh();
  const stripe = await new StripeFake().start();
  const start = (stripeUrl: string | null): Processes =>
    new Processes({ databaseUrl: fresh.url, stripeUrl, cache: cache ?? '' }, new Dice(seeds[0] ?? 0));
  const place: Place = { fresh, stripe, processes: cache === undefined ? [] : [stripe.url, null].map(start) };
  const whose = new Map<string, string>();
  const cash: Record<string, number> = {};
  let rest: readonly number[] | null = null;
  try {
    for (const [index, seed] of seeds.entries()) {
      const done = await oneSequence(place, seed, seen).catch((error: unknown) => {
        seen.findings.push(error instanceof Error ? error.message : String(error));
        return null;
      });
      if (done === null) {
        rest = seeds.slice(index + 1);
        break;
      }
      for (const { id, numbers } of done.world.shells)
        for (const name of [id, ...numbers]) whose.set(name, storyOf(done.world, seed));
      for (const [method, amount] of Object.entries(done.cash)) cash[method] = (cash[method] ?? 0) + amount;
    }
    await seen.coverage.sawDatabase(fresh.db);
    if (rest === null) await proveAll(fresh.db, { cash, whose }, seen);
  } finally {
    await Promise.all(place.processes.map((one) => one.end()));
    await stripe.stop();
    await fresh.close();
  }
  if (rest !== null && rest.length > 0 && seen.findings.length < MOST_FINDINGS) await batch(rest, seen, cache);
}

async function proveAll(
  db: Knex,
  { cash, whose }: { readonly cash: Cash; readonly whose: ReadonlyMap<string, string> },
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
    const story = [...whose].find(([name]) => one.subject.includes(name))?.[1];
    seen.findings.push(`${JSON.stringify(one)}\n${story}`);
  }
}

const seedsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

describe('money, in random sequences', { concurrency: true }, () => {
  it('is never lost and never doubled, whoever dies', async () => {
    const seen = new Seen();
    const seeds = seedsFrom(SEED, SEQUENCES);
    const size = Math.min(BATCH, Math.ceil(SEQUENCES / DATABASES));
    const batches = Array.from({ length: Math.ceil(SEQUENCES / size) }, (_, index) =>
      seeds.slice(index * size, (index + 1) * size),
    );
    const work = async (): Promise<void> => {
      for (let next = batches.shift(); next !== undefined; next = batches.shift()) await batch(next, seen);
    };
    await Promise.all(Array.from({ length: DATABASES }, work));
    seen.print('one process');
    assert.deepEqual(seen.findings, []);
    assert.equal(seen.sequences, SEQUENCES);
    for (const [from, lines] of EXPECTED)
      if (SEQUENCES >= from) for (const line of lines) assert.ok(seen.coverage.of(line) > 0, `never seen: ${line}`);
  });

  it('is neither, where real processes do it and are killed at random moments', async (t) => {
    const seen = new Seen();
    await batch(seedsFrom(SEED + KILLED_SEEDS, KILLED), seen, scratchDir(t));
    seen.print('real processes');
    assert.deepEqual(seen.findings, []);
    assert.equal(seen.sequences, KILLED);
    assert.ok(KILLED === 0 || seen.kills > 0, 'no process was ever killed');
  });
});
