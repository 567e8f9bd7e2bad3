/** Where a customer confirms a charge their bank asked about: reached from an e-mail, and left for the bank's own page. */
import { html } from 'ghtml';
import { segment } from '../api.ts';
import { submit } from '../fields.ts';
import { notice } from '../layout.ts';
import { onward } from '../onward.ts';
import type { Page, Pages, Visit } from '../visit.ts';
import { chargeFacts, type Charged } from './chargeFacts.ts';

interface Confirmation extends Charged {
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
  const { confirmation: say } = visit.words;
  const content = html`!${chargeFacts({ orderNumber, amount }, visit)}
  !${next(visit, { status, continueAt, orderNumber })}`;
  return { title: status === 'captured' ? say.done : say.title, content, narrow: true };
}

function next({ words, url }: Visit, { status, continueAt, orderNumber }: Omit<Confirmation, 'amount'>): string {
  const { confirmation: say } = words;
  const back = html`<p><a href="/orders/${orderNumber}" role="button">${say.toOrder}</a></p>`;
  if (status === 'captured') return html`!${notice('success', html`${say.thanks}`, words)} !${back}`;
  if (status === 'processing') return html`!${notice('info', html`${say.processing}`, words)} !${back}`;
  const link = onward(continueAt, say.goOn);
  if (link !== null)
    return html`<p>${say.atTheBank}</p>
      !${link}`;
  return html`<p>${say.asked}</p>
    <form method="post" action="${url}" novalidate>!${submit(say.submit)}</form>`;
}
