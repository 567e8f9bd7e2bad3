import { html } from 'ghtml';
import { segment } from '../api.ts';
import type { Page, Pages, SignedVisit } from '../visit.ts';
import type { Order, OrderPage } from './contract.ts';
import { orderBadge, spaceOf } from './order.ts';
import { table } from './table.ts';

const PAGE = 20;
/** As many as the API gives at once: one service's orders are picked from among all. */
const LONG_PAGE = 100;

/** All orders of the reader, newest first, a page at a time [guide: customer area]. */
export function orderList(pages: Pages): void {
  pages.signed('/orders', { get: show });
}

async function show(visit: SignedVisit): Promise<Page> {
  const { words, account, api, query } = visit;
  const say = words.shop.order;
  const after = query.get('after');
  const service = query.get('service');
  const from = after !== null && /^\d{10,18}$/.test(after) ? `&after=${after}` : '';
  const { orders, next } = await api.get<OrderPage>(
    `/customers/${segment(account.customerId)}/orders?limit=${service === null ? PAGE : LONG_PAGE}${from}`,
  );
  const shown = service === null ? orders : orders.filter(({ subscriptionId }) => subscriptionId === service);
  const more = new URLSearchParams({ ...(service === null ? {} : { service }), after: next ?? '' });
  const content = html`!${service === null ? '' : html`<p>${say.ofOneService} <a href="/orders">${say.all}</a></p>`}
    !${shown.length === 0 ? html`<p>${say.none}</p>` : orderTable(shown, visit)}
    <nav class="actions" aria-label="${say.pages}">
      !${from === '' ? '' : html`<a href="${service === null ? '/orders' : `/orders?service=${segment(service)}`}" role="button" class="outline">${say.newest}</a>`}
      !${next === null ? '' : html`<a href="/orders?${more.toString()}" role="button" class="outline">${say.older}</a>`}
    </nav>`;
  return { title: say.title, content };
}

function orderTable(orders: readonly Order[], visit: SignedVisit): string {
  const { words, format } = visit;
  const say = words.shop.order;
  const rows = orders.map(
    (order) =>
      html`<tr>
        <th scope="row"><a href="/orders/${order.number}">${order.number}</a></th>
        <td data-label="${say.type}">${words.orderTypes[order.type]}</td>
        <td data-label="${say.date}">!${format.date(order.placedOn)}</td>
        <td data-label="${say.cost}" class="amount">${format.money(order.payable)}</td>
        <td data-label="${say.quantity}">${say.space(spaceOf(order), order.type === 'upgrade')}</td>
        <td data-label="${say.status}">!${orderBadge(order, visit)}</td>
      </tr>`,
  );
  return table({
    name: say.title,
    kind: 'orders',
    columns: [
      { title: say.number },
      { title: say.type },
      { title: say.date },
      { title: say.cost, isAmount: true },
      { title: say.quantity },
      { title: say.status },
    ],
    rows,
  });
}
