/**
 * Proves the ledger and says what differs; 0 where it agrees, 1 where it does not, 2 where it cannot be told.
 *
 *     DATABASE_URL=postgres://… node api/checkLedger.ts [--json] [--lives]
 *
 * With `--lives` every subscription's workflow is asked as well; Temporal is where its own variables say.
 */
import { parseArgs } from 'node:util';
import { openDatabase } from '../db/database.ts';
import { checkLedger, withLives, type LedgerReport } from '../db/ledgerCheck/check.ts';
import { ledgerLines } from '../db/ledgerCheck/lines.ts';
import { checkRunningLives } from './ledgerLives.ts';

async function check(url: string, lives: boolean): Promise<LedgerReport> {
  const db = openDatabase(url, { poolSize: 4 });
  try {
    const report = await checkLedger(db);
    return lives ? await withLives(report, (differences) => checkRunningLives(db, differences)) : report;
  } finally {
    await db.destroy();
  }
}

try {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, lives: { type: 'boolean' } } });
  const url = process.env['DATABASE_URL'];
  if (!url) throw new Error('DATABASE_URL is not set: the address of the database to check.');
  const report = await check(url, values.lives === true);
  console.log(values.json === true ? JSON.stringify(report, null, 2) : ledgerLines(report).join('\n'));
  process.exitCode = report.agrees ? 0 : 1;
} catch (error) {
  console.error(`The ledger cannot be checked: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
