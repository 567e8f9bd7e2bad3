/** Where a test finds the servers that the runner has started. A missing one is an error: nothing is skipped. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import pg from 'pg';

export { freePort } from '../../local/ports.ts';

export interface FreshDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A migrated, empty database of the test's own. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administrate(`create database ${name} template rinnovo_template`);
  const url = new URL(fromRunner('RINNOVO_TEST_DATABASE_URL'));
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administrate(`drop database if exists ${name} with (force)`) };
}

/** `host:port` of a Temporal server with time skipping. Tests share it: give every workflow and task queue a name of its own. */
export function temporalAddress(): string {
  return fromRunner('RINNOVO_TEST_TEMPORAL_ADDRESS');
}

/** The path of the workflow bundle, for a worker's `workflowBundle: { codePath }`. */
export function workflowBundle(): string {
  const path = fromRunner('RINNOVO_TEST_WORKFLOW_BUNDLE');
  if (!existsSync(path)) throw new Error('There is no workflow bundle: the runner has said why.');
  return path;
}

function fromRunner(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set: run the tests with npm test, also a single file.`);
  return value;
}

async function administrate(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: fromRunner('RINNOVO_TEST_DATABASE_URL') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
