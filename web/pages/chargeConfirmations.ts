/** Where a customer confirms a charge their bank asked about: reached from an e-mail, and left for the bank's own page. */
import { html } from 'ghtml';
import { segment } from '../api.ts';
import { submit } from '../fields.ts';
import type { Money } from '../format.ts';
import { notice } from '../layout.ts';
import type { Page, Pages, Visit } from '../visit.ts';

interface Confirmation {
  readonly orderNumber: string;
  readonly amount: Money;
  readonly status: 'waiting' | 'processing' | 'captured';
  /** The page of the bank or the gateway, once the customer has begun. */
  readonly continueAt: string | null;
}

export function chargeConfirmations(pages: Pages): void {
  pages.signed('/payments/confirm/:id', {
    get: async (visit) => page(visit, await visit.api.get<Confirmation>(pathOf(visit))),
    post: async (visit) => {
      await visit.api.post<Confirmation>(pathOf(visit), {});
      return { redirect: visit.url };
    },
  });
}

function pathOf({ params }: Visit): string {
  return `/confirmations/${segment(params['id'] ?? '')}`;
}

function page(visit: Visit, { orderNumber, amount, status, continueAt }: Confirmation): Page {
  const { words, format } = visit;
  const { confirmation: say } = words;
  const content = html`<dl class="facts">
      <div>
        <dt>${say.order}</dt>
        <dd>${orderNumber}</dd>
      </div>
      <div>
        <dt>${say.amount}</dt>
        <dd>${format.money(amount)}</dd>
      </div>
    </dl>
    !${next(visit, { status, continueAt, orderNumber })}`;
  return { title: status === 'captured' ? say.done : say.title, content, narrow: true };
}

/** A link leads to the bank and no form: what a form leads to may only be ours. */
function next({ words, url }: Visit, { status, continueAt, orderNumber }: Omit<Confirmation, 'amount'>): string {
  const { confirmation: say } = words;
  const back = html`<p><a href="/orders/${orderNumber}" role="button">${say.toOrder}</a></p>`;
  if (status === 'captured') return html`!${notice('success', html`${say.thanks}`, words)} !${back}`;
  if (status === 'processing') return html`!${notice('info', html`${say.processing}`, words)} !${back}`;
  if (continueAt?.startsWith('https://') === true)
    return html`<p>${say.atTheBank}</p>
      <p><a href="${continueAt}" role="button" rel="noreferrer">${say.goOn}</a></p>`;
  return html`<p>${say.asked}</p>
    <form method="post" action="${url}" novalidate>!${submit(say.submit)}</form>`;
}
