/** `npm run bank -- <file> [--dry-run]`: a bank file imported over the public API, and what became of each entry. */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { countLines, entryTable, type Report } from './bank/table.ts';
import { callApi, CommandError, contentOf, placed, runCommand } from './command.ts';

const USAGE = `npm run bank -- <file>            imports it: CAMT.053, CAMT.054, MT940, MT942, CBI (RH), or postal slips (CSV)
npm run bank -- <file> --dry-run  says what an import would do, and does nothing`;

async function send(path: string, dryRun: boolean): Promise<Report> {
  const query = new URLSearchParams({ name: basename(path), ...(dryRun ? { dryRun: 'true' } : {}) });
  const answer = await callApi(`/v1/bank-files?${query.toString()}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: contentOf(path),
  });
  return (await answer.json()) as Report;
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: { 'dry-run': { type: 'boolean', default: false } },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new CommandError(USAGE);
  const report = await send(placed(file), values['dry-run']);
  console.log(entryTable(report).join('\n'));
  console.log(countLines(report).join('\n'));
}

await runCommand(main);
