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
  readonly status?: number;
  /** Another key than the address's: the one before has been answered with a refusal. */
  readonly key?: string;
}

async function orderForm(visit: SignedVisit, { cart, quote, form, before, status, key }: Shown): Promise<Page> {
  const { words, format } = visit;
  const say = words.shop.checkout;
  const labels = { pay: words.shop.pay.title, ...say.labels };
  const holder = holderOf(visit, cart);
  const moved =
    before === undefined
      ? ''
      : notice('warning', html`${say.moved(format.money(before), format.money(quote.payable))}`, words);
  const isWrong = hasErrors(form) || before !== undefined;
  // Each module has a fact sheet of its own [guide: purchase].
  const texts = { ...say.consents, terms: say.consents.terms(quote.lines.some(({ sku }) => sku === 'nso')) };
  const consents = CONSENTS.map((name) => checkbox({ name, label: texts[name], required: true }, form));
  const shown = { quote: quote.fingerprint, total: String(quote.payable.amountMinor) };
  const content = html`!${errorSummary(form, labels, words)} !${moved} !${advice(visit, quote)}
    !${linesTable(quote, visit)}
    !${quote.ends.length === 0 ? '' : endsTable(quote.ends, words.shop.cart.endsAfter, visit)}
    !${holder === null ? '' : html`<p>${words.shop.cart.holder}: <strong dir="auto">${nameOf(holder)}</strong></p>`}
    <p><a href="${pathOf(cart)}">${say.modify}</a></p>
    <form method="post" action="${addressOf(cart, key ?? keyOf(visit) ?? '')}" novalidate>
      !${hidden(shown)} !${await payFields(visit, form, { later: true })} !${autoRenewalNote(visit, cart, quote)}
      <fieldset class="group">
        <legend>${say.accept}</legend>
        !${consents}
      </fieldset>
      <p class="to-pay">${say.toPay} <strong>${format.money(quote.payable)}</strong></p>
      <div class="actions">
        !${submit(say.confirm)}
        <a href="${pathOf(cart)}" role="button" class="outline">${say.modify}</a>
      </div>
    </form>`;
  return { title: say.title, content, status: status ?? (isWrong ? 400 : 200), wrong: isWrong };
}

async function confirm(visit: SignedVisit): Promise<Answer> {
  const { form, words } = visit;
  const cart = cartOf(visit.query);
  const key = keyOf(visit);
  if (cart === null || key === null) throw new PageUnknown();
  if (cart.type === 'first_purchase') demandCustomer(visit);
  const paymentMethod = await chosenMethod(visit);
  const faults = {
    ...(paymentMethod === null ? { pay: words.shop.pay.none } : {}),
    ...Object.fromEntries(
      CONSENTS.filter((name) => form.get(name) === null).map((name) => [name, words.shop.checkout.consentMissing]),
    ),
  };
  if (paymentMethod === null || Object.keys(faults).length > 0) return formAgain(visit, cart, wrongForm(form, faults));
  try {
    return placed(visit, await place(visit, { cart, key, paymentMethod }), paymentMethod);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    return refused(visit, cart, error);
  }
}

interface Confirmed {
  readonly cart: Cart;
  readonly key: string;
  readonly paymentMethod: Chosen;
}

async function place(visit: SignedVisit, { cart, key, paymentMethod }: Confirmed): Promise<Order> {
  const fingerprint = visit.form.get('quote') ?? '';
  return visit.api.post<Order>(
    '/orders',
    {
      ...fullRequest(visit, cart),
      acceptedTerms: Object.fromEntries(CONSENTS.map((name) => [name, true])),
      paymentMethod,
      ...(fingerprint === '' ? {} : { quote: fingerprint }),
    },
    { key },
  );
}

function placed({ words }: SignedVisit, { number }: Order, paymentMethod: Chosen): Answer {
  const say = words.shop.checkout;
  const text = isAtOnce(paymentMethod) ? say.placed : say.placedUnpaid;
  return { redirect: `/orders/${number}`, flash: { kind: 'success', text } };
}

/** The form as it was sent, over the cart as it is priced now. */
async function formAgain(visit: SignedVisit, cart: Cart, form: FormState): Promise<Answer> {
  try {
    return await orderForm(visit, { cart, quote: await quoted(visit, cart), form });
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
