/** Hands issued documents to whoever transmits them. */
import type { Logger } from 'pino';
import type { Db } from '../../db/database.ts';
import { claimDelivery, markDelivered, noteUndelivered } from '../../db/issuedInvoices.ts';
import { waitForMailServer } from '../../db/outbox.ts';
import { DeliveryError, type InvoiceChannel } from './port.ts';

export interface Delivering {
  readonly db: Db;
  readonly channel: InvoiceChannel;
  readonly log: Logger;
}

/**
 * One document, in one transaction that holds its row: nobody else delivers it, and once marked it never is again. A
 * crash in between leaves it undelivered, so it is offered again: the channel knows it by its name.
 *
 * @throws what the channel throws, once it is noted.
 */
export async function deliverInvoice({ db, channel, log }: Delivering, invoiceId: string): Promise<void> {
  try {
    await db.transaction(async (trx) => {
      const found = await claimDelivery(trx, invoiceId);
      if (found === null) return;
      await waitForMailServer(trx);
      const { id, fileName, xml, kind, document } = found;
      await channel.deliver({ id, fileName, xml, kind, number: document.number });
      await markDelivered(trx, id);
      log.info({ invoiceId, channel: channel.name }, 'invoice delivered');
    });
  } catch (error) {
    await noteUndelivered(db, invoiceId, error instanceof DeliveryError ? error.message : 'unexpected error');
    throw error;
  }
}
