import { SANDBOX_REFUSED_PHONE } from '../../config/sandbox.ts';
import { findCustomer } from '../../db/customers.ts';
import type { Db } from '../../db/database.ts';
import { findHolder } from '../../db/holders.ts';
import type { Provisioning } from './port.ts';

/** Sets everything up, except where the holder or the customer has the test telephone number that asks for a refusal. */
export function createSandboxProvisioning(db: Db): Provisioning {
  return {
    async provision({ subscriptionId, customerId }) {
      const parties = await Promise.all([findHolder(db, subscriptionId), findCustomer(db, customerId)]);
      const isRefused = parties.some((party) => party?.phone.replaceAll(/[\s()./-]/g, '') === SANDBOX_REFUSED_PHONE);
      return isRefused ? { kind: 'refused', reason: 'checks_needed' } : { kind: 'provisioned' };
    },
  };
}
