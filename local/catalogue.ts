/**
 * `npm run catalogue -- show|dry-run|publish`: a price list read into a file, tried on every subscription, and published,
 * over the public API alone.
 */
import { createWriteStream, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { parseArgs } from 'node:util';
import { forecastTable, totalsLines, type DryRun } from './catalogue/table.ts';
import { callApi, CommandError, contentOf, placed, runCommand } from './command.ts';

const USAGE = `npm run catalogue -- show [prices.json]              what is published: to a file, to be edited
npm run catalogue -- dry-run prices.json [--csv out.csv]  who would pay how much more or less, and when
npm run catalogue -- publish prices.json [--based-on N]   publishes it, over the revision it was read as`;

interface Published {
  readonly revision: number;
  readonly publishedAt: string;
  readonly publishedBy: string;
  readonly document: unknown;
}

async function send(method: string, path: string, body?: unknown, accept = 'application/json'): Promise<Response> {
  return callApi(path, {
    method,
    headers: { accept, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** A file as `show` wrote it, with the revision it was read as; or a bare document. */
function readDocument(path: string | undefined): { revision: number | null; document: unknown } {
  if (path === undefined) throw new CommandError(USAGE);
  const text = contentOf(path).toString('utf8');
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof content !== 'object' || content === null || !('document' in content))
    return { revision: null, document: content };
  const { revision, document } = content as { revision?: unknown; document: unknown };
  return { revision: typeof revision === 'number' ? revision : null, document };
}

async function show(path: string | undefined): Promise<void> {
  const { revision, publishedAt, publishedBy, document } = (await (
    await send('GET', '/v1/catalog/document')
  ).json()) as Published;
  const text = `${JSON.stringify({ revision, document }, null, 2)}\n`;
  if (path === undefined) {
    process.stdout.write(text);
    return;
  }
  writeFileSync(path, text);
  console.log(`Revision ${revision}, published ${publishedAt} by ${publishedBy}, is in ${path}.`);
}

async function dryRun(path: string | undefined, csv: string | undefined): Promise<void> {
  const { document } = readDocument(path);
  const outcome = (await (await send('POST', '/v1/catalog/dry-run', { document })).json()) as DryRun;
  console.log(forecastTable(outcome).join('\n'));
  console.log(totalsLines(outcome).join('\n'));
  if (csv === undefined) return;
  const file = await send('POST', '/v1/catalog/dry-run', { document }, 'text/csv');
  await pipeline(Readable.fromWeb(file.body as ReadableStream), createWriteStream(csv));
  console.log(`All of it is in ${csv}.`);
}

async function publish(path: string | undefined, basedOn: string | undefined): Promise<void> {
  const { revision: readAs, document } = readDocument(path);
  const revision = basedOn === undefined ? readAs : Number(basedOn);
  if (revision === null)
    throw new CommandError(
      `${path} does not say which revision it changes: take it from \`show\`, or say --based-on N.`,
    );
  const answer = await send('PUT', '/v1/catalog/document', { basedOn: revision, document });
  const published = (await answer.json()) as Published;
  console.log(`Revision ${published.revision} is published. Orders that exist keep their prices.`);
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: { csv: { type: 'string' }, 'based-on': { type: 'string' } },
  });
  const [task, ...files] = positionals;
  const path = files[0] === undefined ? undefined : placed(files[0]);
  switch (task) {
    case 'show':
      return show(path);
    case 'dry-run':
      return dryRun(path, values.csv === undefined ? undefined : placed(values.csv));
    case 'publish':
      return publish(path, values['based-on']);
    default:
      throw new CommandError(USAGE);
  }
}

await runCommand(main);
