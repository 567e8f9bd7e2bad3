import assert from 'node:assert/strict';
import { checkLedger } from '../../../db/ledgerCheck/check.ts';
import type { TestApi } from './api.ts';

/** Ends an API, and proves the ledger that its tests have left behind. */
export async function stopProved(api: TestApi): Promise<void> {
  const { agrees, differences } = await checkLedger(api.db);
  await api.stop();
  assert.deepStrictEqual([agrees, differences], [true, []]);
}
