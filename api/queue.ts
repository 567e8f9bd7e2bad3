/** What needs a person: what is wrong, and what can be done about it, each as a request ready to be sent. */
import type { Request, Router } from 'express';
import { z } from 'zod';
import { giveMailUp, retryMail } from '../db/outbox.ts';
import {
  acknowledge,
  findAcknowledgement,
  listQueue,
  QUEUE_KINDS,
  type QueueKind,
  type QueueRow,
} from '../db/queue.ts';
import type { SetAsideReason } from '../db/payments.ts';
import type { Instant } from '../domain/calendar.ts';
import type { Words } from '../domain/words.ts';
import { callerOf, operatorsOnly } from './access.ts';
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
  'charge_unanswered',
  'life_overdue',
  'payment_conflict',
  'payment_disputed',
  'payment_unheard',
  'signal_rejected',
];

export function queue(router: Router, context: Context): void {
  const list = operatorsOnly(async (_request, response) => {
    const { kind, after, limit } = response.locals['query'] as z.output<typeof queueQuery>;
    const place = after === undefined ? {} : { after: placeNamed(after) };
    const rows = await listQueue(context.db, { ...(kind === undefined ? {} : { kind }), ...place, limit: limit + 1 });
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    response.json({ items: rows.slice(0, limit).map(present), next: last === undefined ? null : nameOf(last) });
  });
  resource(router, '/queue', { get: list }, { query: queueQuery });

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
      const { kind, id } = await itemNamed(context, request, ['mail_undelivered']);
      await (action === 'retry' ? retryMail(context.db, id) : giveMailUp(context.db, id));
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

function present(row: QueueRow): Record<string, unknown> {
  const { kind, id, since, subscriptionId, orderNumber, paymentKey, details } = row;
  return {
    kind,
    id,
    since: instantText(since),
    ...(subscriptionId === null ? {} : { subscriptionId }),
    ...(orderNumber === null ? {} : { orderNumber }),
    ...(paymentKey === null ? {} : { paymentKey }),
    what: wrong(row),
    details: presentData(details),
    actions: actionsOn(row),
  };
}

function wrong({ kind, details }: QueueRow): Words {
  if (kind !== 'payment_unmatched') return WRONG[kind];
  const why = SET_ASIDE[details['reason'] as SetAsideReason];
  const { it, en } = WRONG[kind];
  return { it: `${it} ${why.it}`, en: `${en} ${why.en}` };
}

/** A request an operator may send. What is null in its body is theirs to fill in. */
interface Action {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly href: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly what: Words;
}

function actionsOn(row: QueueRow): Action[] {
  const { kind, id, details } = row;
  const subscription = `/v1/subscriptions/${row.subscriptionId}`;
  const item = `/v1/queue/${kind}/${encodeURIComponent(id)}`;
  const post = (name: keyof typeof DEED, href: string, body: Action['body'] & object): Action => ({
    name,
    method: 'POST',
    href,
    body,
    what: DEED[name],
  });
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
    case 'payment_unmatched':
      // Of a payment that was used in part, the rest cannot be told apart any more: it can only be given back.
      return details['waitingMinor'] === details['amountMinor']
        ? [post('assign', `/v1/payments/${encodeURIComponent(id)}/assignment`, { orderNumber: null })]
        : [];
    case 'mail_undelivered':
      return [
        post('send', `${item}/delivery`, { action: 'retry' }),
        post('drop', `${item}/delivery`, { action: 'give_up' }),
      ];
    case 'signal_rejected': {
      const payment = { orderNumber: null, amount: null, method: null, registeredOn: null, externalId: null };
      return [post('record', '/v1/payments', payment), seen];
    }
    case 'charge_unanswered':
    case 'life_overdue':
    case 'payment_conflict':
    case 'payment_disputed':
    case 'payment_unheard':
      return [look, seen];
  }
}
