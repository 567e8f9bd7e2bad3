/** The sandbox bank's page on which a customer confirms a charge (strong customer authentication), reached from an e-mail. */
import { html } from 'ghtml';
import { segment } from '../api.ts';
import type { Money } from '../format.ts';
import { submit } from '../fields.ts';
import { notice } from '../layout.ts';
import type { Page, Pages, Visit } from '../visit.ts';

interface Confirmation {
  readonly orderNumber: string;
  readonly amount: Money;
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
    !${isDone ? thanks : form}
    <p><small>${say.sandbox}</small></p>`;
  return { title: isDone ? say.done : say.title, content, narrow: true };
}
