/** One service as its owner sees it: what it is, until when, how full, and what can be done now [guide: customer area]. */
import { html } from 'ghtml';
import type { Status, Subscription, UnpaidOrder } from '../contract.ts';
import { factList, type Fact } from '../facts.ts';
import { notice } from '../layout.ts';
import type { Flash, SignedVisit } from '../visit.ts';
import type { Words } from '../words.ts';
import { helpMenu } from './help.ts';

/** `below`: HTML under the card's buttons, e.g. the sandbox's clock. */
export function serviceCard(service: Subscription, visit: SignedVisit, below = ''): string {
  const { words } = visit;
  const id = `service-${service.id}`;
  return html`<article class="card service" id="${id}" aria-labelledby="title-${service.id}">
    <header>
      <h2 id="title-${service.id}">${words.products[service.product]}</h2>
      !${statusBadge(service, visit)}
    </header>
    !${notices(service, visit)} !${facts(service, visit)} !${unpaidOrders(service, visit)} !${buttons(service, visit)}
    !${helpMenu(service, visit)} !${below}
  </article>`;
}

const BADGES: Readonly<Record<Status, 'ok' | 'warn' | 'bad' | 'muted'>> = {
  awaiting_payment: 'warn',
  awaiting_activation: 'warn',
  activation_failed: 'bad',
  active: 'ok',
  expired: 'bad',
  terminated: 'muted',
  closed: 'muted',
};

export function statusBadge({ status, statusLabel }: Subscription, { words, language }: SignedVisit): string {
  return html`<p class="badge !${BADGES[status]}">
    <span class="visually-hidden">${words.services.status}:</span> ${statusLabel[language]}
  </p>`;
}

const NOTICE_KINDS: Readonly<Record<string, Flash['kind']>> = {
  update_payment_data: 'error',
  charge_not_made: 'error',
  confirm_payment: 'warning',
  will_expire_order_cancelled: 'warning',
  pay_before_expiry: 'warning',
  notice_given: 'warning',
  read_only: 'warning',
  card_expiring: 'warning',
  card_expired: 'error',
  payment_returned: 'warning',
};

/** What the customer can mend where it is managed. */
const MENDED_IN_MANAGE: readonly string[] = [
  'update_payment_data',
  'will_expire_order_cancelled',
  'card_expiring',
  'card_expired',
];

function notices({ id, notices: all, status }: Subscription, { language, words }: SignedVisit): string {
  const told = all.map((one) => {
    const link = MENDED_IN_MANAGE.includes(one.code)
      ? html` <a href="/services/${id}/manage">${words.services.manage}</a>`
      : '';
    return notice(NOTICE_KINDS[one.code] ?? 'info', html`${one[language]}!${link}`, words);
  });
  return told.join('') + aboutStatus(status, words);
}

/** Where the customer can do nothing but wait or begin anew. */
function aboutStatus(status: Status, words: Words): string {
  const { activating, activationFailed, ended } = words.services;
  switch (status) {
    case 'awaiting_activation':
      return notice('info', html`${activating}`, words);
    case 'activation_failed':
      return notice('warning', html`${activationFailed}`, words);
    case 'terminated':
    case 'closed':
      return notice('info', html`${ended}`, words);
    default:
      return '';
  }
}

function facts(service: Subscription, visit: SignedVisit): string {
  const { words } = visit;
  const { services: say } = words;
  const { username, holder, status } = service;
  const isLater = status === 'awaiting_payment' || status === 'awaiting_activation' || status === 'activation_failed';
  const hasBegun = service.expiresOn !== null;
  const rows: Fact[] = [];
  if (username !== null) rows.push([say.username, html`<span class="value" dir="auto">${username}</span>`]);
  else if (isLater) rows.push([say.username, html`${say.usernameLater}`]);
  if (holder) rows.push([say.holder, html`<span class="value" dir="auto">${holder.name}</span>`]);
  rows.push([service.status === 'expired' ? say.expired : say.expires, expiry(service, visit)]);
  if (hasBegun && status !== 'terminated') rows.push([say.space, space(service, visit)]);
  if (service.composition.extras.length > 0) rows.push([say.includes, extras(service, visit)]);
  if (hasBegun && status === 'active') rows.push([say.autoRenewal, autoRenewal(service, visit)]);
  return factList(rows);
}

