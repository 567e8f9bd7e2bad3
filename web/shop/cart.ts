/** "Conferma o modifica gli articoli": what is bought, priced as it is changed [guides: purchase, renewal, space, users]. */
import { html } from 'ghtml';
import { ApiProblem, segment } from '../api.ts';
import type { Subscription } from '../contract.ts';
import { errorSummary, freshForm, hasErrors, refusedForm, wrongForm, type FormState } from '../fields.ts';
import { notice } from '../layout.ts';
import { PageUnknown, type Answer, type Page, type Pages, type SignedVisit } from '../visit.ts';
import { cartFields, type CartContext } from './cartFields.ts';
import { cartOf, pathOf, pressed, queryOf, requestOf, type Cart } from './cartState.ts';
import type { Catalogue, Party, Quote } from './contract.ts';
import { blocked, demandCustomer } from './blocked.ts';
import { advice, endsTable, linesTable } from './lines.ts';

export function cart(pages: Pages): void {
  pages.signed('/cart', { get: show });
  pages.signed('/services/:id/renew', { get: ({ params }) => opened('renewal', params) });
  pages.signed('/services/:id/reactivate', { get: ({ params }) => opened('reactivation', params) });
  pages.signed('/services/:id/upgrade', {
    get: ({ params, query }) => opened('upgrade', params, query.get('focus') === 'user' ? 'user' : 'space'),
  });
}

/** A cart as it first opens: the present composition for one year, or one unit more of what was asked for. */
function opened(type: 'renewal' | 'reactivation' | 'upgrade', params: SignedVisit['params'], sku?: 'user' | 'space') {
  const quantities = sku === undefined ? {} : { [sku]: '1' };
  const service = params['id'] ?? '';
  const empty: Cart = { type, service, product: 'fe', years: '1', quantities, coTerm: true, code: '', holder: null };
  return { redirect: pathOf(empty) };
}

async function show(visit: SignedVisit): Promise<Answer> {
  const wanted = cartOf(visit.query);
  if (wanted === null) return { redirect: '/' };
  const button = ['more', 'less', 'add', 'remove'].find((name) => visit.query.has(name));
  const next = pressed(wanted, visit.query);
  if (visit.query.get('go') === 'checkout') return { redirect: `/checkout?${queryOf(next).toString()}` };
  if (visit.query.get('go') === 'holder') return { redirect: `/buy?${queryOf(next).toString()}` };
  if (button !== undefined) return { redirect: `${pathOf(next)}#line-${visit.query.get(button) ?? ''}` };
  if (next.type === 'first_purchase') {
    demandCustomer(visit);
    // Whom it is for comes first [guide: purchase, "Dati Intestatario"].
    if (holderOf(visit, next) === null) return { redirect: `/buy?${queryOf({ ...next, holder: null }).toString()}` };
  }
  const priced = await priceOf(visit, next);
  if ('block' in priced) return blocked(visit, next, priced.block);
  return cartPage(visit, next, priced);
}

/** The holder a cart carries, or null where it carries none that this session wrote. */
export function holderOf({ seal }: SignedVisit, { holder }: Cart): Party | null {
  const opened = holder === null ? null : seal.open(holder);
  return typeof opened === 'object' && opened !== null && 'address' in opened ? (opened as Party) : null;
}

/** As `requestOf`, with the holder of a first purchase. */
export function fullRequest(visit: SignedVisit, wanted: Cart): Record<string, unknown> {
  const holder = wanted.type === 'first_purchase' ? holderOf(visit, wanted) : null;
  return { ...requestOf(wanted, visit.account.customerId), ...(holder === null ? {} : { holder }) };
}

interface Priced {
  /** Null where the cart as it is cannot be priced; the form says why. */
  readonly quote: Quote | null;
  /** The same upgrade with the other choice of co-terming. */
  readonly other: Quote | null;
  readonly form: FormState;
}

/** What the API says of a cart: its price, what is wrong with it, or that there can be no such order now. */
async function priceOf(visit: SignedVisit, wanted: Cart): Promise<Priced | { block: ApiProblem }> {
  const values = queryOf(wanted);
  const fresh = freshForm(Object.fromEntries(values));
  try {
    const quote = await quoted(visit, wanted);
    const other = wanted.type === 'upgrade' ? await quoted(visit, { ...wanted, coTerm: !wanted.coTerm }) : null;
    return { quote, other, form: fresh };
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (['subscription_unknown', 'customer_unknown'].includes(error.code)) throw new PageUnknown();
    // Nothing chosen yet is no fault.
    if (error.code === 'nothing_ordered') return { quote: null, other: null, form: fresh };
    if (isAboutCode(error)) {
      const without = await priceOf(visit, { ...wanted, code: '' });
      const reason = error.errors.find(({ field }) => field === 'agreementCode')?.reason ?? error.detail;
      return 'block' in without ? without : { ...without, form: wrongForm(values, { code: sentence(reason) }) };
    }
    const form = refusedForm(values, error, cartFieldOf);
    return Object.keys(form.errors).length > 0 || error.status === 422 || error.code === 'space_in_use'
      ? { quote: null, other: null, form }
      : { block: error };
  }
}

