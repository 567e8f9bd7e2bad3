import { html } from 'ghtml';
import { segment } from '../api.ts';
import type { Subscription } from '../contract.ts';
import { standingNotices } from '../shop/credit.ts';
import type { Page, Pages, SignedVisit } from '../visit.ts';
import { clockBar, whatHappened } from './clock.ts';
import { serviceCard } from './serviceCard.ts';

/** The customer area's first page: every service with its state and its buttons [guide: customer area]. */
export function services(pages: Pages): void {
  pages.signed('/', { get: servicesPage });
}

/** All services of a customer, or the one whose credentials these are. */
export async function servicesOf({ api, account }: SignedVisit): Promise<readonly Subscription[]> {
  if (account.subscriptionId !== null)
    return [await api.get<Subscription>(`/subscriptions/${segment(account.subscriptionId)}`)];
  const path = `/customers/${segment(account.customerId)}/subscriptions`;
  return (await api.get<{ subscriptions: Subscription[] }>(path)).subscriptions;
}

async function servicesPage(visit: SignedVisit): Promise<Page> {
  const { words, account } = visit;
  const all = await servicesOf(visit);
  const isSandbox = (await visit.gateway())?.name === 'sandbox';
  const cards = await Promise.all(
    all.map(async (service) => {
      const bar = isSandbox ? clockBar(service, visit) + (await whatHappened(service, visit)) : '';
      return serviceCard(service, visit, bar);
    }),
  );
  const mayBuy = account.kind === 'customer';
  const content = all.length === 0 ? noServices(visit) : html`<div class="cards">!${cards}</div>`;
  const buy = html`<p><a href="/buy" role="button" class="outline">${words.services.buyAnother}</a></p>`;
  return {
    title: words.services.title,
    content: (await standingNotices(visit)) + content + (mayBuy && all.length > 0 ? buy : ''),
    pending: all.some(isMoving),
  };
}

function noServices({ words }: SignedVisit): string {
  const { services: say } = words;
  return html`<div class="card empty">
    <h2>${say.none}</h2>
    <p>${say.noneIntro}</p>
    <p><a href="/buy" role="button">${say.buy}</a></p>
  </div>`;
}

/** Something is under way that will change this card by itself. */
function isMoving({ status, notices }: Subscription): boolean {
  return status === 'awaiting_activation' || notices.some(({ code }) => code === 'charge_pending');
}
