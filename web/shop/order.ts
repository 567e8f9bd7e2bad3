/** One order: what it is, what it costs, where it stands, and how to pay it [guide: customer area]. */
import { html } from 'ghtml';
import { ApiProblem, segment } from '../api.ts';
import type { Subscription, UnpaidOrder } from '../contract.ts';
import { factList, type Fact } from '../facts.ts';
import { notice } from '../layout.ts';
import type { Download, Page, Pages, SignedVisit } from '../visit.ts';
import type { Charge, Instructions, Order, OrderStatus, Priced } from './contract.ts';
import { creditUse, paidByCredit, standingOf } from './credit.ts';
import { instructionsFor } from './instructions.ts';
import { invoicesOf, readInvoices } from './invoices.ts';
import { linesTable } from './lines.ts';
import { dueAgain, readReturns, returnsOf } from './orderReturns.ts';

export function order(pages: Pages): void {
  pages.signed('/orders/:number', { get: show });
  pages.signed('/orders/:number/instructions', { get: showInstructions });
  pages.signed('/orders/:number/slip', { get: slip });
}

/** The postal slip to print [guide: purchase, "Bollettino postale"]. */
async function slip({ api, params }: SignedVisit): Promise<Download> {
  const number = params['number'] ?? '';
  const download = await api.bytes(`/orders/${segment(number)}/payment-slip`);
  return { download, contentType: 'application/pdf', fileName: `bollettino-${number.replaceAll(/\D/g, '')}.pdf` };
}

/** An order and what its service says may be done with it. @throws ApiProblem 404 where it is not the reader's */
export async function readOrder({ api, params }: SignedVisit) {
  const found = await api.get<Order>(`/orders/${segment(params['number'] ?? '')}`);
  // A first order that is just being taken may have no service yet.
  const service = await api.get<Subscription>(`/subscriptions/${segment(found.subscriptionId)}`).catch(orNone);
  const buttons = service?.unpaidOrders.find(({ number }) => number === found.number) ?? null;
  return { order: found, service, buttons };
}

function orNone(error: unknown): null {
  if (error instanceof ApiProblem && error.status === 404) return null;
  throw error;
}

async function show(visit: SignedVisit): Promise<Page> {
  const { words } = visit;
  const { order: shown, service, buttons } = await readOrder(visit);
  const { lastCharge, status } = shown;
  const isPending =
    (status === 'awaiting_payment' && (lastCharge?.status === 'pending' || lastCharge?.status === 'needs_customer')) ||
    (status === 'completed' && service?.status === 'awaiting_activation');
  const [returned, documents] = await Promise.all([
    readReturns(visit, shown.number),
    readInvoices(visit, shown.number),
  ]);
  const content = html`!${dueAgain(returned, shown, visit)}
    !${lastCharge === null ? '' : chargeNotice(lastCharge, shown, visit)} !${facts(shown, service, visit)}
    !${await buttonsOf(buttons, shown, visit)} !${await inlineInstructions(shown, visit)}
    <section>
      <h2 id="lines">${words.shop.order.lines}</h2>
      !${linesTable(shown, visit)}
    </section>
    !${returnsOf(returned, documents, visit)} !${invoicesOf(documents, visit)}
    <p><a href="/orders">${words.shop.order.all}</a></p>`;
  const title = words.services.order(words.orderTypes[shown.type], shown.number);
  return { title, content, pending: isPending };
}

const STATUS_BADGES: Readonly<Record<OrderStatus, string>> = {
  awaiting_payment: 'warn',
  completed: 'ok',
  cancelled: 'muted',
  closed: 'muted',
};

export function orderBadge({ status }: Pick<Order, 'status'>, { words }: SignedVisit): string {
  return html`<span class="badge !${STATUS_BADGES[status] ?? 'muted'}">${words.shop.order.statuses[status]}</span>`;
}

/** Type, number, date, cost, state, quantity and years, as the guide lists them; then what came in. */
function facts(shown: Order, service: Subscription | null, visit: SignedVisit): string {
  const { words, format } = visit;
  const say = words.shop.order;
  const { number, placedOn, placedAt, received, refunded, due, payable } = shown;
  const method = methodOf(shown, visit);
  const creditMinor = paidByCredit(shown);
  const rows: Fact[] = [
    [say.type, html`${words.orderTypes[shown.type]}`],
    [say.number, html`<span class="value">${number}</span>`],
    [say.date, placedAt === null ? format.date(placedOn) : format.instant(placedAt)],
    [say.cost, html`${format.money(payable)}`],
    [say.status, orderBadge(shown, visit) + whyEnded(shown, visit)],
    [say.quantity, html`${say.space(spaceOf(shown), shown.type === 'upgrade')}`],
    [say.years, html`${shown.years === undefined ? say.oneYear : words.shop.cart.yearsOf(shown.years)}`],
  ];
  if (method !== null) rows.push([say.method, html`${method}`]);
  const { returns } = words.shop;
  const receivedTerm = refunded.amountMinor > 0 ? returns.net : say.received;
  if (received.amountMinor > 0) rows.push([receivedTerm, html`${format.money(received)}`]);
  if (creditMinor > 0) rows.push([returns.byCredit, html`${format.money({ ...due, amountMinor: creditMinor })}`]);
  if (refunded.amountMinor > 0) rows.push([returns.refunded, html`${format.money(refunded)}`]);
  if (due.amountMinor > 0) rows.push([say.due, html`<strong>${format.money(due)}</strong>`]);
  if (shown.completedOn !== null) rows.push([say.completedOn, format.date(shown.completedOn)]);
  if (service !== null) {
    const name = service.username ?? words.products[service.product];
    rows.push([say.service, html`<a href="/services/${service.id}/manage" dir="auto">${name}</a>`]);
  }
  return factList(rows);
}

