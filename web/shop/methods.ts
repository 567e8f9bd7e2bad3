/** The wallet: registered cards and PayPal accounts, always masked [guide: renewal, "Gestisci metodi di pagamento"]. */
import { randomUUID } from 'node:crypto';
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
import type { Answer, Page, Pages, SignedVisit } from '../visit.ts';
import type { Method } from './contract.ts';
import { setupForms } from './methodSetups.ts';
import { chosenMethod, keptPay, labelOf, newMethodFields, walletOf } from './payWith.ts';

export function methods(pages: Pages): void {
  pages.signed('/methods', { get: (visit) => walletPage(visit, freshForm({ key: randomUUID() })), post: add });
  pages.signed('/methods/:methodId/remove', { get: removePage, post: remove });
}

function pathOf({ account }: SignedVisit): string {
  return `/customers/${segment(account.customerId)}/payment-methods`;
}

async function walletPage(visit: SignedVisit, form: FormState, status = 200): Promise<Page> {
  const { words } = visit;
  const say = words.shop.methods;
  const wallet = await walletOf(visit);
  const fresh = await newMethodFields(visit, form);
  const setups = await setupForms(visit);
  const content = html`!${errorSummary(form, { pay: words.shop.pay.title }, words)}
    <p>${say.intro}</p>
    !${
      wallet.length === 0
        ? html`<p>${say.none}</p>`
        : html`<ul class="plain wallet">
            !${wallet.map((method) => item(method, visit))}
          </ul>`
    }
    <section aria-labelledby="register">
      <h2 id="register">${say.register}</h2>
      !${
        fresh === ''
          ? setups === ''
            ? html`<p>${say.notHere}</p>`
            : setups
          : html`<form method="post" action="/methods" novalidate>
              !${idempotencyKey(form)} !${fresh} !${submit(say.register)}
            </form>`
      }
    </section>
    <p><a href="/">${words.shop.manage.back}</a></p>`;
  return { title: say.title, content, status, wrong: hasErrors(form), narrow: true };
}

function item(method: Method, { words }: SignedVisit): string {
  const say = words.shop.methods;
  const label = labelOf(method, words.shop.pay);
  const used = method.usedBy.length === 0 ? say.unused : say.usedBy(method.usedBy.length);
  const links = method.usedBy.map(
    (id, index) => html` <a href="/services/${id}/manage">${say.service(index + 1, method.usedBy.length)}</a>`,
  );
  const remove =
    method.usedBy.length > 0
      ? ''
      : html`<a
          href="/methods/${method.methodId}/remove"
          role="button"
          class="outline"
          data-dialog
          aria-label="${say.removeNamed(label)}"
          >${say.remove}</a
        >`;
  return html`<li class="card">
    <strong>${label}</strong> !${method.expired ? html`<span class="badge bad">${words.shop.pay.expired}</span>` : ''}
    <small>${used}!${links}</small>
    !${remove}
  </li>`;
}

async function add(visit: SignedVisit): Promise<Answer> {
  const { api, form, words } = visit;
  const method = await chosenMethod(visit);
  if (method === null || !('token' in method)) {
    return walletPage(visit, wrongForm(form, { pay: words.shop.pay.none }), 400);
  }
  try {
    await api.post(pathOf(visit), method, { key: form.get('key') ?? '' });
  } catch (error) {
    if (!(error instanceof ApiProblem) || [401, 403, 404, 429].includes(error.status)) throw error;
    const again = keptPay(form);
    return walletPage(
      visit,
      refusedForm(again, error, () => 'pay'),
      error.status,
    );
  }
  return { redirect: '/methods', flash: { kind: 'success', text: words.shop.methods.registered } };
}

async function removePage(visit: SignedVisit): Promise<Answer> {
  const { words, params } = visit;
  const say = words.shop.methods;
  const method = (await walletOf(visit)).find(({ methodId }) => methodId === params['methodId']);
  if (method === undefined) return { redirect: '/methods', flash: { kind: 'info', text: say.gone } };
  const content = html`<section data-dialog-content>
      <p>${say.removeQuestion(labelOf(method, words.shop.pay))}</p>
      <form method="post" action="/methods/${method.methodId}/remove">
        <div class="actions">!${submit(say.remove, 'danger')}</div>
      </form>
    </section>
    <p><a href="/methods">${say.title}</a></p>`;
  return { title: say.remove, content, narrow: true };
}

async function remove(visit: SignedVisit): Promise<Answer> {
  const { api, params, words } = visit;
  const say = words.shop.methods;
  try {
    await api.delete(`${pathOf(visit)}/${segment(params['methodId'] ?? '')}`);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    // Removed in another tab already.
    if (error.code === 'method_unknown') return { redirect: '/methods', flash: { kind: 'info', text: say.gone } };
    if (error.status !== 409) throw error;
    return { redirect: '/methods', flash: { kind: 'error', text: error.detail } };
  }
  return { redirect: '/methods', flash: { kind: 'success', text: say.removed } };
}
