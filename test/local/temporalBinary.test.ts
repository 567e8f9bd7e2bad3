import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { findTemporalBinary } from '../../local/temporalBinary.ts';
import { scratchDir } from '../support/scratch.ts';

/** A machine with a PATH and cache folders of its own; nothing is fetched on it, or the test has failed. */
function machine(t: TestContext) {
  const dir = scratchDir(t);
  const place = (folder: string, name: string, version: string) => {
    mkdirSync(join(dir, folder), { recursive: true });
    const path = join(dir, folder, name);
    writeFileSync(path, `#!/bin/sh\necho "temporal version ${version} (Server 1.32.0, UI 2.54.1)"\n`, { mode: 0o755 });
    return path;
  };
  const find = () =>
    findTemporalBinary({
      fallbackCacheDir: join(dir, 'project'),
      say: (progress) => assert.fail(progress),
      env: { PATH: [join(dir, 'old'), join(dir, 'new')].join(':'), XDG_CACHE_HOME: join(dir, 'cache') },
    });
  return { place, find };
}

describe('the Temporal server', () => {
  it('is the one in PATH when that is new enough', async (t) => {
    const { place, find } = machine(t);
    place('cache/rinnovo', 'temporal-1.9.1', '1.9.1');
    const installed = place('new', 'temporal', '1.10.0');
    assert.strictEqual(await find(), installed);
  });

  it('is looked for further when the first one in PATH is too old', async (t) => {
    const { place, find } = machine(t);
    place('old', 'temporal', '1.9.0');
    const installed = place('new', 'temporal', '1.9.1');
    assert.strictEqual(await find(), installed);
  });

  it('is the one in the cache when PATH has none that will do', async (t) => {
    const { place, find } = machine(t);
    place('old', 'temporal', '1.4.1');
    const cached = place('cache/rinnovo', 'temporal-1.9.1', '1.9.1');
    assert.strictEqual(await find(), cached);
  });

  it("is the one in the project's cache when the user has none", async (t) => {
    const { place, find } = machine(t);
    place('cache/rinnovo', 'temporal-1.9.1', 'broken');
    const cached = place('project', 'temporal-1.9.1', '1.9.1');
    assert.strictEqual(await find(), cached);
  });

  it('is fetched when there is none', async (t) => {
    await assert.rejects(machine(t).find(), {
      message: 'Fetching the Temporal server 1.9.1 (45 MB, first time only) …',
    });
  });
});
