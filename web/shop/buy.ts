/** "Dati Intestatario": whom a new service is for, before its cart [guide: purchase]. */
import { html } from 'ghtml';
import { ApiProblem, segment } from '../api.ts';
import { freshForm, hidden, refusedForm, submit, wrongForm, type FormState } from '../fields.ts';
import { formPage } from '../formPage.ts';
import type { Answer, Page, Pages, SignedVisit } from '../visit.ts';
import { demandCustomer } from './blocked.ts';
import { holderOf } from './cart.ts';
import { cartOf, pathOf, queryOf, requestOf, type Cart } from './cartState.ts';
import type { Customer, Party } from './contract.ts';
import { partyFaults, partyFieldOf, partyFields, partyForm, partyLabels, partyOf } from './party.ts';

const EMPTY: Cart = {
  type: 'first_purchase',
  service: null,
  product: 'fe',
  years: '1',
  quantities: {},
  coTerm: true,
  code: '',
  holder: null,
};

export function buy(pages: Pages): void {
  pages.signed('/buy', { get: ask, post: take });
}

/** The cart the reader comes from, or an empty one. */
function cartBefore({ query }: SignedVisit): Cart {
  const before = cartOf(query);
  return before?.type === 'first_purchase' ? before : EMPTY;
}

async function ask(visit: SignedVisit): Promise<Page> {
  demandCustomer(visit);
  return holderPage(visit, freshForm(partyForm(await partyToShow(visit))));
}

/** Who was named before, or the customer. */
async function partyToShow(visit: SignedVisit): Promise<Party> {
  const named = holderOf(visit, cartBefore(visit));
  return named ?? visit.api.get<Customer>(`/customers/${segment(visit.account.customerId)}`);
}

export function holderPage(visit: SignedVisit, form: FormState, cart: Cart = cartBefore(visit)): Page {
  const { words } = visit;
  const say = words.shop.buy;
  const query = queryOf({ ...cart, holder: null });
  const content = html`<p>${say.intro}</p>
    <form method="post" action="/buy?${query.toString()}" novalidate>
      !${hidden({ step: 'holder' })} !${partyFields(form, words, { fixed: false })} !${submit(say.go)}
    </form>`;
  return formPage(form, words, { title: say.title, labels: partyLabels(words), content });
}

async function take(visit: SignedVisit): Promise<Answer> {
  demandCustomer(visit);
  const { form, words, api, seal } = visit;
  const faults = partyFaults(form, words, { invoices: 'demanded' });
  if (Object.keys(faults).length > 0) return holderPage(visit, wrongForm(form, faults));
  const holder = partyOf(form);
  const cart = cartBefore(visit);
  try {
    // The API checks the holder with the price that depends on it; what else is wrong with the cart, the cart says.
    await api.post('/quotes', { ...requestOf(cart, visit.account.customerId), holder });
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    const about = error.errors.filter(({ field }) => field.startsWith('holder'));
    if (about.length > 0) return holderPage(visit, refusedForm(form, error, partyFieldOf));
  }
  return { redirect: pathOf({ ...cart, holder: seal.close(holder) }) };
}
