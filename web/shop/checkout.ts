/** "Modulo d'ordine": how to pay, what to accept, Conferma [guides: renewal, space, purchase, users]. */
import { randomUUID } from 'node:crypto';
import { html } from 'ghtml';
import { ApiProblem } from '../api.ts';
import {
  checkbox,
  errorSummary,
  freshForm,
  hasErrors,
  hidden,
  refusedForm,
  submit,
  wrongForm,
  type FormState,
} from '../fields.ts';
import { notice } from '../layout.ts';
import { PageUnknown, type Answer, type Page, type Pages, type SignedVisit } from '../visit.ts';
import { autoRenewalNote } from './autoRenewalNote.ts';
import { blocked, demandCustomer } from './blocked.ts';
import { holderPage } from './buy.ts';
import { fullRequest, holderOf, quoted } from './cart.ts';
import { cartOf, pathOf, queryOf, type Cart } from './cartState.ts';
import type { Order, Quote } from './contract.ts';
import { creditChoice, creditUse, isAsShown, isCovered, paidByCredit, standingOf, toPay } from './credit.ts';
import { advice, endsTable, linesTable } from './lines.ts';
import { chosenMethod, isAtOnce, keptPay, payFields, type Chosen } from './payWith.ts';
import { nameOf, partyFieldOf, partyForm } from './party.ts';

export function checkout(pages: Pages): void {
  pages.signed('/checkout', { get: show, post: confirm });
}

const CONSENTS = ['terms', 'unfairTerms', 'privacy'] as const;
const KEY = /^[\w-]{8,64}$/;

/** The key of this order stands in the address: whoever comes back here after ordering has the same order again. */
function keyOf({ query }: SignedVisit): string | null {
  const key = query.get('key');
  return key !== null && KEY.test(key) ? key : null;
}

function addressOf(cart: Cart, key: string): string {
  return `/checkout?${queryOf(cart).toString()}&key=${key}`;
}

async function show(visit: SignedVisit): Promise<Answer> {
  const cart = cartOf(visit.query);
  if (cart === null) return { redirect: '/' };
  if (keyOf(visit) === null) return { redirect: addressOf(cart, randomUUID()) };
  if (cart.type === 'first_purchase') demandCustomer(visit);
  if (cart.type === 'first_purchase' && holderOf(visit, cart) === null) return { redirect: pathOf(cart) };
  try {
    return await orderForm(visit, { cart, quote: await quoted(visit, cart), form: freshForm() });
  } catch (error) {
    // Whatever is wrong with the cart, the cart says.
    if (error instanceof ApiProblem && error.status !== 401) return { redirect: pathOf(cart) };
    throw error;
  }
}

interface Shown {
  readonly cart: Cart;
  readonly quote: Quote;
  readonly form: FormState;
  /** What the reader had been shown, where the quote has moved since. */
  readonly before?: { readonly amountMinor: number; readonly currency: string };
  /** The credit they chose to use is another than they were shown. */
  readonly creditMoved?: boolean;
  readonly status?: number;
  /** Another key than the address's: the one before has been answered with a refusal. */
  readonly key?: string;
}

async function orderForm(visit: SignedVisit, shownForm: Shown): Promise<Page> {
  const { cart, quote, form, before, creditMoved, status, key } = shownForm;
  const { words } = visit;
  const say = words.shop.checkout;
  const labels = { pay: words.shop.pay.title, ...say.labels };
  const holder = holderOf(visit, cart);
  const credit = creditUse(await standingOf(visit), quote.payable);
  const isWrong = hasErrors(form) || before !== undefined || creditMoved === true;
  // Each module has a fact sheet of its own [guide: purchase].
  const texts = { ...say.consents, terms: say.consents.terms(quote.lines.some(({ sku }) => sku === 'nso')) };
  const consents = CONSENTS.map((name) => checkbox({ name, label: texts[name], required: true }, form));
  const shown = { quote: quote.fingerprint, total: String(quote.payable.amountMinor) };
  const content = html`!${errorSummary(form, labels, words)} !${movedNotices(visit, shownForm)} !${advice(visit, quote)}
    !${linesTable(quote, visit)}
    !${quote.ends.length === 0 ? '' : endsTable(quote.ends, words.shop.cart.endsAfter, visit)}
    !${holder === null ? '' : html`<p>${words.shop.cart.holder}: <strong dir="auto">${nameOf(holder)}</strong></p>`}
    <p><a href="${pathOf(cart)}">${say.modify}</a></p>
    <form method="post" action="${addressOf(cart, key ?? keyOf(visit) ?? '')}" novalidate>
      !${hidden(shown)} !${creditChoice(credit, form, visit)} !${await payFields(visit, form, { later: true })}
      !${autoRenewalNote(visit, cart, quote)}
      <fieldset class="group">
        <legend>${say.accept}</legend>
        !${consents}
      </fieldset>
      !${toPay(quote.payable, credit, visit)}
      <div class="actions">!${submit(say.confirm)}</div>
    </form>`;
  return { title: say.title, content, status: status ?? (isWrong ? 400 : 200), wrong: isWrong };
}

/** Before the order: what it leaves to pay must be what was stated. The total is the quote's, which the API checks. */
async function isCreditAsShown(visit: SignedVisit): Promise<boolean> {
  const standing = await standingOf(visit);
  if (standing === null) return false;
  const total = { ...standing.credit, amountMinor: Number(visit.form.get('total') ?? '') };
  return isAsShown(visit.form, creditUse(standing, total));
}

