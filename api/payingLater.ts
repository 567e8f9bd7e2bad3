import type { Router } from 'express';
import { z } from 'zod';
import { findHolder } from '../db/holders.ts';
import { chooseWayToPay, type OrderRow } from '../db/orders.ts';
import { slipOf } from '../documents/slipOf.ts';
import { slipPdf } from '../documents/slip.ts';
import { epcPayload } from '../domain/epcQr.ts';
import { euros } from '../domain/money.ts';
import { creditorReferenceFor, slipCodeFor } from '../domain/remittance.ts';
import type { Context } from './context.ts';
import { orderNamed, ownOrder, presentOrderNow } from './orders.ts';
import { ProblemError } from './problem.ts';
import { bodyOf, pathOf, resource } from './routing.ts';

const laterMethod = z.strictObject({ type: z.enum(['bank_transfer', 'postal_slip']) });

/** An order that is paid later, by bank transfer or postal slip [guides: purchase, "Altre modalità"; customer area, "Paga"]. */
export function payingLater(router: Router, context: Context): void {
  resource(router, '/orders/:number/payment-method', {
    put: async (request, response) => {
      const { type } = bodyOf(request, laterMethod);
      const { number } = await ownOrder(context, response, pathOf(request, 'number'));
      if (!(await chooseWayToPay(context.db, number, type))) throw new ProblemError('order_not_unpaid');
      response.json(await presentOrderNow(context, await orderNamed(context, number)));
    },
  });

  resource(router, '/orders/:number/payment-instructions', {
    get: async (request, response) => {
      const order = await ownOrder(context, response, pathOf(request, 'number'));
      response.json(instructionsFor(order, context));
    },
  });

  resource(router, '/orders/:number/payment-slip', {
    get: async (request, response) => {
      const order = await ownOrder(context, response, pathOf(request, 'number'));
      demandDue(order);
      const payer = await findHolder(context.db, order.subscriptionId);
      if (payer === null) throw new Error(`Order ${order.number} has no holder.`);
      const { number, dueMinor } = order;
      const pdf = await slipPdf(slipOf({ number, dueMinor }, payer, context.instructions));
      response.type('application/pdf').attachment(`bollettino-${number}.pdf`).send(pdf);
    },
  });
}

/** @throws ProblemError order_not_unpaid where nothing is due. */
function demandDue({ status, dueMinor }: OrderRow): void {
  const isPlaced = status === 'awaiting_payment' || status === 'completed';
  if (!isPlaced || dueMinor === 0) throw new ProblemError('order_not_unpaid');
}

/** Where the rest of an order's price goes. */
function instructionsFor(order: OrderRow, { instructions }: Context): Record<string, unknown> {
  demandDue(order);
  const { number, dueMinor } = order;
  const { bankTransfer, postalSlip, placeholder } = instructions;
  const { holder, iban, bic } = bankTransfer;
  return {
    orderNumber: number,
    due: euros(dueMinor),
    /** Nothing but the number, so that the payment is recognised. */
    reason: number,
    bankTransfer: {
      holder,
      iban,
      bic: bic ?? null,
      /** ISO 11649, for whoever's bank has a field for it: it holds the order's number. */
      creditorReference: creditorReferenceFor(number),
      epcQr: epcPayload({ name: holder, iban, bic, amountMinor: dueMinor, text: number }),
    },
    /** `code` is the 18 digits of a premarked slip; the slip itself is at `payment-slip`. */
    postalSlip: { ...postalSlip, code: slipCodeFor(number) },
    placeholder,
  };
}
