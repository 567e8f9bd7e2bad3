/** "Use the credit" on an order that is to be paid: asked on a page of its own, like "Paga" and "Annulla". */
import { html } from 'ghtml';
import { ApiProblem, segment } from '../api.ts';
import type { UnpaidOrder } from '../contract.ts';
import { freshForm, idempotencyKey, submit } from '../fields.ts';
import { notice } from '../layout.ts';
import type { Answer, Pages, SignedVisit } from '../visit.ts';
import type { Order } from './contract.ts';
import { creditUse, isAsShown, shownUse, standingOf, type CreditUse } from './credit.ts';
import { readOrder } from './order.ts';
import { asItIs, pathOf } from './orderActions.ts';

export function orderCredit(pages: Pages): void {
  pages.signed('/orders/:number/credit', { get: (visit) => creditPage(visit), post: use });
}

/** What the customer's credit could do for an order; null where it can do nothing now. */
async function usable(visit: SignedVisit, { due }: Order, buttons: UnpaidOrder | null): Promise<CreditUse | null> {
  return buttons?.canPay === true ? creditUse(await standingOf(visit), due) : null;
}

async function creditPage(visit: SignedVisit, { moved }: { moved: boolean } = { moved: false }): Promise<Answer> {
  const { words, format } = visit;
  const say = words.shop.credit;
  const { order, buttons } = await readOrder(visit);
  const use = await usable(visit, order, buttons);
  if (use === null) return asItIs(visit, say.notNow);
  const { credit, used, rest } = use;
  const left = { ...credit, amountMinor: credit.amountMinor - used.amountMinor };
  const name = words.services.order(words.orderTypes[order.type], order.number);
  const content = html`!${moved ? notice('warning', html`${say.moved}`, words) : ''}
    <section data-dialog-content>
      <p>${say.question(name, format.money(order.due))} ${say.useIt(format.money(used))}</p>
      <p>
        <strong>${rest === null ? say.nothingAfter : say.restAfter(format.money(rest))}</strong>
        ${left.amountMinor === 0 ? '' : say.left(format.money(left))}
      </p>
      <form method="post" action="${pathOf(visit)}/credit">
        !${idempotencyKey(freshForm())} !${shownUse(use)}
        <div class="actions">!${submit(say.submit)}</div>
      </form>
    </section>
    <p><a href="${pathOf(visit)}">${say.back}</a></p>`;
  return { title: say.pageTitle, content, status: moved ? 409 : 200, narrow: true };
}

async function use(visit: SignedVisit): Promise<Answer> {
  const { api, form, words, params } = visit;
  const say = words.shop.credit;
  const { order, buttons } = await readOrder(visit);
  const wanted = await usable(visit, order, buttons);
  // Used meanwhile, e.g. by the click before: what came of it shows on the order.
  if (wanted === null) return { redirect: pathOf(visit) };
  if (!isAsShown(form, wanted)) return creditPage(visit, { moved: true });
  try {
    const path = `/orders/${segment(params['number'] ?? '')}/credit`;
    const after = await api.post<Order>(path, {}, { key: form.get('key') ?? '' });
    const isHeard = after.due.amountMinor < order.due.amountMinor;
    const flash = isHeard
      ? ({ kind: 'success', text: say.done } as const)
      : ({ kind: 'info', text: say.underWay } as const);
    return { redirect: pathOf(visit), flash };
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 409) return asItIs(visit, error.detail);
    throw error;
  }
}
