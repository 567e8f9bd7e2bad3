import { randomBytes } from 'node:crypto';
import {
  claimAccountMessage,
  markAccountMessage,
  type AccountMessageKind,
  type AccountMessageRow,
} from '../../db/accountMessages.ts';
import { accountNamed, usernamesBeside, type Account } from '../../db/accounts.ts';
import { findCustomer, type Customer } from '../../db/customers.ts';
import type { Db } from '../../db/database.ts';
import { waitForMailServer } from '../../db/outbox.ts';
import { nameOf } from '../../db/party.ts';
import { createLink, type LinkPurpose } from '../../db/passwordLinks.ts';
import type { Delivery } from './deliver.ts';
import { renderAccount } from './render.ts';

const LINKS: Partial<Record<AccountMessageKind, LinkPurpose>> = { password_reset: 'reset', invitation: 'invitation' };

/**
 * One message about an account, in one transaction that holds its row: nobody else sends it, and once marked it is never
 * sent again. A link is made when it is written: it is in the mail, and its hash in Postgres, nowhere else. A repeat
 * after a crash holds another link, the only one that is valid, and so has another Message-ID.
 */
export async function deliverAccount(delivery: Delivery, accountMessageId: number): Promise<void> {
  await delivery.db.transaction(async (trx) => {
    const row = await claimAccountMessage(trx, accountMessageId);
    if (row === null) return;
    await waitForMailServer(trx);
    const account = await accountNamed(trx, row.accountId);
    const customer = account === null ? null : await findCustomer(trx, account.customerId);
    if (account === null || customer === null) throw new TypeError(`Account message ${row.id} has no recipient.`);
    // An invitation is to choose the first password: who has one was faster.
    const isDue = row.kind !== 'invitation' || account.passwordHash === null;
    if (isDue) await send(delivery, trx, { row, account, customer });
    const status = isDue ? 'sent' : 'suppressed';
    await markAccountMessage(trx, row.id, status);
    delivery.log.info({ accountMessageId, accountId: row.accountId, kind: row.kind }, `account message ${status}`);
  });
}

interface Addressed {
  readonly row: AccountMessageRow;
  readonly account: Account;
  readonly customer: Customer;
}

async function send(
  { server, publicUrl, clock }: Delivery,
  trx: Db,
  { row: { id, kind }, account, customer }: Addressed,
): Promise<void> {
  const purpose = LINKS[kind];
  const now = clock();
  const url =
    purpose === undefined
      ? publicUrl
      : `${publicUrl.replace(/\/+$/, '')}/reset/${await createLink(trx, { accountId: account.id, purpose }, now)}`;
  const { language, email } = customer;
  const usernames = kind === 'username_reminder' ? await usernamesBeside(trx, account.id) : [];
  const name = nameOf(customer);
  const once = purpose === undefined ? '' : `.${randomBytes(4).toString('hex')}`;
  await server.send({
    ...renderAccount(kind, { language, name }, { username: account.username, usernames, url }),
    to: [{ name, address: email }],
    messageId: `${account.id}.${id}.${kind}${once}`,
    date: now,
    language,
  });
}
