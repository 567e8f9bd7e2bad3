/** The browser in which the customer area is tested: one that is here, or Debian's own package. Runs on Node 20. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
/** With a font: without any, every letter is a box and no width is true. */
const PACKAGES = ['chromium', 'fonts-liberation', 'fonts-dejavu-core'];
const WEB_TESTS = 'test/web';

/** Whether one of the tests that were asked for opens a browser; all of them do, when none is named. */
export function needsChromium(selected) {
  const places = selected.map((place) => place.replace(/^\.\//, '').replace(/\/+$/, ''));
  return places.length === 0 || places.some((place) => `${place}/`.startsWith(`${WEB_TESTS}/`) || place === 'test');
}

/** The browser's path: RINNOVO_CHROMIUM, or the first of the usual names on PATH, or what apt-get installs where we may. */
export function provideChromium(env = process.env) {
  const found = findChromium(env);
  if (found !== undefined) return found;
  if (mayInstall(env)) install(env);
  const installed = findChromium(env);
  if (installed !== undefined) return installed;
  throw new Error(
    'The tests of the customer area need Chromium, and there is none: install it (Debian: apt-get install chromium), ' +
      'or name one in RINNOVO_CHROMIUM.',
  );
}

function findChromium(env) {
  if (env.RINNOVO_CHROMIUM) {
    if (isProgram(env.RINNOVO_CHROMIUM)) return env.RINNOVO_CHROMIUM;
    throw new Error(`RINNOVO_CHROMIUM names no program: ${env.RINNOVO_CHROMIUM}`);
  }
  return pathsOf(NAMES, env).find(isProgram);
}

function pathsOf(names, env) {
  return (env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function mayInstall(env) {
  return process.getuid?.() === 0 && pathsOf(['apt-get'], env).some(isProgram);
}

/** From the machine's own package sources only; what it says goes to stderr, since stdout belongs to the task. */
function install(env) {
  console.error('Installing Chromium for the tests of the customer area (first time only) …');
  const options = { stdio: ['ignore', 2, 2], env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  const apt = (...args) => spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], options).status === 0;
  if (!apt('update') || !apt('install', '-y', '--no-install-recommends', ...PACKAGES)) {
    throw new Error(`Chromium cannot be installed: "apt-get install ${PACKAGES.join(' ')}" failed, see above.`);
  }
}
