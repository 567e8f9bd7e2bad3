/** scripts/chromium.mjs: which browser the tests get, and what is said where there is none. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { scratchDir } from '../support/scratch.ts';

const SCRIPT = pathToFileURL(join(import.meta.dirname, '..', '..', 'scripts', 'chromium.mjs')).href;

/** What an expression over the script's exports gives, in a process with that environment alone. */
function told(expression: string, env: Record<string, string>): { answer: string; said: string } {
  const source = `import * as chromium from '${SCRIPT}'; try { console.log(chromium.${expression}); } catch (error) { console.log(error.message); }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    env,
    encoding: 'utf8',
  });
  return { answer: stdout.trim(), said: stderr };
}

function folderWith(t: TestContext, programs: Record<string, string>): string {
  const dir = scratchDir(t);
  for (const [name, script] of Object.entries(programs))
    writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return dir;
}

describe('the browser for the tests', () => {
  it('is the one that is named, or the first found on PATH', (t) => {
    const dir = folderWith(t, { 'chromium-browser': '', 'google-chrome': '' });
    const named = join(dir, 'google-chrome');
    assert.equal(told('provideChromium()', { PATH: dir }).answer, join(dir, 'chromium-browser'));
    assert.equal(told('provideChromium()', { PATH: dir, RINNOVO_CHROMIUM: named }).answer, named);
    assert.equal(
      told('provideChromium()', { PATH: dir, RINNOVO_CHROMIUM: '/nowhere' }).answer,
      'RINNOVO_CHROMIUM names no program: /nowhere',
    );
  });

  it('is missed loudly where nobody may install it', (t) => {
    assert.match(told('provideChromium()', { PATH: folderWith(t, {}) }).answer, /apt-get install chromium/);
  });

  it('is installed by apt-get where we are root', (t) => {
    const dir = folderWith(t, {});
    const calls = join(dir, 'calls');
    const apt = `echo "$@" >> ${calls}; case "$*" in *install*) printf '#!/bin/sh\\n' > ${dir}/chromium; /bin/chmod 755 ${dir}/chromium;; esac`;
    writeFileSync(join(dir, 'apt-get'), `#!/bin/sh\n${apt}\n`, { mode: 0o755 });
    const { answer, said } = told('provideChromium()', { PATH: dir });
    if (process.getuid?.() === 0) {
      assert.equal(answer, join(dir, 'chromium'));
      assert.match(said, /Installing Chromium/);
    } else {
      assert.match(answer, /apt-get install chromium/);
    }
  });

  it('is asked for by the tests of the customer area alone', () => {
    const needs = (...selected: string[]) => told(`needsChromium(${JSON.stringify(selected)})`, {}).answer;
    assert.deepStrictEqual(
      [
        needs(),
        needs('test'),
        needs('test/web/'),
        needs('./test/web/login.test.ts'),
        needs('test/domain'),
        needs('test/website'),
      ],
      ['true', 'true', 'true', 'true', 'false', 'false'],
    );
  });
});
