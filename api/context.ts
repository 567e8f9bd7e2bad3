import type { Logger } from 'pino';
import type { Db } from '../db/database.ts';
import type { Instant } from '../domain/calendar.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import type { Settings } from '../domain/subscription.ts';
import type { Lives } from './workflows.ts';

/** What every route works with. */
export interface Context {
  readonly db: Db;
  readonly lives: Lives;
  readonly catalogue: Catalogue;
  /** What new lives are started with. */
  readonly settings: Settings;
  readonly sandbox: boolean;
  /** The wall's clock. A life in the sandbox has its own: see `readLife`. */
  readonly now: () => Instant;
  readonly log: Logger;
}
