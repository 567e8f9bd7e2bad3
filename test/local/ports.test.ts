import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { freePort, requireFreePorts } from '../../local/ports.ts';
import { portUse, readSettings } from '../../local/settings.ts';

/** Two ports that somebody else holds for the length of the test. */
async function withTakenPorts(work: (first: number, second: number) => Promise<void>): Promise<void> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    ports.push(address.port);
  }
  try {
    await work(ports[0]!, ports[1]!);
  } finally {
    for (const server of servers) server.close();
  }
}

describe('a port that is taken', () => {
  it('is named with its use and the variable that moves it', async () => {
    await withTakenPorts(async (taken) => {
      const settings = readSettings({ RINNOVO_TEMPORAL_UI_PORT: String(taken) });
      await assert.rejects(requireFreePorts([portUse('temporalUi', settings)]), {
        message: `port ${taken} (Temporal UI) is taken: set RINNOVO_TEMPORAL_UI_PORT`,
      });
    });
  });

  it('is named together with the other taken ones, and without the free ones', async () => {
    await withTakenPorts(async (first, second) => {
      const uses = [
        { port: first, use: 'API', variable: 'A' },
        { port: await freePort(), use: 'SMTP', variable: 'B' },
        { port: second, use: 'Postgres', variable: 'C' },
      ];
      await assert.rejects(requireFreePorts(uses), {
        message: `port ${first} (API) is taken: set A\nport ${second} (Postgres) is taken: set C`,
      });
    });
  });
});

describe('a free port', () => {
  it('can be required', async () => {
    await requireFreePorts([{ port: await freePort(), use: 'API', variable: 'A' }]);
  });
});

describe('the settings', () => {
  it('have the documented ports when the environment says nothing', () => {
    assert.deepStrictEqual(readSettings({}).ports, {
      api: 3000,
      web: 3001,
      temporalUi: 8233,
      inbox: 8025,
      temporal: 7233,
      postgres: 54329,
      smtp: 1025,
    });
  });

  for (const wrong of ['abc', '0', '65536', '80.5', '-1']) {
    it(`refuse the port ${wrong} by the variable's name`, () => {
      assert.throws(() => readSettings({ RINNOVO_SMTP_PORT: wrong }), {
        message: `RINNOVO_SMTP_PORT is no port number: ${wrong}`,
      });
    });
  }
});
