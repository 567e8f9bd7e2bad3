/** `npm run bank -- <file> [--dry-run]`: a bank file imported over the public API, and what became of each entry. */
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { countLines, entryTable, type Report } from './bank/table.ts';
import { readSettings } from './settings.ts';

const USAGE = `npm run bank -- <file>            imports it: CAMT.053, CAMT.054, MT940, MT942, CBI (RH), or postal slips (CSV)
npm run bank -- <file> --dry-run  says what an import would do, and does nothing`;

/** What goes wrong by somebody's doing: told in words, without a stack. */
class BankError extends Error {}

interface Problem {
  readonly detail?: string;
  readonly code?: string;
}

const { dataDir, ports } = readSettings(process.env);
const API = process.env['RINNOVO_API_URL'] ?? `http://127.0.0.1:${ports.api}`;

function apiKey(): string {
  const given = process.env['RINNOVO_API_KEY'];
  if (given) return given;
  try {
    return readFileSync(join(dataDir, 'api-key'), 'utf8').trim();
  } catch {
    throw new BankError('There is no API key: start the stack with `npm start`, or set RINNOVO_API_KEY.');
  }
}

function contentOf(path: string): Buffer<ArrayBuffer> {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new BankError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function send(path: string, dryRun: boolean): Promise<Report> {
  const body = contentOf(path);
  const query = new URLSearchParams({ name: basename(path), ...(dryRun ? { dryRun: 'true' } : {}) });
  const answer = await fetch(`${API}/v1/bank-files?${query.toString()}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey()}`, 'content-type': 'application/octet-stream' },
    body,
  }).catch((error: unknown) => {
    throw new BankError(`The API at ${API} does not answer: start it with \`npm start\`.`, { cause: error });
  });
  if (answer.ok) return (await answer.json()) as Report;
  const { detail, code } = (await answer.json().catch(() => ({}))) as Problem;
  throw new BankError(`${detail ?? `The API answered ${answer.status}.`}${code === undefined ? '' : ` (${code})`}`);
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: { 'dry-run': { type: 'boolean', default: false } },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new BankError(USAGE);
  // npm runs in the project's folder; a file is meant as seen from where it was called.
  const report = await send(resolve(process.env['INIT_CWD'] ?? '.', file), values['dry-run']);
  console.log(entryTable(report).join('\n'));
  console.log(countLines(report).join('\n'));
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof BankError ? 1 : 2;
}
