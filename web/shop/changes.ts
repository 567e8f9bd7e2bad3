/** What "Gestisci" changes: auto-renewal, its method, the holder, and the notice of termination. */
import { html } from 'ghtml';
import { ApiProblem, segment } from '../api.ts';
import { errorSummary, freshForm, hasErrors, refusedForm, submit, wrongForm, type FormState } from '../fields.ts';
import type { Answer, Page, Pages, Redirect, SignedVisit } from '../visit.ts';
import type { Party } from './contract.ts';
import { readService } from './manage.ts';
import { partyFaults, partyFieldOf, partyFields, partyForm, partyLabels, partyOf } from './party.ts';
import { chosenMethod, labelOf, payFields } from './payWith.ts';

export function changes(pages: Pages): void {
  pages.signed('/services/:id/auto-renewal', { get: (visit) => ({ redirect: managed(visit) }), post: switchRenewal });
  pages.signed('/services/:id/method', { get: (visit) => methodPage(visit, freshForm()), post: setMethod });
  pages.signed('/services/:id/method/remove', { get: removePage, post: removeMethod });
  pages.signed('/services/:id/holder', { get: askHolder, post: changeHolder });
  pages.signed('/services/:id/notice', { get: noticePage, post: giveNotice });
}

function pathOf({ params }: SignedVisit): string {
  return `/subscriptions/${segment(params['id'] ?? '')}`;
}

function managed({ params }: SignedVisit): string {
  return `/services/${segment(params['id'] ?? '')}/manage`;
}

/** Done, or refused with a reason: either way the service is shown as it is now. */
async function changed(visit: SignedVisit, done: string, change: () => Promise<unknown>): Promise<Redirect> {
  try {
    await change();
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 409) throw error;
    return { redirect: managed(visit), flash: { kind: 'error', text: error.detail } };
  }
  return { redirect: managed(visit), flash: { kind: 'success', text: done } };
}

async function switchRenewal(visit: SignedVisit): Promise<Answer> {
  const { api, form, words } = visit;
  const on = form.get('on') === 'yes';
  const say = words.shop.manage.renewal;
  return changed(visit, on ? say.nowOn : say.nowOff, () => api.put(`${pathOf(visit)}/auto-renewal`, { on }));
}

async function methodPage(visit: SignedVisit, form: FormState, status = 200): Promise<Page> {
  const { words } = visit;
  const say = words.shop.manage.renewal;
  const service = await readService(visit);
  const { method } = service.autoRenewal;
  const present =
    method === null
      ? ''
      : labelOf({ type: method.kind, label: method.label, validThrough: method.validThrough ?? null }, words.shop.pay);
  const preferred = method?.methodId === undefined ? undefined : `method:${method.methodId}`;
  const content = html`!${errorSummary(form, { pay: words.shop.pay.title }, words)}
    <p>${say.methodIntro}</p>
    !${present === '' ? '' : html`<p>${say.method}: <strong>${present}</strong></p>`}
    <form method="post" action="/services/${service.id}/method" novalidate>
      !${await payFields(visit, form, { later: false, preferred })}
      <div class="actions">
        !${submit(say.save)} <a href="${managed(visit)}" role="button" class="outline">${words.shop.manage.back}</a>
      </div>
    </form>`;
  return { title: method === null ? say.choose : say.replace, content, status, wrong: hasErrors(form), narrow: true };
}

async function setMethod(visit: SignedVisit): Promise<Answer> {
  const { api, form, words } = visit;
  const method = await chosenMethod(visit);
  if (method === null) return methodPage(visit, wrongForm(form, { pay: words.shop.pay.none }), 400);
  try {
    return await changed(visit, words.shop.manage.renewal.methodSet, () =>
      api.put(`${pathOf(visit)}/payment-method`, method),
    );
  } catch (error) {
    if (!(error instanceof ApiProblem) || ![400, 422].includes(error.status)) throw error;
    return methodPage(
      visit,
      refusedForm(form, error, () => 'pay'),
      error.status,
    );
  }
}

async function removePage(visit: SignedVisit): Promise<Page> {
  const { words } = visit;
  const say = words.shop.manage.renewal;
  const service = await readService(visit);
  const content = html`<section data-dialog-content>
      <p>${say.removeMeans}</p>
      <form method="post" action="/services/${service.id}/method/remove">
        <div class="actions">!${submit(say.remove, 'danger')}</div>
      </form>
    </section>
    <p><a href="${managed(visit)}">${words.shop.manage.back}</a></p>`;
  return { title: say.remove, content, narrow: true };
}

async function removeMethod(visit: SignedVisit): Promise<Answer> {
  const { api, words } = visit;
  return changed(visit, words.shop.manage.renewal.removed, () => api.delete(`${pathOf(visit)}/payment-method`));
}

async function askHolder(visit: SignedVisit): Promise<Page> {
  return holderPage(visit, freshForm(partyForm(await visit.api.get<Party>(`${pathOf(visit)}/holder`))));
}

function holderPage(visit: SignedVisit, form: FormState): Page {
  const { words, params } = visit;
  const isWrong = hasErrors(form);
  const content = html`!${errorSummary(form, partyLabels(words), words)}
    <p>${words.shop.manage.holderIntro}</p>
    <form method="post" action="/services/${segment(params['id'] ?? '')}/holder" novalidate>
      !${partyFields(form, words, { fixed: true })}
      <div class="actions">
        !${submit(words.shop.manage.save)}
        <a href="${managed(visit)}" role="button" class="outline">${words.shop.manage.back}</a>
      </div>
    </form>`;
  return { title: words.shop.manage.editHolder, content, status: isWrong ? 400 : 200, wrong: isWrong, narrow: true };
}

async function changeHolder(visit: SignedVisit): Promise<Answer> {
  const { api, form, words } = visit;
  const faults = partyFaults(form, words, { invoices: 'optional' });
  if (Object.keys(faults).length > 0) return holderPage(visit, wrongForm(form, faults));
  try {
    return await changed(visit, words.shop.manage.holderSaved, () => api.put(`${pathOf(visit)}/holder`, partyOf(form)));
  } catch (error) {
    if (!(error instanceof ApiProblem) || ![400, 422].includes(error.status)) throw error;
    return holderPage(visit, refusedForm(form, error, partyFieldOf));
  }
}

/** Disdetta: final, so it says what it means and asks. */
async function noticePage(visit: SignedVisit): Promise<Answer> {
  const { words, format } = visit;
  const say = words.shop.notice;
  const service = await readService(visit);
  if (!service.actions.giveNotice) return { redirect: managed(visit), flash: { kind: 'info', text: say.notNow } };
  const until = service.expiresOn === null ? '' : format.dateText(service.expiresOn);
  const content = html`<section data-dialog-content>
      <p><strong>${say.final}</strong></p>
      <ul>
        !${say.means(until).map((sentence) => html`<li>${sentence}</li>`)}
      </ul>
      <form method="post" action="/services/${service.id}/notice">
        <div class="actions">!${submit(say.submit, 'danger')}</div>
      </form>
    </section>
    <p><a href="${managed(visit)}">${words.shop.manage.back}</a></p>`;
  return { title: say.title, content, narrow: true };
}

async function giveNotice(visit: SignedVisit): Promise<Answer> {
  const { api, words } = visit;
  return changed(visit, words.shop.notice.done, () => api.post(`${pathOf(visit)}/termination`, {}));
}
