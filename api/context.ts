import type { Logger } from 'pino';
import type { CatalogueSource } from '../db/catalogues.ts';
import type { PaymentInstructions } from '../config/instructions.ts';
import type { Db } from '../db/database.ts';
import type { Instant } from '../domain/calendar.ts';
import type { Settings } from '../domain/subscription.ts';
import type { AttemptLimits } from './attempts.ts';
import type { Gateway } from './stripe.ts';
import type { Lives } from './workflows.ts';

/** What every route works with. */
export interface Context {
  readonly db: Db;
  readonly lives: Lives;
  /** The price list in force: what was published last. */
  readonly catalogue: CatalogueSource;
  /** What new lives are started with. */
  readonly settings: Settings;
  /** Where money by bank transfer and postal slip goes. */
  readonly instructions: PaymentInstructions;
  /** Further bank accounts of ours, beside those of the instructions: their entries are taken too. */
  readonly bankAccounts?: readonly string[];
  readonly sandbox: boolean;
  /** Who charges cards and PayPal accounts; without it, the sandbox gateway in the sandbox and none elsewhere. */
  readonly gateway?: Gateway;
  /** The wall's clock. A life in the sandbox has its own: see `readLife`. */
  readonly now: () => Instant;
  readonly log: Logger;
  /** How often a password may be tried; without it, DEFAULT_LIMITS. */
  readonly limits?: AttemptLimits;
  /** Whose X-Forwarded-For is believed, as express's "trust proxy" has it; without it, this machine's. */
  readonly trustedProxies?: string;
}
