/** The Temporal development server, with the time skipping that the sandbox and the tests live by. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { type Child, type Children, lastLines } from './children.ts';
import { requireFreePorts } from './ports.ts';

const START_TIMEOUT_MS = 60_000;

const DYNAMIC_CONFIG = {
  'frontend.WorkflowTimeSkippingEnabled': true,
  'frontend.WorkflowTimeSkippingMaxSkipPerSession': 10_000,
  // A continue-as-new soon after the last one would get a backoff, and a skipped clock would jump over it.
  'history.workflowIdReuseMinimalInterval': '0s',
  // Timers fire at once when the clock has been moved past them, not up to a second later.
  'history.timerProcessorMaxTimeShift': '1ms',
};

export interface TemporalOptions {
  binary: string;
  port: number;
  logFile: string;
  /** Kept across starts in this file; in memory without it. */
  databaseFile?: string;
  /** Without it there is no web interface. */
  uiPort?: number;
}

/** Starts the server and answers when its default namespace can be used. */
export async function startTemporal(options: TemporalOptions, children: Children): Promise<Child> {
  const { binary, port, logFile, databaseFile, uiPort } = options;
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'];
  args.push(...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']));
  if (databaseFile !== undefined) {
    args.push('--db-filename', databaseFile);
    // Twice as fast as the default, and every acknowledged write is still on disk.
    args.push('--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=FULL');
  }
  for (const [key, value] of Object.entries(DYNAMIC_CONFIG)) {
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`);
  }
  // A second server on the port ends, but only after a stranger may have answered for it.
  await requireFreePorts([{ port, use: 'Temporal', variable: 'RINNOVO_TEMPORAL_PORT' }]);
  const child = children.start({ name: 'Temporal', command: binary, args, logFile });
  await untilReady(child, port);
  return child;
}

async function untilReady(child: Child, port: number): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (child.hasEnded()) break;
    if (Date.now() > deadline) {
      await child.stop();
      break;
    }
    await sleep(100);
  }
  if (child.hasEnded()) throw new Error(`Temporal ${await child.ended}:\n${lastLines(child.logFile)}`);
}

async function answers(port: number): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 1_000 });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
    } finally {
      await connection.close();
    }
    return true;
  } catch {
    return false;
  }
}
