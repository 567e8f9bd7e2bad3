import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Connection } from '@temporalio/client';
import { Children } from '../../local/children.ts';
import { freePort } from '../../local/ports.ts';
import { isAlive } from '../../local/processes.ts';
import { startTemporal } from '../../local/temporal.ts';
import { findTemporalBinary } from '../../local/temporalBinary.ts';
import { scratchDir } from '../support/scratch.ts';

describe('the Temporal server', () => {
  it('serves its default namespace, and is not mistaken for another one on the same port', async (t) => {
    const dir = scratchDir(t);
    const binary = await findTemporalBinary({ fallbackCacheDir: dir, say: () => undefined });
    const options = { binary, port: await freePort(), logFile: join(dir, 'temporal.log') };
    const children = new Children();
    const server = await startTemporal(options, children);
    const connection = await Connection.connect({ address: `127.0.0.1:${options.port}` });
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    assert.strictEqual(namespaceInfo?.name, 'default');
    await connection.close();

    await assert.rejects(startTemporal(options, children), {
      message: `port ${options.port} (Temporal) is taken: set RINNOVO_TEMPORAL_PORT`,
    });
    assert.strictEqual(server.hasEnded(), false);
    await children.stopAll();
    assert.strictEqual(isAlive(server.pid), false);
  });
});
