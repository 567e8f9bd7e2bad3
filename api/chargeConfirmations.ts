/**
 * Where a customer confirms a charge their bank asked about (strong customer authentication), at Stripe: the charge is
 * confirmed once more with the customer there, and Stripe then names the page of theirs or the bank's to go on at. What
 * they are mailed leads to the customer area, which asks here: Stripe's own pages are made on the spot and short-lived.
 */
import type { Router } from 'express';
import Stripe from 'stripe';
import { intentMadeFor, readStripeToken } from '../config/stripe.ts';
import { findOrder, type OrderRow } from '../db/orders.ts';
import { findMethod, keepMethod } from '../db/paymentMethods.ts';
import { refuse } from '../domain/errors.ts';
import { euros } from '../domain/money.ts';
import { demandOwn } from './access.ts';
import { attemptNamed } from './confirmations.ts';
import type { Context } from './context.ts';
import { ID } from './parsing.ts';
import { ProblemError } from './problem.ts';
import { pathOf, resource, type Handler } from './routing.ts';
import { askStripe, stripeOf, type StripeConnection } from './stripe.ts';
import { bookCharge } from './stripeCharges.ts';

interface Waiting {
  readonly intent: Stripe.PaymentIntent;
  readonly order: OrderRow;
  readonly methodId: string;
  readonly paymentMethod: string;
}

type Step = (context: Context, stripe: StripeConnection, waiting: Waiting) => Promise<Stripe.PaymentIntent>;

export function chargeConfirmations(router: Router, context: Context): void {
  const stripe = stripeOf(context);
  if (stripe === null) return;
  const answer =
    (step: Step): Handler =>
    async (request, response) => {
      const id = pathOf(request, 'id');
      const order = ID.test(id) ? await findOrder(context.db, id.replace(/-\d+$/, '')) : null;
      if (order === null) throw unknown();
      demandOwn(response, order, unknown);
      const waiting = await waitingFor(context, stripe, order, id);
      response.json(present(order, await step(context, stripe, waiting)));
    };
  resource(router, '/confirmations/:id', {
    get: answer((_context, _stripe, { intent }) => Promise.resolve(intent)),
    post: answer(confirm),
  });
}

function unknown(): ProblemError {
  return new ProblemError('confirmation_unknown');
}

async function waitingFor(
  context: Context,
  { client }: StripeConnection,
  order: OrderRow,
  id: string,
): Promise<Waiting> {
  const { methodId } = (await attemptNamed(context, order, id)).method;
  const token = readStripeToken((await findMethod(context.db, methodId))?.token ?? '');
  const intent = token === null ? null : await askStripe(context, () => intentMadeFor(client, token, id));
  if (token === null || intent === null || intent.status === 'canceled') throw unknown();
  return { intent, order, methodId, paymentMethod: token.paymentMethod };
}

/** Money that came in this way is entered here too: the webhook that tells of it may be late. */
async function confirm(context: Context, stripe: StripeConnection, waiting: Waiting): Promise<Stripe.PaymentIntent> {
  const { order, methodId } = waiting;
  let { intent } = waiting;
  if (isToBeConfirmed(intent)) {
    const isPlaced = order.status === 'awaiting_payment' || order.status === 'completed';
    if (!isPlaced || order.dueMinor === 0) refuse('order_not_unpaid');
    // Removed while the bank waited: who pays with a card registers it.
    await keepMethod(context.db, methodId);
    intent = await confirmAtStripe(context, stripe, waiting);
  }
  if (intent.status === 'succeeded') await bookCharge(context, stripe, intent.id);
  return intent;
}

/** Also where the bank asked without a page to answer on: the charge was made while nobody was there to be led to one. */
function isToBeConfirmed({ status, next_action: next }: Stripe.PaymentIntent): boolean {
  return status === 'requires_payment_method' || (status === 'requires_action' && next?.redirect_to_url == null);
}

async function confirmAtStripe(
  context: Context,
  { client, publicUrl }: StripeConnection,
  { intent, order, paymentMethod }: Waiting,
): Promise<Stripe.PaymentIntent> {
  const returnUrl = `${publicUrl.replace(/\/$/, '')}/orders/${order.number}`;
  try {
    const confirmed = await askStripe(context, async () => {
      try {
        return await client.paymentIntents.confirm(intent.id, { payment_method: paymentMethod, return_url: returnUrl });
      } catch (error) {
        if (error instanceof Stripe.errors.StripeCardError) throw new ProblemError('charge_declined');
        throw error;
      }
    });
    if (confirmed !== null) return confirmed;
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'temporarily_unavailable') throw error;
    // A second click may have been faster: what stands then is what counts.
    const now = await askStripe(context, () => client.paymentIntents.retrieve(intent.id));
    if (now !== null && now.status !== intent.status) return now;
    throw error;
  }
  throw unknown();
}

function present(
  order: OrderRow,
  { amount, status, next_action: next }: Stripe.PaymentIntent,
): Record<string, unknown> {
  return {
    orderNumber: order.number,
    amount: euros(amount),
    status: status === 'succeeded' ? 'captured' : status === 'processing' ? 'processing' : 'waiting',
    /** Where to go on, for as long as it is open. */
    continueAt: next?.redirect_to_url?.url ?? null,
  };
}
