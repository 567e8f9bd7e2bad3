/** What needs a person: what is wrong, and what can be done about it, each as a request ready to be sent. */
import type { Request, Router } from 'express';
import { z } from 'zod';
import { giveMailUp, retryInvoice, retryMail } from '../db/outbox.ts';
import {
  acknowledge,
  findAcknowledgement,
  listQueue,
  QUEUE_KINDS,
  type QueueKind,
  type QueueRow,
} from '../db/queue.ts';
import { NO_ORDER, type SetAsideReason } from '../db/payments.ts';
import type { Instant } from '../domain/calendar.ts';
import { euros } from '../domain/money.ts';
import type { Words } from '../domain/words.ts';
import { callerOf, operatorsOnly } from './access.ts';
import { presentFound, type Found } from './bankReports.ts';
import { entryReason, REGISTRABLE } from './bankWords.ts';
import { candidatesOf, type CandidateList } from './candidates.ts';
import type { Context } from './context.ts';
import { text } from './parsing.ts';
import { instantText, presentData } from './present.ts';
import { invalid, ProblemError } from './problem.ts';
import { DEED, SET_ASIDE, WRONG } from './queueWords.ts';
import { because, REASONS } from './reasons.ts';
import { bodyOf, pathOf, resource } from './routing.ts';

const LONGEST_PAGE = 200;
const queueQuery = z.strictObject({
  kind: z.enum(QUEUE_KINDS).exactOptional(),
  after: text(400).exactOptional(),
  limit: z
    .string()
    .refine((value) => /^\d{1,9}$/.test(value), because(REASONS.whole_number))
    .transform(Number)
    .pipe(z.int().min(1).max(LONGEST_PAGE))
    .default(LONGEST_PAGE),
});
const acknowledgement = z.strictObject({ note: text(500) });
const delivery = z.strictObject({ action: z.enum(['retry', 'give_up']) });

/** What nothing else settles. */
const ACKNOWLEDGED: readonly QueueKind[] = [
  'bank_entry_waiting',
  'charge_unanswered',
  'customer_owes',
  'gateway_event',
  'invoice_faulty',
  'life_overdue',
  'payment_conflict',
  'payment_disputed',
  'payment_unheard',
  'refund_unanswered',
  'reversal_excess',
  'reversal_unplaced',
  'signal_rejected',
  'webhook_refused',
];

/** What is tried again on demand. */
const DELIVERED: readonly QueueKind[] = ['invoice_faulty', 'invoice_undelivered', 'mail_undelivered'];

/** Money and movements of bank accounts that wait to be told what they are. */
const UNMATCHED: readonly QueueKind[] = ['bank_entry_waiting', 'payment_unmatched'];

export function queue(router: Router, context: Context): void {
  const listOf = (kinds: readonly QueueKind[]) =>
    operatorsOnly(async (_request, response) => {
      const { kind, after, limit } = response.locals['query'] as z.output<typeof queueQuery>;
      const place = after === undefined ? {} : { after: placeNamed(after) };
      const wanted = kind === undefined ? kinds : [kind];
      const rows = await listQueue(context.db, { kinds: wanted, ...place, limit: limit + 1 });
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      const page = rows.slice(0, limit);
      const meant = await candidatesOf(
        context,
        page.filter((row) => row.kind === 'payment_unmatched'),
      );
      const items = page.map((row) => present(row, row.kind === 'payment_unmatched' ? meant.get(row.id) : undefined));
      response.json({ items, next: last === undefined ? null : nameOf(last) });
    });
  resource(router, '/queue', { get: listOf(QUEUE_KINDS) }, { query: queueQuery });
  resource(router, '/unmatched', { get: listOf(UNMATCHED) }, { query: queueQuery.omit({ kind: true }) });

  resource(router, '/queue/:kind/:id/acknowledgement', {
    post: operatorsOnly(async (request, response) => {
      const { note } = bodyOf(request, acknowledgement);
      const { kind, id } = await itemNamed(context, request, ACKNOWLEDGED);
      const operator = callerOf(response).id;
      await acknowledge(context.db, { kind, id, note, operatorId: operator });
      const kept = await findAcknowledgement(context.db, kind, id);
      if (kept === null) throw new Error(`The acknowledgement of ${kind} ${id} was not kept.`);
      response.json({ ...kept, acknowledgedAt: instantText(kept.acknowledgedAt) });
    }),
  });

  resource(router, '/queue/:kind/:id/delivery', {
    post: operatorsOnly(async (request, response) => {
      const { action } = bodyOf(request, delivery);
      const { kind, id } = await itemNamed(context, request, DELIVERED);
      if (kind === 'mail_undelivered') await (action === 'retry' ? retryMail : giveMailUp)(context.db, id);
      // What the law wants issued is not given up.
      else if (action === 'give_up') throw invalid('action', REASONS.invoice_given_up);
      else
        await retryInvoice(context.db, `${kind === 'invoice_faulty' ? 'invoice_request' : 'invoice_delivery'}:${id}`);
      response.json({ kind, id, action });
    }),
  });
}