function withoutCredit(form: URLSearchParams): FormState {
  const values = new URLSearchParams(form);
  values.delete('useCredit');
  return { values, errors: {}, summary: null };
}

/** What has changed since the reader was shown it. */
function movedNotices({ words, format }: SignedVisit, { quote, before, creditMoved }: Shown): string {
  const { checkout, credit } = words.shop;
  const told = [
    before === undefined ? null : checkout.moved(format.money(before), format.money(quote.payable)),
    creditMoved === true ? credit.moved : null,
  ];
  return told.map((text) => (text === null ? '' : notice('warning', html`${text}`, words))).join('');
}

async function confirm(visit: SignedVisit): Promise<Answer> {
  const { form, words } = visit;
  const cart = cartOf(visit.query);
  const key = keyOf(visit);
  if (cart === null || key === null) throw new PageUnknown();
  if (cart.type === 'first_purchase') demandCustomer(visit);
  const wantsCredit = form.get('useCredit') !== null;
  const paymentMethod = (await chosenMethod(visit)) ?? (wantsCredit && isCovered(form) ? NOTHING_LEFT : null);
  const faults = {
    ...(paymentMethod === null ? { pay: words.shop.pay.none } : {}),
    ...Object.fromEntries(
      CONSENTS.filter((name) => form.get(name) === null).map((name) => [name, words.shop.checkout.consentMissing]),
    ),
  };
  if (paymentMethod === null || Object.keys(faults).length > 0) return formAgain(visit, cart, wrongForm(form, faults));
  if (wantsCredit && !(await isCreditAsShown(visit))) return formAgain(visit, cart, withoutCredit(form), true);
  try {
    const order = await place(visit, { cart, key, paymentMethod, wantsCredit });
    return placed(visit, order, { cart, key, paymentMethod, wantsCredit });
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    return refused(visit, cart, error);
  }
}

/** An order that credit pays as a whole is asked for nothing; should it come to lack something, it is paid later. */
const NOTHING_LEFT: Chosen = { type: 'bank_transfer' };

interface Confirmed {
  readonly cart: Cart;
  readonly key: string;
  readonly paymentMethod: Chosen;
  readonly wantsCredit: boolean;
}

async function place(visit: SignedVisit, { cart, key, paymentMethod, wantsCredit }: Confirmed): Promise<Order> {
  const fingerprint = visit.form.get('quote') ?? '';
  return visit.api.post<Order>(
    '/orders',
    {
      ...fullRequest(visit, cart),
      acceptedTerms: Object.fromEntries(CONSENTS.map((name) => [name, true])),
      paymentMethod,
      // Never by itself: only where it was chosen.
      ...(wantsCredit ? { useCredit: true } : {}),
      ...(fingerprint === '' ? {} : { quote: fingerprint }),
    },
    { key },
  );
}

function placed({ words }: SignedVisit, order: Order, { paymentMethod, wantsCredit }: Confirmed): Answer {
  const say = words.shop.checkout;
  const isPaid = isAtOnce(paymentMethod) || order.due.amountMinor === 0;
  const isHeard = !wantsCredit || paidByCredit(order) > 0;
  const text = (isPaid ? say.placed : say.placedUnpaid) + (isHeard ? '' : ` ${words.shop.credit.underWay}`);
  return { redirect: `/orders/${order.number}`, flash: { kind: 'success', text } };
}

/** The form as it was sent, over the cart as it is priced now. */
async function formAgain(visit: SignedVisit, cart: Cart, form: FormState, creditMoved = false): Promise<Answer> {
  try {
    return await orderForm(visit, { cart, quote: await quoted(visit, cart), form, creditMoved });
  } catch (error) {
    if (error instanceof ApiProblem && error.status !== 401) return { redirect: pathOf(cart) };
    throw error;
  }
}

/** What the API refused, shown where it can be put right; nothing typed is lost. */
async function refused(visit: SignedVisit, cart: Cart, problem: ApiProblem): Promise<Answer> {
  const { form, words } = visit;
  // The answer to a key is kept: what is confirmed next is another request.
  const key = randomUUID();
  if (problem.code === 'order_out_of_date') {
    const quote = problem.extra['quote'] as Quote;
    const before = { amountMinor: Number(form.get('total') ?? ''), currency: quote.payable.currency };
    // What was accepted was accepted for another price.
    const values = keptPay(form);
    if (form.has('useCredit')) values.set('useCredit', 'yes');
    const again = { values, errors: {}, summary: null };
    return orderForm(visit, { cart, quote, form: again, before, status: problem.status, key });
  }
  // This form was confirmed before, with another choice: that order stands.
  if (problem.code === 'idempotency_key_reused')
    return { redirect: '/orders', flash: { kind: 'info', text: words.shop.checkout.confirmedBefore } };
  const holder = holderOf(visit, cart);
  if (holder !== null && problem.errors.some(({ field }) => field.startsWith('holder'))) {
    const values = new URLSearchParams(partyForm(holder));
    return holderPage(visit, refusedForm(values, problem, partyFieldOf), cart);
  }
  if (problem.errors.some(({ field }) => field.startsWith('paymentMethod'))) {
    const again = refusedForm(form, problem, () => 'pay');
    return orderForm(visit, { cart, quote: await quoted(visit, cart), form: again, status: problem.status, key });
  }
  if (problem.status === 401 || problem.status === 429) throw problem;
  return blocked(visit, cart, problem);
}
