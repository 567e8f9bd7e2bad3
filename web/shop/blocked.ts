import { html } from 'ghtml';
import { ApiProblem, segment } from '../api.ts';
import type { Subscription } from '../contract.ts';
import type { Page, SignedVisit } from '../visit.ts';
import type { Cart } from './cartState.ts';

/** There can be no such order now: why, and what can be done instead, from the service as it is. */
export async function blocked(visit: SignedVisit, { service, type }: Cart, problem: ApiProblem): Promise<Page> {
  const { words, api } = visit;
  const say = words.shop.blocked;
  const subscription =
    service === null ? null : await api.get<Subscription>(`/subscriptions/${segment(service)}`).catch(() => null);
  const orders = (subscription?.unpaidOrders ?? []).map(
    (order) =>
      html`<li>
        <a href="/orders/${order.number}">${words.services.order(words.orderTypes[order.type], order.number)}</a>
      </li>`,
  );
  const content = html`<p class="alert-text">${problem.detail}</p>
    !${
      orders.length === 0
        ? ''
        : html`<p>${say.unpaid}</p>
            <ul>
              !${orders}
            </ul>`
    }
    <div class="actions">
      !${subscription === null ? '' : html`<a href="/services/${subscription.id}/manage" role="button">${say.manage}</a>`}
      !${subscription === null ? '' : html`<a href="/services/${subscription.id}/explain" role="button" class="outline">${words.services.explain}</a>`}
      <a href="/" role="button" class="outline">${words.failures.home}</a>
    </div>`;
  return { title: words.shop.cart.titles[type], content, status: problem.status, narrow: true };
}

/** A first purchase, a profile: the customer's own account is needed. @throws ApiProblem own_account_needed */
export function demandCustomer({ account }: SignedVisit): void {
  if (account.kind !== 'customer') throw new ApiProblem(403, { code: 'own_account_needed' });
}
