import { ensureAccount } from '../db/accounts.ts';
import type { Db } from '../db/database.ts';
import type { ProvisioningOutcome } from './contract.ts';
import type { Provisioning } from './provisioning/port.ts';

/**
 * Sets the service up and makes its account. No password is made here, where it would pass through a history: the
 * activation message makes it when it is rendered, and only its hash is kept.
 */
export async function provision(
  { db, provisioning }: { readonly db: Db; readonly provisioning: Provisioning },
  { subscriptionId, customerRef: customerId }: { readonly subscriptionId: string; readonly customerRef: string },
): Promise<ProvisioningOutcome> {
  const answer = await provisioning.provision({ subscriptionId, customerId });
  if (answer.kind === 'refused') return answer;
  const { username } = await ensureAccount(db, { subscriptionId, customerId });
  return { kind: 'activated', username };
}