function sentence(reason: string): string {
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

/** A refused agreement code says why, and leaves the cart as it is. */
function isAboutCode({ code, errors }: ApiProblem): boolean {
  return code.startsWith('agreement_') || errors.some(({ field }) => field === 'agreementCode');
}

export async function quoted(visit: SignedVisit, wanted: Cart): Promise<Quote> {
  return visit.api.post<Quote>('/quotes', fullRequest(visit, wanted));
}

/** `extras.user` and `add.user` of the API are `user` here. */
function cartFieldOf(apiField: string): string | null {
  const name = apiField.split('.').at(-1) ?? '';
  return ['user', 'space', 'documents', 'payments', 'nso', 'years', 'product'].includes(name) ? name : null;
}

async function cartPage(visit: SignedVisit, wanted: Cart, { quote, other, form }: Priced): Promise<Page> {
  const { words, api } = visit;
  const say = words.shop.cart;
  const [catalogue, subscription] = await Promise.all([
    api.get<Catalogue>('/catalog'),
    wanted.service === null ? null : api.get<Subscription>(`/subscriptions/${segment(wanted.service)}`),
  ]);
  const context: CartContext = { cart: wanted, catalogue, subscription, holder: holderOf(visit, wanted) };
  const labels = { ...words.extras, years: say.years, code: say.code, product: say.product };
  const isWrong = hasErrors(form);
  const content = html`!${errorSummary(form, labels, words)}
    <form method="get" action="/cart" class="cart" novalidate>
      !${cartFields(context, form, visit)} !${other === null ? '' : extension(visit, wanted, quote, other)}
      !${quote === null ? html`<p>${say.nothing}</p>` : priceSection(visit, wanted, quote)}
    </form>`;
  return { title: say.titles[wanted.type], content, wrong: isWrong };
}

function priceSection(visit: SignedVisit, { type }: Cart, quote: Quote): string {
  const say = visit.words.shop.cart;
  const showsEnds = type === 'renewal' || type === 'reactivation';
  return html`<section aria-labelledby="summary">
    <h2 id="summary">${say.summary}</h2>
    !${advice(visit, quote)} !${linesTable(quote, visit)}
    !${showsEnds ? endsTable(quote.ends, say.endsAfter, visit) : ''}
    !${type === 'first_purchase' ? html`<p>${say.fromActivation}</p>` : ''}
    <div class="actions">
      <button type="submit" name="go" value="checkout">${say.go}</button>
    </div>
  </section>`;
}

/** Both choices, side by side, before anything is confirmed [guides: space, users: "Estensione servizi attivi"]. */
function extension(visit: SignedVisit, { coTerm }: Cart, quote: Quote | null, other: Quote): string {
  const { words, format } = visit;
  const say = words.shop.cart.extension;
  const [on, off] = coTerm ? [quote, other] : [other, quote];
  if (on?.warnings.some(({ code }) => code === 'co_term_not_offered') === true) {
    // What is active ends no earlier: there is nothing to choose.
    return html`<section class="extension">
      <h2>${say.title}</h2>
      !${notice('info', html`${say.notOffered}`, words)} !${endsTable(on.ends, say.ends, visit)}
    </section>`;
  }
  const choice = (value: 'on' | 'off', priced: Quote | null, means: string): string => {
    const isChosen = (value === 'on') === coTerm;
    const total = priced === null ? '' : html` (${say.total(format.money(priced.payable))})`;
    return html`<div class="choice-block">
      <label class="choice">
        <input type="radio" name="coTerm" value="${value}" !${isChosen ? 'checked' : ''} />
        <span>${say[value]}!${total}<small>${means}</small></span>
      </label>
      !${priced === null ? '' : endsTable(priced.ends, value === 'on' ? say.tableOn : say.tableOff, visit)}
    </div>`;
  };
  return html`<fieldset class="group extension">
    <legend>${say.title}</legend>
    !${choice('on', on, say.onMeans)} !${choice('off', off, say.offMeans)}
    <button type="submit" class="secondary">${words.shop.cart.update}</button>
  </fieldset>`;
}
