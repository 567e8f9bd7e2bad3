/** Money of an order that has left again, as its customer may see it: sent back by us, or taken back by a bank. */
import type { Router } from 'express';
import { refundsOf, type RefundRow } from '../db/refunds.ts';
import { reversalsOf, type ReversalRow } from '../db/reversals.ts';
import { euros } from '../domain/money.ts';
import type { Context } from './context.ts';
import { ownOrder } from './orders.ts';
import { instantText } from './present.ts';
import { pathOf, resource } from './routing.ts';

export function returns(router: Router, context: Context): void {
  resource(router, '/orders/:number/returns', {
    get: async (request, response) => {
      const { number } = await ownOrder(context, response, pathOf(request, 'number'));
      const [refunds, reversals] = await Promise.all([refundsOf(context.db, number), reversalsOf(context.db, number)]);
      response.json({ refunds: refunds.map(presentSentBack), reversals: reversals.map(presentTakenBack) });
    },
  });
}

const ACCOUNT_ENDING = 4;

/** Without what is for our own books: who decided it, why, and whose account it goes to. */
function presentSentBack({ id, amountMinor, way, iban, status, requestedAt, settledAt }: RefundRow) {
  return {
    id,
    amount: euros(amountMinor),
    way,
    /** The last characters of the account it goes to by transfer. */
    ibanEnding: iban?.slice(-ACCOUNT_ENDING) ?? null,
    status,
    requestedAt: instantText(requestedAt),
    settledAt: settledAt === null ? null : instantText(settledAt),
  };
}

function presentTakenBack({ placedMinor, registeredOn, reason }: ReversalRow) {
  return { amount: euros(placedMinor ?? 0), registeredOn, reason };
}