/** The item of a path: on the list, or taken off it by an acknowledgement. */
async function itemNamed({ db }: Context, request: Request, kinds: readonly QueueKind[]) {
  const id = pathOf(request, 'id');
  const kind = kinds.find((one) => one === pathOf(request, 'kind'));
  if (kind !== undefined && /^[\x21-\x7e]{1,400}$/.test(id)) {
    const [item] = await listQueue(db, { kind, id, limit: 1 });
    if (item !== undefined || (await findAcknowledgement(db, kind, id)) !== null) return { kind, id };
  }
  throw new ProblemError('queue_item_unknown', { errors: [{ field: 'id', reason: REASONS.queue_item_unknown }] });
}

const placeShape = z.tuple([z.int(), z.string(), z.string()]);

function nameOf({ since, kind, id }: QueueRow): string {
  return Buffer.from(JSON.stringify([since, kind, id])).toString('base64url');
}

function placeNamed(after: string) {
  try {
    const [since, kind, id] = placeShape.parse(JSON.parse(Buffer.from(after, 'base64url').toString()));
    return { since: since as Instant, kind, id };
  } catch {
    throw invalid('after', REASONS.place);
  }
}

function present(row: QueueRow, candidates?: CandidateList): Record<string, unknown> {
  const { kind, id, since, subscriptionId, orderNumber, paymentKey } = row;
  return {
    kind,
    id,
    since: instantText(since),
    ...(subscriptionId === null ? {} : { subscriptionId }),
    ...(orderNumber === null || orderNumber === NO_ORDER ? {} : { orderNumber }),
    ...(paymentKey === null ? {} : { paymentKey }),
    what: wrong(row),
    details: { ...presentDetails(row), ...(candidates === undefined ? {} : { candidates }) },
    actions: actionsOn(row),
  };
}

function presentDetails({ kind, details }: QueueRow): object {
  if (kind === 'bank_entry_waiting') return presentFound(details as unknown as Found);
  const { bank, ...known } = details as { readonly bank?: Found };
  const presented = presentData(known) as object;
  return bank === undefined ? presented : { ...presented, bank: presentFound(bank) };
}

function wrong(row: QueueRow): Words {
  const { it, en } = WRONG[row.kind];
  const why = whyOf(row);
  return why === null ? { it, en } : { it: `${it} ${why.it}`, en: `${en} ${why.en}` };
}

function whyOf({ kind, details, orderNumber }: QueueRow): Words | null {
  if (kind === 'bank_entry_waiting') return entryReason(String(details['why']));
  if (kind !== 'payment_unmatched') return null;
  const bank = details['bank'] as Found | undefined;
  if (orderNumber === NO_ORDER && bank !== undefined) return entryReason(String(bank.why));
  return SET_ASIDE[details['reason'] as SetAsideReason];
}

/** A request an operator may send. What is null in its body is theirs to fill in. */
interface Action {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly href: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly what: Words;
}

/** Where a refund goes; whose account that is has to be said where no customer is known. */
const accountFor = ({ subscriptionId }: QueueRow): Action['body'] & object =>
  subscriptionId === null ? { iban: null, holder: null } : { iban: null };

function post(name: keyof typeof DEED, href: string, body: Action['body'] & object): Action {
  return { name, method: 'POST', href, body, what: DEED[name] };
}

