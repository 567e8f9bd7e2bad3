import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Children } from '../../local/children.ts';
import { freePort } from '../../local/ports.ts';
import { postgresUrl, startPostgres } from '../../local/postgres.ts';
import { startTemporal } from '../../local/temporal.ts';
import { findTemporalBinary } from '../../local/temporalBinary.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Every test database starts as a copy of this one, which holds the migrated schema. */
export const TEMPLATE_DATABASE = 'rinnovo_template';

/** What one run of the tests stands on: a Postgres, a Temporal server and the workflow bundle, in a folder of its own. */
export class Backing {
  readonly #dir = mkdtempSync(join(tmpdir(), 'rinnovo-test-'));
  readonly #children = new Children();

  /** Answers the environment that tells the tests where everything is. */
  async start(): Promise<Record<string, string>> {
    // The database's own user has to get in.
    chmodSync(this.#dir, 0o755);
    const [databaseUrl, temporalAddress, workflowBundle] = await Promise.all([
      this.#startDatabase(),
      this.#startEngine(),
      this.#bundleWorkflows(),
    ]);
    return {
      RINNOVO_TEST_DATABASE_URL: databaseUrl,
      RINNOVO_TEST_TEMPORAL_ADDRESS: temporalAddress,
      RINNOVO_TEST_WORKFLOW_BUNDLE: workflowBundle,
    };
  }

  async stop(): Promise<void> {
    await this.#children.stopAll();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #startDatabase(): Promise<string> {
    const port = await freePort();
    const dataDir = join(this.#dir, 'postgres');
    const options = { dataDir, port, logFile: join(this.#dir, 'postgres.log'), database: TEMPLATE_DATABASE };
    await startPostgres({ ...options, durable: false }, this.#children);
    await migrate(postgresUrl(port, TEMPLATE_DATABASE));
    return postgresUrl(port, 'postgres');
  }

  async #startEngine(): Promise<string> {
    const fallbackCacheDir = join(ROOT, '.rinnovo', 'bin');
    const binary = await findTemporalBinary({ fallbackCacheDir, say: (progress) => console.log(progress) });
    const port = await freePort();
    await startTemporal({ binary, port, logFile: join(this.#dir, 'temporal.log') }, this.#children);
    return `127.0.0.1:${port}`;
  }

  async #bundleWorkflows(): Promise<string> {
    // A run within a run, as the tests of the runner make them, takes the bundle that is there.
    const given = process.env['RINNOVO_TEST_WORKFLOW_BUNDLE'];
    if (given && existsSync(given)) return given;
    const path = join(this.#dir, 'workflows.cjs');
    const workflowsPath = join(ROOT, 'workflows', 'index.ts');
    if (!existsSync(workflowsPath)) return path;
    const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
    try {
      const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
      writeFileSync(path, code);
      console.log(`Workflow bundle: ${Math.round(Buffer.byteLength(code) / 1024)} KB`);
    } catch (error) {
      // The tests that run workflows will fail on the missing file; the others have a right to run.
      console.log(`The workflow bundle cannot be built: ${error instanceof Error ? error.message : String(error)}`);
    }
    return path;
  }
}

async function migrate(databaseUrl: string): Promise<void> {
  const program = join(ROOT, 'db', 'migrate.ts');
  if (!existsSync(program)) return;
  await promisify(execFile)(process.execPath, [program], { env: { ...process.env, DATABASE_URL: databaseUrl } });
}
