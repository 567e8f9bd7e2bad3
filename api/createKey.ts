/**
 * Makes an API key and prints it, alone, on stdout: it is kept as a hash only and cannot be shown again.
 *
 *     DATABASE_URL=postgres://… node api/createKey.ts --name local
 */
import { parseArgs } from 'node:util';
import { createApiKey } from '../db/apiKeys.ts';
import { openDatabase } from '../db/database.ts';
import { readEnvironment } from './environment.ts';

const MAX_NAME_LENGTH = 64;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { name: { type: 'string' } } });
  const name = values.name?.trim() ?? '';
  if (!/^[\w. -]+$/.test(name) || name.length > MAX_NAME_LENGTH) {
    throw new Error(
      `Say whose key it is: --name with 1 to ${MAX_NAME_LENGTH} letters, digits, dots, dashes and blanks.`,
    );
  }
  const db = openDatabase(readEnvironment(process.env).databaseUrl, { poolSize: 1 });
  try {
    console.log(await createApiKey(db, name));
  } finally {
    await db.destroy();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
