import knex, { type Knex } from 'knex';
import pg from 'pg';
import type { Instant } from '../domain/calendar.ts';

/** Where a query runs: the pool, or a transaction taken from it. */
export type Db = Knex;

const DEFAULT_POOL_SIZE = 10;
/** Everything here is a short statement; one that runs this long hangs on something and is better cut off and tried again. */
const STATEMENT_TIMEOUT_MS = 15_000;
const LOCK_TIMEOUT_MS = 10_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Knex would print lost connections beside our own logs; whoever asked for the query gets the error anyway. */
const SILENT: Knex.Logger = { warn() {}, error() {}, debug() {}, deprecate() {} };

/**
 * Opens a pool; connections are made when first needed and replaced when Postgres was restarted. Amounts come back as
 * checked numbers, DATE as `YYYY-MM-DD`, TIMESTAMPTZ as epoch milliseconds. End it with `destroy()`.
 */
export function openDatabase(url: string, options: { poolSize?: number } = {}): Knex {
  return knex({
    client: 'pg',
    connection: connectionSettings(url) as Knex.PgConnectionConfig,
    pool: { min: 0, max: options.poolSize ?? DEFAULT_POOL_SIZE },
    acquireConnectionTimeout: STATEMENT_TIMEOUT_MS,
    log: SILENT,
  });
}

/** The address a pool was opened with, for libraries that make their own connections. */
export function addressOf(db: Db): string {
  const { connection } = db.client.config as { connection: { connectionString: string } };
  return connection.connectionString;
}

/** How every connection is made, with or without the pool. */
export function connectionSettings(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'rinnovo',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    // Set on the connection rather than globally: other users of pg in this process keep their own reading.
    types: { getTypeParser: parserFor as typeof pg.types.getTypeParser },
  };
}

const { INT8, DATE, TIMESTAMPTZ } = pg.types.builtins;

function parserFor(oid: number, format?: 'text' | 'binary'): unknown {
  if (format !== 'binary') {
    if (oid === INT8) return exactNumber;
    if (oid === DATE) return (text: string): string => text;
    if (oid === TIMESTAMPTZ) return (text: string): Instant => epochMilliseconds(text);
  }
  return pg.types.getTypeParser(oid, format as 'text');
}

function exactNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large to be read exactly.`);
  return value;
}

const parseTimestamp = pg.types.getTypeParser(TIMESTAMPTZ, 'text') as (text: string) => Date | number;

function epochMilliseconds(text: string): Instant {
  const value = Number(parseTimestamp(text));
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is not an instant.`);
  return value as Instant;
}
