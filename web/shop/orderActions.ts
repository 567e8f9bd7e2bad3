/** "Paga" and "Annulla" [guide: customer area]: each on a page of its own, so that both work without a script. */
import { html } from 'ghtml';
import { ApiProblem, segment } from '../api.ts';
import {
  errorSummary,
  freshForm,
  hasErrors,
  idempotencyKey,
  refusedForm,
  submit,
  wrongForm,
  type FormState,
} from '../fields.ts';
import type { Answer, Pages, SignedVisit } from '../visit.ts';
import type { Order } from './contract.ts';
import { creditUse, paidByCredit, standingOf } from './credit.ts';
import { readOrder } from './order.ts';
import { chosenMethod, isAtOnce, keptPay, payFields } from './payWith.ts';

export function orderActions(pages: Pages): void {
  pages.signed('/orders/:number/pay', { get: (visit) => payPage(visit, freshForm()), post: pay });
  pages.signed('/orders/:number/cancel', { get: cancelPage, post: cancel });
}

export function pathOf({ params }: SignedVisit): string {
  return `/orders/${segment(params['number'] ?? '')}`;
}

/** Where the order allows it no more, it is shown as it is, with the reason. */
export function asItIs(visit: SignedVisit, text: string): Answer {
  return { redirect: pathOf(visit), flash: { kind: 'info', text } };
}

async function payPage(visit: SignedVisit, form: FormState, status = 200): Promise<Answer> {
  const { words, format } = visit;
  const say = words.shop.pay;
  const { order, buttons, service } = await readOrder(visit);
  if (buttons?.canPay !== true) return asItIs(visit, say.notNow);
  const stored = service?.autoRenewal.method?.methodId;
  const credit = creditUse(await standingOf(visit), order.due);
  const isTerm = order.type !== 'upgrade';
  const content = html`!${errorSummary(form, { pay: say.title }, words)}
    <p>
      ${words.services.order(words.orderTypes[order.type], order.number)}:
      <strong>${words.services.orderDue(format.money(order.due))}</strong>
    </p>
    !${
      credit === null
        ? ''
        : html`<p><a href="${pathOf(visit)}/credit">${words.shop.credit.offer(format.money(credit.used))}</a></p>`
    }
    <form method="post" action="${pathOf(visit)}/pay" novalidate>
      !${idempotencyKey(form)}
      !${await payFields(visit, form, { later: true, preferred: stored === undefined ? undefined : `method:${stored}` })}
      <p class="hint">${isTerm && order.origin !== 'auto_renewal' ? say.switchesRenewalOn : say.leavesRenewal}</p>
      <div class="actions">
        !${submit(say.submit)} <a href="${pathOf(visit)}" role="button" class="outline">${say.back}</a>
      </div>
    </form>`;
  return { title: words.services.pay, content, status, wrong: hasErrors(form), narrow: true };
}

async function pay(visit: SignedVisit): Promise<Answer> {
  const { api, form, words } = visit;
  const paymentMethod = await chosenMethod(visit);
  if (paymentMethod === null) return payPage(visit, wrongForm(form, { pay: words.shop.pay.none }), 400);
  try {
    if (isAtOnce(paymentMethod)) {
      await api.post(`${pathOf(visit)}/pay`, { paymentMethod }, { key: form.get('key') ?? '' });
      return { redirect: pathOf(visit) };
    }
    await api.put(`${pathOf(visit)}/payment-method`, paymentMethod);
    return { redirect: pathOf(visit), flash: { kind: 'info', text: words.shop.pay.laterChosen } };
  } catch (error) {
    if (!(error instanceof ApiProblem) || [401, 403, 404, 429].includes(error.status)) throw error;
    // Sent before with another choice: what came of that shows on the order.
    if (error.code === 'idempotency_key_reused') return { redirect: pathOf(visit) };
    if (error.status === 409) return asItIs(visit, error.detail);
    const again = keptPay(form);
    return payPage(
      visit,
      refusedForm(again, error, () => 'pay'),
      error.status,
    );
  }
}

async function cancelPage(visit: SignedVisit): Promise<Answer> {
  const { words, format } = visit;
  const say = words.shop.cancel;
  const { order, buttons } = await readOrder(visit);
  if (buttons?.canCancel !== true) return asItIs(visit, say.notNow);
  const name = words.services.order(words.orderTypes[order.type], order.number);
  const content = html`<section data-dialog-content>
      <p>${say.question(name, format.money(order.payable))}</p>
      <p>${say.means[order.type]}</p>
      !${partPaid(order, visit)}
      <form method="post" action="${pathOf(visit)}/cancel">
        <div class="actions">!${submit(say.submit, 'danger')}</div>
      </form>
    </section>
    <p><a href="${pathOf(visit)}">${say.back}</a></p>`;
  return { title: say.title, content, narrow: true };
}

/** Credit comes back by itself; other money needs an operator. */
function partPaid(order: Order, { words, format }: SignedVisit): string {
  const say = words.shop.cancel;
  const { received } = order;
  const creditMinor = paidByCredit(order);
  const otherMinor = received.amountMinor - creditMinor;
  const told = (minor: number, sentence: (amount: string) => string): string =>
    minor > 0 ? html`<p>${sentence(format.money({ ...received, amountMinor: minor }))}</p>` : '';
  return told(otherMinor, say.partPaid) + told(creditMinor, say.creditBack);
}

async function cancel(visit: SignedVisit): Promise<Answer> {
  const { api, words } = visit;
  try {
    await api.post(`${pathOf(visit)}/cancel`, {});
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 409) return asItIs(visit, error.detail);
    throw error;
  }
  return { redirect: pathOf(visit), flash: { kind: 'success', text: words.shop.cancel.done } };
}
