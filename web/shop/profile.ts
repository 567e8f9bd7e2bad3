import { html } from 'ghtml';
import { ApiProblem, segment } from '../api.ts';
import { factList } from '../facts.ts';
import { freshForm, radios, refusedForm, submit, wrongForm, type FormState } from '../fields.ts';
import { formPage } from '../formPage.ts';
import type { Answer, Page, Pages, SignedVisit } from '../visit.ts';
import type { Customer } from './contract.ts';
import { partyFaults, partyFieldOf, partyFields, partyForm, partyLabels, partyOf } from './party.ts';

/** The customer's own data; a service's credentials see only their account. */
export function profile(pages: Pages): void {
  pages.signed('/profile', { get: show, post: save });
}

function pathOf({ account }: SignedVisit): string {
  return `/customers/${segment(account.customerId)}`;
}

async function show(visit: SignedVisit): Promise<Page> {
  const { account, api, words } = visit;
  if (account.kind !== 'customer') {
    const { title, ofService } = words.shop.profile;
    return {
      title,
      content: html`<p>${ofService}</p>
        !${accountSection(visit)}`,
      narrow: true,
    };
  }
  const customer = await api.get<Customer>(pathOf(visit));
  return profilePage(visit, freshForm({ ...partyForm(customer), language: customer.language }));
}

function accountSection({ account, words }: SignedVisit): string {
  const say = words.shop.profile;
  return html`<section class="card" aria-labelledby="account">
    <h2 id="account">${say.account}</h2>
    !${factList([[words.login.username, html`<span class="value" dir="auto">${account.username}</span>`]])}
    <div class="actions">
      <a href="/password" role="button" class="outline">${words.password.change}</a>
      <a href="/methods" role="button" class="outline">${words.shop.methods.title}</a>
    </div>
  </section>`;
}

function profilePage(visit: SignedVisit, form: FormState): Page {
  const { words } = visit;
  const say = words.shop.profile;
  const choices = [
    { value: 'it', label: 'Italiano' },
    { value: 'en', label: 'English' },
  ];
  const content = html`!${accountSection(visit)}
    <form method="post" action="/profile" novalidate>
      !${partyFields(form, words, { fixed: true })} !${radios({ name: 'language', label: say.language, choices }, form)}
      !${submit(words.shop.manage.save)}
    </form>`;
  return formPage(form, words, {
    title: say.title,
    labels: { ...partyLabels(words), language: say.language },
    content,
  });
}

async function save(visit: SignedVisit): Promise<Answer> {
  const { api, form, words } = visit;
  const faults = partyFaults(form, words, { invoices: 'optional' });
  if (Object.keys(faults).length > 0) return profilePage(visit, wrongForm(form, faults));
  const language = form.get('language') === 'en' ? 'en' : 'it';
  try {
    await api.put(pathOf(visit), { ...partyOf(form), language });
  } catch (error) {
    if (!(error instanceof ApiProblem) || ![400, 409, 422].includes(error.status)) throw error;
    return profilePage(visit, refusedForm(form, error, partyFieldOf));
  }
  return { redirect: '/profile', flash: { kind: 'success', text: words.shop.profile.saved } };
}
