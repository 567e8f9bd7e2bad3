/** What the commands that speak with the public API share: where it is, the key, what is told, and how they end. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readSettings } from './settings.ts';

/** What goes wrong by somebody's doing: told in words, without a stack, and ended with 1. */
export class CommandError extends Error {}

interface Problem {
  readonly detail?: string;
  readonly code?: string;
  readonly revision?: number;
  readonly errors?: readonly { readonly field: string; readonly reason: string }[];
}

interface ApiRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer<ArrayBuffer>;
}

const { dataDir, ports } = readSettings(process.env);
const API = process.env['RINNOVO_API_URL'] ?? `http://127.0.0.1:${ports.api}`;

/** Asks the API with the operator's key; what it refuses is a `CommandError` in its own words. */
export async function callApi(path: string, request: ApiRequest): Promise<Response> {
  const headers = { authorization: `Bearer ${apiKey()}`, ...request.headers };
  const answer = await fetch(API + path, { ...request, headers }).catch((error: unknown) => {
    throw new CommandError(`The API at ${API} does not answer: start it with \`npm start\`.`, { cause: error });
  });
  if (answer.ok) return answer;
  throw new CommandError(inWords(answer.status, (await answer.json().catch(() => ({}))) as Problem));
}

/** A file somebody named. */
export function contentOf(path: string): Buffer<ArrayBuffer> {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** npm runs in the project's folder; a file is meant as seen from where it was called. */
export function placed(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? '.', path);
}

/** Ends with 0, with 1 for a `CommandError`, with 2 for what should not have happened. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof CommandError ? 1 : 2;
  }
}

function apiKey(): string {
  const given = process.env['RINNOVO_API_KEY'];
  if (given) return given;
  try {
    return readFileSync(join(dataDir, 'api-key'), 'utf8').trim();
  } catch {
    throw new CommandError('There is no API key: start the stack with `npm start`, or set RINNOVO_API_KEY.');
  }
}

function inWords(status: number, { code, detail, revision, errors = [] }: Problem): string {
  const now = revision === undefined ? [] : [`Revision ${revision} is the published one now.`];
  const faults = errors.map(({ field, reason }) => `  ${field} ${reason}`);
  return [
    `${detail ?? `The API answered ${status}.`}${code === undefined ? '' : ` (${code})`}`,
    ...now,
    ...faults,
  ].join('\n');
}
