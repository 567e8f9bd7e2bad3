/** Completed orders whose invoice nobody ever asked for: those of the time before there were invoices. */
import type { PlainDate } from '../domain/calendar.ts';
import type { Db } from './database.ts';
import { queueInvoice } from './invoices.ts';

/** As a condition on `orders`. */
export const NEVER_INVOICED = `orders.status = 'completed' and orders.payable_minor > 0 and not exists (
  select from invoice_requests as asked where asked.kind = 'invoice' and asked.order_number = orders.number
)`;

/**
 * Asks for their invoices, of the orders completed first first: of one, where it is named, otherwise of at most `most`.
 * Answers the orders, and how many are left. Whoever asks again, or at the same time, asks for none twice.
 *
 * @param askedOn the day the invoices will bear, unless their orders were completed later still.
 */
export async function askForMissing(
  db: Db,
  {
    orderNumber,
    askedOn,
    most,
  }: { readonly orderNumber?: string | undefined; readonly askedOn: PlainDate; readonly most: number },
): Promise<{ readonly orderNumbers: readonly string[]; readonly left: number }> {
  return db.transaction(async (trx) => {
    const found = trx('orders').whereRaw(NEVER_INVOICED);
    const wanted = orderNumber === undefined ? found : found.where({ number: orderNumber });
    const numbers: string[] = await wanted.clone().orderBy(['completed_on', 'number']).limit(most).pluck('number');
    const orderNumbers: string[] = [];
    for (const number of numbers) if (await queueInvoice(trx, number, askedOn)) orderNumbers.push(number);
    const left = await trx('orders').whereRaw(NEVER_INVOICED).count({ count: '*' }).first();
    return { orderNumbers, left: Number(left?.count ?? 0) };
  });
}
