/**
 * One-shot: adds the search attributes that lives carry to the namespace, and ends when they can be used. It changes
 * nothing where they are there already, so every start may run it. Where nobody may add any over this connection
 * (Temporal Cloud keeps that to its own tools), it ends by saying which are missing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts';
import { temporalSettings } from './environment.ts';

/** Temporal's numbers for the types that are used here. */
const INDEXED_VALUE_TYPES = { KEYWORD: 2, BOOL: 5, DATETIME: 6 } as const;
const NAMES = Object.keys(SEARCH_ATTRIBUTES) as (keyof typeof SEARCH_ATTRIBUTES)[];

/** PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED. */
const FORBIDDEN = [7, 12, 16];

/** Nothing that waiting would change. */
class HopelessError extends Error {
  override readonly name = 'HopelessError';
}

const PATIENCE_MS = 60_000;
const PAUSE_MS = 250;

/** Answers which were added. Waits for a server that is starting and for a namespace that was just made. */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const added = await patiently(() => addMissing(connection, namespace));
  await patiently(() => connection.workflowService.countWorkflowExecutions({ namespace, query: QUERY_OF_ALL }));
  return added;
}

/** Answered only once the server knows each of them. */
const QUERY_OF_ALL = NAMES.map((name) => `${name} IS NOT NULL`).join(' AND ');

async function addMissing({ operatorService }: Connection, namespace: string): Promise<string[]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  for (const name of NAMES) {
    const known = customAttributes?.[name];
    if (known !== undefined && known !== INDEXED_VALUE_TYPES[SEARCH_ATTRIBUTES[name]])
      throw new HopelessError(`The namespace has ${name} with another type than ${SEARCH_ATTRIBUTES[name]}.`);
  }
  const missing = NAMES.filter((name) => customAttributes?.[name] === undefined);
  if (missing.length === 0) return [];
  const searchAttributes = Object.fromEntries(
    missing.map((name) => [name, INDEXED_VALUE_TYPES[SEARCH_ATTRIBUTES[name]]]),
  );
  try {
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    if (!isGrpcServiceError(error) || !FORBIDDEN.includes(error.code)) throw error;
    const list = missing.map((name) => `${name} (${SEARCH_ATTRIBUTES[name]})`).join(', ');
    throw new HopelessError(`These search attributes are missing and may not be added from here: ${list}.`);
  }
  return missing;
}

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(PAUSE_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof HopelessError || Date.now() > deadline) throw error;
    }
  }
}

if (import.meta.main) {
  const settings = temporalSettings();
  const connection = Connection.lazy(settings.connection);
  try {
    const added = await ensureSearchAttributes(connection, settings.namespace);
    console.log(added.length === 0 ? 'Search attributes are there.' : `Search attributes added: ${added.join(', ')}.`);
  } finally {
    await connection.close();
  }
}
