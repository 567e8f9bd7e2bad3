import type { Logger } from 'pino';
import type { CatalogueSource } from '../db/catalogues.ts';
import type { Db } from '../db/database.ts';
import { brief } from './brief.ts';
import { charge } from './charge.ts';
import { commit } from './commit.ts';
import type { SubscriptionActivities } from './contract.ts';
import { guarded } from './failures.ts';
import type { PaymentGateway } from './gateway/port.ts';
import { provision } from './provision.ts';
import type { Provisioning } from './provisioning/port.ts';

export interface ActivityDependencies {
  readonly db: Db;
  /** The price list in force: what was published last. */
  readonly catalogue: CatalogueSource;
  /** Null where none is connected: no charge is made then. */
  readonly gateway: PaymentGateway | null;
  readonly provisioning: Provisioning;
  readonly log: Logger;
}

/** The activities a worker registers. */
export function createActivities(dependencies: ActivityDependencies): SubscriptionActivities {
  const { db, log } = dependencies;
  return {
    commit: guarded('commit', log, (input) => commit(db, input)),
    brief: guarded('brief', log, (input) => brief(dependencies, input)),
    charge: guarded('charge', log, (input) => charge(dependencies, input)),
    provision: guarded('provision', log, (input) => provision(dependencies, input)),
  };
}