function actionsOn(row: QueueRow): Action[] {
  const { kind, id, details } = row;
  const subscription = `/v1/subscriptions/${row.subscriptionId}`;
  const item = `/v1/queue/${kind}/${encodeURIComponent(id)}`;
  const look: Action = { name: 'look', method: 'GET', href: subscription, what: DEED.look };
  const seen = post('acknowledge', `${item}/acknowledgement`, { note: null });
  switch (kind) {
    case 'activation_failed': {
      const href = `${subscription}/activation`;
      return [
        post('retry', href, { action: 'retry' }),
        post('confirm', href, { action: 'confirm', username: null }),
        post('abandon', href, { action: 'abandon', reason: null }),
      ];
    }
    case 'bank_entry_waiting':
      return [...takingBack(details as unknown as Found, id), ...registering(details, id), seen];
    case 'customer_owes':
      return [...settling(details), seen];
    case 'bank_file_unfinished':
      return goingOn(`/v1/bank-files/${id}`);
    case 'payment_unmatched':
      return [
        post('assign', `/v1/payments/${encodeURIComponent(id)}/assignment`, { orderNumber: null }),
        post('refund', '/v1/refunds', { paymentKey: id, amount: null, ...accountFor(row), reason: null }),
      ];
    case 'invoice_faulty':
      return [
        post('issue', `${item}/delivery`, { action: 'retry' }),
        ...(row.subscriptionId === null ? [] : [look]),
        seen,
      ];
    case 'invoice_missing':
      return [post('invoice', '/v1/invoices', { orderNumber: id }), look];
    case 'invoice_undelivered':
      return [post('send', `${item}/delivery`, { action: 'retry' })];
    case 'refund_due':
      return [post('list', '/v1/refunds/transfer-lists', {}), post('withdraw', `/v1/refunds/${id}/withdrawal`, {})];
    case 'refund_failed':
      return [
        post('transfer', `/v1/refunds/${id}/transfer`, { iban: null }),
        post('withdraw', `/v1/refunds/${id}/withdrawal`, {}),
      ];
    case 'refund_unanswered':
      return [{ name: 'refund_state', method: 'GET', href: `/v1/refunds/${id}`, what: DEED.refund_state }, seen];
    case 'mail_undelivered':
      return [
        post('send', `${item}/delivery`, { action: 'retry' }),
        post('drop', `${item}/delivery`, { action: 'give_up' }),
      ];
    case 'signal_rejected': {
      const payment = { orderNumber: null, amount: null, method: null, registeredOn: null, externalId: null };
      return [post('record', '/v1/payments', payment), seen];
    }
    case 'gateway_event':
    case 'webhook_refused':
      return [seen];
    case 'charge_unanswered':
    case 'life_overdue':
    case 'payment_conflict':
    case 'payment_disputed':
    case 'payment_unheard':
      return [look, seen];
    case 'reversal_excess':
    case 'reversal_unplaced':
      return row.subscriptionId === null ? [seen] : [look, seen];
  }
}

/** A debt is settled with the customer's credit where there is any; else money has to come. */
function settling({ customerId, creditMinor }: QueueRow['details']): Action[] {
  const customer = `/v1/customers/${String(customerId)}`;
  return [
    ...(Number(creditMinor) > 0 ? [post('settle', `${customer}/owed/credit`, {})] : []),
    { name: 'customer', method: 'GET', href: customer, what: DEED.customer },
  ];
}

/**
 * For each payment that a bank may have taken back: its reversal, to be sent where that is the one. Where one transfer paid
 * for several, each is taken back by itself.
 */
function takingBack({ entry, amountMinor, candidates, why }: Found, id: string): Action[] {
  if (entry.isCredit || amountMinor === null) return [];
  const isAll = why === 'called_back_maybe' && candidates.length > 1;
  return candidates.flatMap((one, index) =>
    'paymentKey' in one
      ? {
          name: 'take_back',
          method: 'POST',
          href: `/v1/payments/${encodeURIComponent(one.paymentKey)}/reversals`,
          body: {
            externalId: isAll ? `${id}/${index + 1}` : id,
            amount: euros(Math.min(amountMinor, one.amountMinor ?? amountMinor)),
            registeredOn: entry.bookedOn ?? entry.valueOn,
            reason: 'called_back',
          },
          what: DEED.take_back,
        }
      : [],
  );
}

function registering({ why }: QueueRow['details'], id: string): Action[] {
  return REGISTRABLE.includes(String(why)) ? [post('register', `/v1/bank-entries/${id}/registration`, {})] : [];
}

function goingOn(file: string): Action[] {
  return [post('resume', `${file}/resumption`, {}), { name: 'report', method: 'GET', href: file, what: DEED.report }];
}
