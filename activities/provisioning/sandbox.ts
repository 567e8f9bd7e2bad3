import { SANDBOX_REFUSED_PHONE } from '../../config/sandbox.ts';
import { findCustomer } from '../../db/customers.ts';
import type { Db } from '../../db/database.ts';
import type { Provisioning } from './port.ts';

/** Sets everything up, except for customers with the test telephone number that asks for a refusal. */
export function createSandboxProvisioning(db: Db): Provisioning {
  return {
    async provision({ customerId }) {
      const customer = await findCustomer(db, customerId);
      const isRefused = customer?.phone.replaceAll(/[\s()./-]/g, '') === SANDBOX_REFUSED_PHONE;
      return isRefused ? { kind: 'refused', reason: 'checks_needed' } : { kind: 'provisioned' };
    },
  };
}
