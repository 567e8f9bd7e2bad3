/**
 * `npm run bench:cost`: what lives cost in events, billable actions and bytes of history, beside the bare floor. It brings
 * its own servers, prints one table, and fails when a life did not do what its line claims.
 */
import type { Cost } from './counting.ts';
import { declinedThenPaid, floor, paidByTransfer, uneventfulYear } from './lives.ts';
import { withSystem, type System } from './system.ts';

const LIVES: readonly (readonly [name: string, measure: (system: System) => Promise<Cost>])[] = [
  ['the bare floor: two timers, one activity, the next run', floor],
  ['an uneventful year, auto-renewed', uneventfulYear],
  ['a first order, paid by transfer, to the activation', paidByTransfer],
  ['a year whose renewal is declined, then paid', declinedThenPaid],
];

const HEAD = ['', 'events', 'actions', 'of them local', 'history', 'events', 'actions', 'history'];

async function measureAll(system: System): Promise<string[][]> {
  const rows: string[][] = [];
  let bare: Cost | undefined;
  for (const [name, measure] of LIVES) {
    const cost = await measure(system);
    bare ??= cost;
    const { events, actions, local, bytes } = cost;
    const ratios = [events / bare.events, actions / bare.actions, bytes / bare.bytes].map(
      (ratio) => `× ${ratio.toFixed(1)}`,
    );
    rows.push([name, String(events), String(actions), String(local), `${(bytes / 1000).toFixed(1)} kB`, ...ratios]);
  }
  return rows;
}

/** As Markdown, aligned for the eye too. */
function print(rows: readonly (readonly string[])[]): void {
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  console.log([line(HEAD), line(rule), ...rows.map(line)].join('\n'));
  console.log(`
An action is what Temporal Cloud bills and a history shows: a start or continue-as-new, a timer, a signal, an update, an
activity and each retry, an upsert of search attributes, and all local activities of one workflow task together ("local").
A query, a look at one subscription, is one more. The last three columns are multiples of the floor.`);
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
try {
  const started = performance.now();
  print(await withSystem(measureAll, interrupted.signal));
  console.error(`(${((performance.now() - started) / 1000).toFixed(0)} s)`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// What was under way must not keep an interrupted run alive.
if (interrupted.signal.aborted) process.exit(130);
