/** Refunds that the bank pays: a file for its upload, and what became of it. */
import type { Request, Router } from 'express';
import type { z } from 'zod';
import {
  cancelTransferList,
  downloadTransferList,
  endToEndIdOf,
  executeTransferList,
  findTransferList,
  listTransferLists,
  makeTransferList,
  TransferListSettledError,
  type TransferListRow,
} from '../db/transferLists.ts';
import { listRefunds, type RefundRow } from '../db/refunds.ts';
import { transferListXml } from '../documents/creditTransfers.ts';
import { dateAt, formatInstant } from '../domain/calendar.ts';
import { callerOf, operatorsOnly } from './access.ts';
import type { Context } from './context.ts';
import { answerOnce } from './idempotency.ts';
import { nothing } from './ordersSchema.ts';
import { ProblemError } from './problem.ts';
import { listsQuery } from './refundsSchema.ts';
import { presentRefund, presentTransferList } from './refundWords.ts';
import { bodyOf, pathOf, resource } from './routing.ts';

/** Longer than any list a bank takes. */
const MOST_TRANSFERS = 100_000;

export function transferLists(router: Router, context: Context): void {
  const { db } = context;
  const list = operatorsOnly(async (_request, response) => {
    const { limit } = response.locals['query'] as z.output<typeof listsQuery>;
    response.json({ transferLists: (await listTransferLists(db, limit)).map(presentTransferList) });
  });
  const post = operatorsOnly(async (request, response) => {
    bodyOf(request, nothing);
    await answerOnce(context, request, response, async ({ keep, requestId }) => {
      const { listId } = await keep({ listId: nameOf(context, requestId) });
      const made = await makeList(context, listId, callerOf(response).id);
      return { status: 201, body: await whole(context, made), location: `/v1/refunds/transfer-lists/${made.id}` };
    });
  });
  resource(router, '/refunds/transfer-lists', { get: list, post }, { query: listsQuery });

  resource(router, '/refunds/transfer-lists/:id', {
    get: operatorsOnly(async (request, response) => {
      response.json(await whole(context, await listNamed(context, request)));
    }),
  });

  resource(router, '/refunds/transfer-lists/:id/xml', {
    get: operatorsOnly(async (request, response) => {
      const { id } = await listNamed(context, request);
      const xml = await downloadTransferList(db, id, context.now());
      if (xml === null) throw new ProblemError('transfer_list_unknown');
      response.type('application/xml').attachment(`${id}.xml`).send(xml);
    }),
  });

  for (const [path, settle] of [
    ['executed', executeTransferList],
    ['cancel', cancelTransferList],
  ] as const)
    resource(router, `/refunds/transfer-lists/:id/${path}`, {
      post: operatorsOnly(async (request, response) => {
        bodyOf(request, nothing);
        const { id } = await listNamed(context, request);
        await settled(() => settle(db, id, context.now()));
        response.json(await whole(context, await listNamed(context, request)));
      }),
    });
}

/** The day, for whoever looks for it at the bank, and what makes it unique. */
function nameOf({ now }: Context, requestId: string): string {
  return `RIMB-${dateAt(now()).replaceAll('-', '')}-${requestId.replaceAll('-', '').slice(0, 12)}`;
}

async function makeList(context: Context, id: string, operatorId: string): Promise<TransferListRow> {
  const { db, instructions, sandbox } = context;
  // Money would leave from an account that is not ours.
  if (instructions.placeholder && !sandbox) throw new ProblemError('payer_account_missing');
  const made = await makeTransferList(db, { id, operatorId }, (refunds) => xmlOf(context, id, refunds));
  if (made === null) throw new ProblemError('no_refund_due');
  return made;
}

function xmlOf({ instructions, now }: Context, id: string, refunds: readonly RefundRow[]): string {
  const { holder: name, iban, bic } = instructions.bankTransfer;
  return transferListXml({
    id,
    createdAt: formatInstant(now()).slice(0, 'YYYY-MM-DDThh:mm:ss'.length),
    executeOn: dateAt(now()),
    payer: { name, iban, bic },
    transfers: refunds.map((refund) => ({
      endToEndId: endToEndIdOf(refund.id),
      name: refund.holder ?? '',
      iban: refund.iban ?? '',
      amountMinor: refund.amountMinor,
      reason: refund.orderNumber === null ? 'Rimborso' : `Rimborso ordine ${refund.orderNumber}`,
    })),
  });
}

async function listNamed({ db }: Context, request: Request): Promise<TransferListRow> {
  const id = pathOf(request, 'id');
  const found = /^[A-Za-z0-9-]{1,35}$/.test(id) ? await findTransferList(db, id) : null;
  if (found === null) throw new ProblemError('transfer_list_unknown');
  return found;
}

async function settled(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof TransferListSettledError) throw new ProblemError('transfer_list_settled', { cause: error });
    throw error;
  }
}

async function whole({ db }: Context, list: TransferListRow): Promise<Record<string, unknown>> {
  const refunds = await listRefunds(db, { listId: list.id }, { limit: MOST_TRANSFERS });
  return { ...presentTransferList(list), refunds: refunds.map(presentRefund) };
}
