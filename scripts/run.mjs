/**
 * The way in to every task: `node scripts/run.mjs start|test|check|…`.
 *
 * It depends on nothing and runs on any Node from 20 on. It sees to the installed packages, to the install steps that an
 * npm which blocks scripts has skipped, and to Node 24, and then runs the task there with the caller's terminal, signals
 * and exit code. Every process of ours descends from here, and so has TZ=UTC.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needsChromium, provideChromium } from './chromium.mjs';
import { installPackages } from './install.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const REQUIRED_NODE = 24;

const TASKS = {
  start: ['local/start.ts'],
  test: ['test/support/run.ts'],
  check: ['scripts/check.ts'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--write', '--log-level=warn', '.'],
  demo: ['local/demo.ts'],
  catalogue: ['local/catalogue.ts'],
  bank: ['local/bank.ts'],
  ledger: ['local/ledger.ts'],
  'bench:cost': ['bench/cost.ts'],
};

function taskNamed(name) {
  if (name !== undefined && Object.hasOwn(TASKS, name)) return TASKS[name];
  // Any program of the repository can be run the same way: node scripts/run.mjs db/migrate.ts
  if (name?.endsWith('.ts') && existsSync(name)) return [name];
  console.error(`Usage: node scripts/run.mjs ${Object.keys(TASKS).join('|')}|<file.ts> [arguments]`);
  process.exit(2);
}

/** The path of a Node that is new enough: the one running now, or the one that came with the packages. */
function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= REQUIRED_NODE) return process.execPath;
  const bundled = join(ROOT, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  const answer = spawnSync(bundled, ['-p', 'process.versions.node'], { encoding: 'utf8' });
  if (answer.status === 0 && Number.parseInt(answer.stdout, 10) >= REQUIRED_NODE) return bundled;
  console.error(
    `Rinnovo needs Node ${REQUIRED_NODE} or newer. This is ${process.version}, and there is no packaged one for ` +
      `${process.platform}-${process.arch}: install Node ${REQUIRED_NODE} from https://nodejs.org and try again.`,
  );
  process.exit(1);
}

/** Runs the task to its end. A signal is passed on, and the task decides what to do with it. */
function runOn(node, args) {
  const bin = join(ROOT, 'node_modules', '.bin');
  const child = spawn(node, args, {
    stdio: 'inherit',
    cwd: ROOT,
    env: { ...process.env, TZ: 'UTC', PATH: [dirname(node), bin, process.env.PATH].join(delimiter) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`Cannot run ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

const [name, ...rest] = process.argv.slice(2);
const task = taskNamed(name);
try {
  await installPackages(ROOT);
  if (name === 'test' && needsChromium(rest)) process.env.RINNOVO_CHROMIUM = provideChromium();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
runOn(findNode(), [...task, ...rest]);
