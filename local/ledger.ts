/**
 * `npm run ledger [-- --json] [-- --lives]`: proves the ledger of the local system, or of the one that DATABASE_URL and
 * Temporal's own variables name, and ends with 0 where it agrees, 1 where it does not, 2 where it cannot be told.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { postgresUrl } from './postgres.ts';
import { readSettings } from './settings.ts';

const { dataDir, ports } = readSettings(process.env);
const usesOwnTemporal = !process.env['TEMPORAL_ADDRESS'] && !process.env['TEMPORAL_PROFILE'];
const temporalConfig = join(dataDir, 'temporal.toml');

const child = spawn(
  process.execPath,
  [join(import.meta.dirname, '..', 'api', 'checkLedger.ts'), ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      DATABASE_URL: process.env['DATABASE_URL'] || postgresUrl(ports.postgres, 'rinnovo'),
      ...(usesOwnTemporal ? { TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`, TEMPORAL_NAMESPACE: 'default' } : {}),
      ...(usesOwnTemporal && existsSync(temporalConfig) ? { TEMPORAL_CONFIG_FILE: temporalConfig } : {}),
    },
  },
);
child.on('exit', (code) => {
  process.exitCode = code ?? 2;
});