/** Red from 90 days before, and with a sign and words, since not everybody sees red. */
function expiry(service: Subscription, { words, format }: SignedVisit): string {
  const { services: say } = words;
  const { expiresOn, daysToExpiry, status, lastDayToReactivate } = service;
  if (expiresOn === null) return html`${say.notYet}`;
  const date = format.date(expiresOn);
  if (status === 'terminated' || daysToExpiry === null) return date;
  if (status === 'expired') {
    const until = lastDayToReactivate === null ? '' : say.reactivateUntil(format.dateText(lastDayToReactivate));
    return html`<span class="alert-text">!${date}</span> <small>${until}</small>`;
  }
  const left = daysToExpiry < 0 ? '' : say.inDays(daysToExpiry);
  return service.expiryIsNear
    ? html`<span class="alert-text">!${date} <span class="aside">(${left})</span></span>`
    : html`!${date} <small>(${left})</small>`;
}

/** Red above 80 % of what is owned. */
function space(service: Subscription, { words, format }: SignedVisit): string {
  const { services: say } = words;
  const { usedBytes, spaceBytes, usedPercent, spaceIsTight } = service;
  const amounts = say.spaceOf(format.gigabytes(usedBytes), format.gigabytes(spaceBytes));
  const percent = format.percent(usedPercent);
  const told = spaceIsTight
    ? html`<span class="alert-text">${percent} <span class="aside">(${say.spaceTight})</span></span>`
    : html`${percent}`;
  return html`!${told} <small>${amounts}</small>
    <progress
      class="!${spaceIsTight ? 'tight' : ''}"
      max="100"
      value="${Math.min(usedPercent, 100)}"
      aria-label="${say.space}"
    ></progress>`;
}

function extras({ composition, expiresOn }: Subscription, { words, format }: SignedVisit): string {
  const items = composition.extras.map(({ sku, quantity, endsOn }) => {
    const other = endsOn === expiresOn ? '' : html` <small>(!${format.date(endsOn)})</small>`;
    return html`<li>${quantity > 1 ? `${quantity} × ` : ''}${words.extras[sku]}!${other}</li>`;
  });
  return html`<ul class="plain">
    !${items}
  </ul>`;
}

function autoRenewal(
  { autoRenewal: { on, method, nextChargeOn } }: Subscription,
  { words, format }: SignedVisit,
): string {
  const { services: say } = words;
  if (!on) return html`${say.autoRenewalOff}`;
  const label = method?.label ?? '';
  const next = nextChargeOn === null ? '' : say.nextCharge(format.dateText(nextChargeOn));
  const details = [label, next].filter((text) => text !== '').join(', ');
  return html`${say.autoRenewalOn} !${details === '' ? '' : html`<small>(${details})</small>`}`;
}

function unpaidOrders({ unpaidOrders: orders, id }: Subscription, visit: SignedVisit): string {
  return orders.map((order) => unpaidOrder(order, id, visit)).join('');
}

function unpaidOrder(order: UnpaidOrder, serviceId: string, { words, format }: SignedVisit): string {
  const { services: say } = words;
  const { number, type, canPay, canCancel } = order;
  const about = html`aria-describedby="order-${number} title-${serviceId}"`;
  const pay = html`<a href="/orders/${number}/pay" role="button" !${about}>${say.pay}</a>`;
  const cancel = html`<a href="/orders/${number}/cancel" role="button" class="secondary outline" data-dialog !${about}
    >${say.cancel}</a
  >`;
  return html`<section class="unpaid" aria-labelledby="order-${number}">
    <p id="order-${number}">
      <strong>${say.unpaid}</strong>
      <a href="/orders/${number}">${say.order(words.orderTypes[type], number)}</a>:
      ${say.orderDue(format.money(order.due))}
    </p>
    <div class="actions">!${canPay ? pay : ''} !${canCancel ? cancel : ''}</div>
  </section>`;
}

/** Only what can be done now stands here; the API decides. */
function buttons(service: Subscription, { words, account, url }: SignedVisit): string {
  const { services: say } = words;
  const { id, actions, status } = service;
  const shown: (readonly [path: string, text: string, kind: string])[] = [];
  if (actions.renew) shown.push([`/services/${id}/renew`, say.renew, '']);
  if (actions.reactivate) shown.push([`/services/${id}/reactivate`, say.reactivate, '']);
  if (actions.upgrade) {
    shown.push([`/services/${id}/upgrade?focus=space`, say.moreSpace, 'outline']);
    shown.push([`/services/${id}/upgrade?focus=user`, say.moreUsers, 'outline']);
  }
  const isOver = status === 'terminated' || status === 'closed';
  if (isOver && account.kind === 'customer') shown.push(['/buy', say.buyAgain, '']);
  const manage = `/services/${id}/manage`;
  if (!isOver && !url.startsWith(manage)) shown.push([manage, say.manage, 'secondary outline']);
  const items = shown.map(
    ([path, text, kind]) =>
      html`<a href="${path}" role="button" class="!${kind}" aria-describedby="title-${id}">${text}</a>`,
  );
  return html`<div class="actions">!${items}</div>`;
}
