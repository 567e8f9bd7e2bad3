/** The sandbox bank's page on which a customer confirms a charge (strong customer authentication), reached from an e-mail. */
import { html } from 'ghtml';
import { segment } from '../api.ts';
import { submit } from '../fields.ts';
import { notice } from '../layout.ts';
import type { Page, Pages, Visit } from '../visit.ts';
import { chargeFacts, type Charged } from './chargeFacts.ts';

interface Confirmation extends Charged {
  readonly status: 'waiting' | 'captured';
}

export function confirmations(pages: Pages): void {
  pages.open('/sandbox/confirmations/:id', {
    get: async (visit) => confirmationPage(visit, await visit.api.get<Confirmation>(pathOf(visit))),
    post: async (visit) => {
      await visit.api.post<Confirmation>(pathOf(visit), {});
      return { redirect: visit.url };
    },
  });
}

function pathOf({ params }: Visit): string {
  return `/sandbox/confirmations/${segment(params['id'] ?? '')}`;
}

function confirmationPage({ words, format, url }: Visit, { orderNumber, amount, status }: Confirmation): Page {
  const { confirmation: say } = words;
  const isDone = status === 'captured';
  const thanks = html`!${notice('success', html`${say.thanks}`, words)}
    <p><a href="/orders/${orderNumber}" role="button">${say.toArea}</a></p>`;
  const form = html`<form method="post" action="${url}" novalidate>!${submit(say.submit)}</form>`;
  const content = html`!${chargeFacts({ orderNumber, amount }, { words, format })} !${isDone ? thanks : form}
    <p><small>${say.sandbox}</small></p>`;
  return { title: isDone ? say.done : say.title, content, narrow: true };
}
