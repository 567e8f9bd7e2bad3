import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { PaymentInstructions } from '../../config/instructions.ts';
import { findAccount, nameAccount, setTemporaryPassword } from '../../db/accounts.ts';
import { findCustomer, type Customer } from '../../db/customers.ts';
import type { Db } from '../../db/database.ts';
import { findHolder, type Holder } from '../../db/holders.ts';
import { findOrder } from '../../db/orders.ts';
import { claimMessage, markSent, markSuppressed, type MessageRow } from '../../db/messages.ts';
import { queuedBeside, waitForMailServer } from '../../db/outbox.ts';
import { nameOf } from '../../db/party.ts';
import { findSubscription, type SubscriptionRow } from '../../db/subscriptions.ts';
import type { Instant } from '../../domain/calendar.ts';
import { isStillDue } from '../../domain/stillDue.ts';
import { temporaryPassword } from './password.ts';
import type { OrderStanding } from './letters.ts';
import { enclosures } from './enclosures.ts';
import { orderStanding, render } from './render.ts';
import { MailError, UNREACHABLE, type Attachment, type Mailbox, type MailServer } from './smtp.ts';

export interface Delivery {
  readonly db: Db;
  readonly server: MailServer;
  readonly publicUrl: string;
  readonly instructions: PaymentInstructions;
  readonly log: Logger;
  /** The wall's clock. */
  readonly clock: () => Instant;
}

/**
 * Sends a message and whatever else its subscription has to be told, in the order it happened. An earlier one that the
 * server refuses for good, or that cannot be written (a fault of ours), is its own job's affair; anything else stops the row.
 */
export async function deliver(delivery: Delivery, messageId: number): Promise<void> {
  for (const id of await queuedBeside(delivery.db, messageId)) {
    try {
      await deliverOne(delivery, id);
    } catch (error) {
      if (id > messageId) return; // this one's own job is done; that one's comes next
      if (id === messageId || stopsTheRow(error)) throw error;
    }
  }
}

function stopsTheRow(error: unknown): boolean {
  return error instanceof MailError ? error.kind === UNREACHABLE : !(error instanceof TypeError);
}

/**
 * One message, in one transaction that holds its row: nobody else sends it, and once marked it is never sent again.
 *
 * A crash after the server took the message and before the commit leaves it queued, so it is sent again: delivery is at
 * least once in that window. The repeat carries the same Message-ID, by which mail systems know it for one and the same;
 * an activation does not, as its repeat holds another password, the only one that is valid.
 */
async function deliverOne(delivery: Delivery, id: number): Promise<void> {
  await delivery.db.transaction(async (trx) => {
    const row = await claimMessage(trx, id);
    if (row === null) return;
    await waitForMailServer(trx);
    const subscription = await findSubscription(trx, row.subscriptionId);
    const customer = subscription === null ? null : await findCustomer(trx, subscription.customerId);
    if (subscription === null || customer === null) throw new TypeError(`Message ${id} has no recipient.`);
    const holder = (await findHolder(trx, row.subscriptionId)) ?? customer;
    const reason = await send(delivery, trx, { row, subscription, customer, holder });
    if (reason === null) await markSent(trx, id);
    else await markSuppressed(trx, id);
    const { kind } = row.message;
    const facts = { messageId: id, subscriptionId: row.subscriptionId, kind };
    if (reason === null) delivery.log.info(facts, 'message sent');
    else delivery.log.info({ ...facts, reason }, 'message suppressed');
  });
}

interface Addressed {
  readonly row: MessageRow;
  readonly subscription: SubscriptionRow;
  readonly customer: Customer;
  /** Whom the service is for; often the customer. */
  readonly holder: Holder;
}

/** Sends, or says why there is nothing to send any more. */
async function send(
  { server, publicUrl, instructions, clock, log }: Delivery,
  trx: Db,
  { row, subscription, customer, holder }: Addressed,
): Promise<'settled_meanwhile' | 'password_chosen' | null> {
  const { message } = row;
  if (!isStillDue(message, subscription.state)) return 'settled_meanwhile';
  const password = message.kind === 'activation' ? await temporaryPassword() : null;
  if (message.kind === 'activation')
    await nameIfMissing(trx, row.subscriptionId, customer.id, message.payload.username);
  if (password !== null && !(await setTemporaryPassword(trx, row.subscriptionId, password.hash)))
    return 'password_chosen';
  const { language } = customer;
  const recipients = recipientsOf(message, { customer, holder });
  const order = orderStanding(message, subscription.state);
  const mail = render(
    message,
    { language, name: recipients[0].name },
    {
      product: subscription.product,
      order,
      instructions,
      areaUrl: publicUrl,
      temporaryPassword: password?.clear ?? null,
    },
  );
  const { refusedRecipients } = await server.send({
    ...mail,
    attachments: await enclosed(trx, message, order, { holder, instructions }),
    to: recipients,
    messageId: messageIdOf(row),
    // A life in the sandbox may be years ahead of the wall: its mail is dated on its own clock.
    date: Math.max(row.at, clock()) as Instant,
    language,
  });
  if (refusedRecipients > 0)
    log.warn({ messageId: row.id, refusedRecipients }, 'message sent, though not to everybody');
  return null;
}

/** With a confirmed order that is still to be paid goes what its way of paying needs. */
async function enclosed(
  trx: Db,
  { kind }: MessageRow['message'],
  order: OrderStanding | null,
  given: { readonly holder: Holder; readonly instructions: PaymentInstructions },
): Promise<Attachment[]> {
  if (kind !== 'order_confirmed' || order?.payment !== 'unpaid') return [];
  const stored = await findOrder(trx, order.number);
  return enclosures(order, { ...given, way: stored?.paymentMethod ?? null });
}

/** A life that an operator activated before there was an account gets one under the name it is told. */
async function nameIfMissing(trx: Db, subscriptionId: string, customerId: string, username: string): Promise<void> {
  if ((await findAccount(trx, subscriptionId)) !== null) return;
  await nameAccount(trx, { subscriptionId, customerId, username });
}

/**
 * A confirmed order, with how to pay it, is told to the holder [guides: renewal, space, users: "l'indirizzo di riferimento
 * indicato nei dati intestatario"] and to the account's own address [guide: purchase]; the credentials and everything
 * else to the latter alone.
 */
function recipientsOf(
  { kind }: MessageRow['message'],
  { customer, holder }: Pick<Addressed, 'customer' | 'holder'>,
): [Mailbox, ...Mailbox[]] {
  const toCustomer = { name: nameOf(customer), address: customer.email };
  if (kind !== 'order_confirmed') return [toCustomer];
  const toHolder = { name: nameOf(holder), address: holder.email };
  return holder.email.toLowerCase() === customer.email.toLowerCase() ? [toHolder] : [toHolder, toCustomer];
}

function messageIdOf({ subscriptionId, sequence, message: { kind } }: MessageRow): string {
  const own = `${subscriptionId}.${sequence}.${kind}`;
  return kind === 'activation' ? `${own}.${randomBytes(4).toString('hex')}` : own;
}