/** An order that credit alone has paid was paid by nothing else, whatever was chosen before. */
function methodOf(shown: Order, { words }: SignedVisit): string | null {
  const byCredit = shown.payments.length > 0 && shown.payments.every(({ method }) => method === 'credit');
  if (byCredit && shown.due.amountMinor === 0) return words.shop.credit.method;
  return shown.paymentMethod === null ? null : words.shop.pay.ways[shown.paymentMethod];
}

function whyEnded({ cancelledWhy, status }: Order, { words }: SignedVisit): string {
  const why: Readonly<Record<string, string>> = words.shop.order.cancelledWhy;
  const text = cancelledWhy === null ? undefined : why[cancelledWhy];
  return text === undefined || status === 'awaiting_payment' || status === 'completed'
    ? ''
    : html` <small>${text}</small>`;
}

/** The storage an order is for, in GB: an upgrade's own, otherwise with the one that every service includes. */
export function spaceOf({ type, extras, carry, add }: Priced): number {
  const added = (extras?.space ?? 0) + (carry?.space ?? 0) + (add?.space ?? 0);
  return type === 'upgrade' ? added : added + 1;
}

function chargeNotice(charge: Charge, { status }: Order, { words, language, format }: SignedVisit): string {
  const say = words.shop.order.charge;
  const why = charge.explanation === null ? '' : ` ${charge.explanation[language]}`;
  const next = charge.nextTryOn === null ? '' : ` ${say.nextTry(format.dateText(charge.nextTryOn))}`;
  switch (charge.status) {
    case 'pending':
      return status === 'awaiting_payment' ? notice('info', html`${say.pending}`, words) : '';
    case 'needs_customer': {
      if (charge.confirmationUrl === null) return '';
      const link = html`<a href="${charge.confirmationUrl}" role="button">${say.confirm}</a>`;
      return notice('warning', html`${say.needsCustomer} !${link}`, words);
    }
    case 'declined':
    case 'not_made':
      return status === 'awaiting_payment'
        ? notice('error', html`${say[charge.status === 'declined' ? 'declined' : 'notMade']}${why}${next}`, words)
        : '';
    case 'succeeded':
    case 'stopped':
      return '';
  }
}

/** Pay and Cancel exactly as the API allows them, and the customer's credit where there is any. */
async function buttonsOf(buttons: UnpaidOrder | null, { due }: Order, visit: SignedVisit): Promise<string> {
  const { words, format } = visit;
  if (buttons === null || !(buttons.canPay || buttons.canCancel)) return '';
  const { number, canPay, canCancel } = buttons;
  const pay = html`<a href="/orders/${number}/pay" role="button">${words.services.pay}</a>`;
  const cancel = html`<a href="/orders/${number}/cancel" role="button" class="outline" data-dialog
    >${words.services.cancel}</a
  >`;
  const use = canPay ? creditUse(await standingOf(visit), due) : null;
  const credit =
    use === null
      ? ''
      : html`<a href="/orders/${number}/credit" role="button" class="outline" data-dialog
          >${words.shop.credit.offer(format.money(use.used))}</a
        >`;
  return html`<div class="actions">!${canPay ? pay : ''} !${credit} !${canCancel ? cancel : ''}</div>`;
}

/** Where to pay to, on the order itself while it is to be paid so. */
async function inlineInstructions(shown: Order, visit: SignedVisit): Promise<string> {
  const { paymentMethod, due, status } = shown;
  const isLater = paymentMethod === 'bank_transfer' || paymentMethod === 'postal_slip';
  const isDue = due.amountMinor > 0 && (status === 'awaiting_payment' || status === 'completed');
  if (!isDue) return '';
  if (!isLater) {
    return html`<div class="actions">
      <a href="/orders/${shown.number}/instructions" role="button" class="outline">
        ${visit.words.shop.instructions.otherwise}
      </a>
    </div>`;
  }
  const instructions = await readInstructions(visit, shown.number);
  return instructionsFor(instructions, visit, paymentMethod);
}

async function readInstructions({ api }: SignedVisit, number: string): Promise<Instructions> {
  return api.get<Instructions>(`/orders/${segment(number)}/payment-instructions`);
}

async function showInstructions(visit: SignedVisit): Promise<Page> {
  const { words, params } = visit;
  const number = params['number'] ?? '';
  const content = html`!${instructionsFor(await readInstructions(visit, number), visit)}
    <p><a href="/orders/${number}">${words.shop.instructions.back}</a></p>`;
  return { title: words.shop.instructions.title, content };
}
