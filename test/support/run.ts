/**
 * Runs the tests: all of them after the checks, or only the named files and folders.
 *
 *     npm test
 *     npm test -- test/domain test/api/orders.test.ts
 *
 * The last line is always `N passed, N failed`, counted from what ran.
 */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { run } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runChecks } from '../../scripts/check.ts';
import { importsOf } from './imports.ts';
import { Tally, type TestEvent } from './tally.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** One more than the two cores we count on: most tests wait for a server now and then. */
const PROCESSES = 3;
/** For one file; a promise that never settles would otherwise hang the run. A long run asks for more. */
const TEST_TIMEOUT_MS = Number(process.env['TEST_MINUTES'] ?? 4) * 60_000;
const SLOWEST_SHOWN = 5;
/** Begun first, so that the run does not end with two processes idle beside a long one. */
const SLOW = ['test/scenarios/', 'test/workflows/', 'test/local/', 'test/web/'];

function findTests(selected: readonly string[]): string[] {
  const places = selected.length === 0 ? ['test'] : selected;
  const files = places.flatMap((place) => {
    const path = resolve(ROOT, place);
    if (!existsSync(path)) throw new Error(`No such test file or folder: ${place}`);
    if (!statSync(path).isDirectory()) return [path];
    return globSync('**/*.test.ts', { cwd: path }).map((file) => join(path, file));
  });
  const isSlow = (file: string) => SLOW.some((room) => file.startsWith(join(ROOT, room)));
  const sorted = [...new Set(files)].toSorted();
  return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
}

async function runFiles(files: string[], signal: AbortSignal): Promise<Tally> {
  const tally = new Tally(ROOT);
  const stream = run({
    files,
    signal,
    cwd: ROOT,
    concurrency: PROCESSES,
    isolation: 'process',
    timeout: TEST_TIMEOUT_MS,
    execArgv: ['--import', pathToFileURL(join(import.meta.dirname, 'lastly.ts')).href],
  });
  for await (const event of stream as AsyncIterable<TestEvent>) {
    const ended = tally.add(event);
    if (ended) console.log(`  ${ended.file} (${Math.round(ended.result.milliseconds)} ms)`);
    else if (event.type === 'test:stdout' || event.type === 'test:stderr')
      process.stdout.write(event.data.message ?? '');
  }
  if (signal.aborted) throw new Error('The tests were interrupted.');
  tally.finish(files);
  return tally;
}

function printFailures(tally: Tally): void {
  for (const { title, where, reason } of tally.failures) {
    console.log(`\n✖ ${title}\n  ${where}\n${reason.replace(/^/gm, '    ')}`);
  }
}

function printSlowest(tally: Tally): void {
  const slowest = [...tally.files].toSorted(([, a], [, b]) => b.milliseconds - a.milliseconds).slice(0, SLOWEST_SHOWN);
  console.log(slowest.length > 0 ? '\nSlowest files:' : 'There are no tests here.');
  for (const [file, { milliseconds }] of slowest) {
    console.log(`  ${(milliseconds / 1000).toFixed(1).padStart(6)} s  ${relative(ROOT, file)}`);
  }
}

const SERVICES = join(import.meta.dirname, 'services.ts');

/** Whether a test reaches support/services.ts: the door to the servers. Pure tests run without them. */
function needsServices(file: string, seen = new Set<string>()): boolean {
  if (file === SERVICES) return true;
  if (seen.has(file)) return false;
  seen.add(file);
  return importsOf(file, readFileSync(file, 'utf8')).some(({ specifier, typeOnly }) => {
    const target = resolve(dirname(file), specifier);
    return specifier.startsWith('.') && !typeOnly && existsSync(target) && needsServices(target, seen);
  });
}

/** Everything that was started is stopped again, whether the tests pass, fail, crash or are interrupted. */
async function withServices<T>(files: readonly string[], signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (!files.some((file) => needsServices(file))) return work();
  const { Backing } = await import('./backing.ts');
  const backing = new Backing();
  // A start that is interrupted fails, because its children end.
  signal.addEventListener('abort', () => void backing.stop());
  try {
    const started = performance.now();
    Object.assign(process.env, await backing.start());
    console.log(`Postgres, Temporal and the workflow bundle are ready (${Math.round(performance.now() - started)} ms)`);
    return await work();
  } finally {
    await backing.stop();
  }
}

function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  return interrupted.signal;
}

async function main(selected: string[], signal: AbortSignal): Promise<boolean> {
  const files = findTests(selected);
  const checks = selected.length === 0 ? await runChecks() : { passed: 0, failed: 0 };
  const tally = await withServices(files, signal, () => runFiles(files, signal));
  printFailures(tally);
  printSlowest(tally);
  const [passed, failed] = [checks.passed + tally.passed, checks.failed + tally.failed];
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && tally.passed > 0;
}

const signal = interruption();
try {
  process.exitCode = (await main(process.argv.slice(2), signal)) ? 0 : 1;
} catch (error) {
  if (!signal.aborted) console.error(error);
  process.exitCode = 1;
}
// A download or a bundling that was under way must not keep an interrupted run alive.
if (signal.aborted) process.exit(130);
