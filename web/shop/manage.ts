/** "Gestisci": everything about one service in one place [guide: customer area]. */
import { html } from 'ghtml';
import { segment } from '../api.ts';
import type { Subscription } from '../contract.ts';
import { factList, type Fact } from '../facts.ts';
import { hidden, submit } from '../fields.ts';
import { serviceCard } from '../pages/serviceCard.ts';
import type { Page, Pages, SignedVisit } from '../visit.ts';
import type { Party } from './contract.ts';
import { nameOf } from './party.ts';
import { labelOf } from './payWith.ts';
import { table } from './table.ts';

export function manage(pages: Pages): void {
  pages.signed('/services/:id', {
    get: ({ params }) => ({ redirect: `/services/${segment(params['id'] ?? '')}/manage` }),
  });
  pages.signed('/services/:id/manage', { get: show });
}

export async function readService({ api, params }: SignedVisit): Promise<Subscription> {
  return api.get<Subscription>(`/subscriptions/${segment(params['id'] ?? '')}`);
}

/** Over, one way or the other: nothing of it can be changed any more. */
export function hasEnded({ status }: Subscription): boolean {
  return status === 'terminated' || status === 'closed';
}

async function show(visit: SignedVisit): Promise<Page> {
  const { words, api } = visit;
  const service = await readService(visit);
  const holder = await api.get<Party>(`/subscriptions/${segment(service.id)}/holder`);
  const say = words.shop.manage;
  const content = html`!${serviceCard(service, visit)} !${hasEnded(service) ? '' : autoRenewal(service, visit)}
    !${composition(service, visit)} !${holderSection(service, holder, visit)}
    <p>
      <a href="/orders?service=${segment(service.id)}">${say.orders}</a> ·
      <a href="/services/${service.id}/explain">${say.explain}</a> · <a href="/methods">${words.shop.methods.title}</a>
    </p>
    !${service.actions.giveNotice ? noticeSection(service, visit) : ''}`;
  return { title: say.title, content, pending: service.status === 'awaiting_activation' };
}

/** On or off, and what that means; with which method [guide: renewal]. */
function autoRenewal(service: Subscription, visit: SignedVisit): string {
  const { words, format } = visit;
  const say = words.shop.manage.renewal;
  const { on, method, nextChargeOn } = service.autoRenewal;
  const charge = nextChargeOn === null ? '' : html` ${say.nextCharge(format.dateText(nextChargeOn))}`;
  const noticeGiven = service.notices.some(({ code }) => code === 'notice_given');
  const path = `/services/${segment(service.id)}`;
  const toggle = html`<form method="post" action="${path}/auto-renewal">
    !${hidden({ on: on ? 'no' : 'yes' })} !${submit(on ? say.switchOff : say.switchOn, 'secondary')}
  </form>`;
  const remove = html`<a href="${path}/method/remove" role="button" class="outline" data-dialog>${say.remove}</a>`;
  const methodText =
    method === null
      ? html`${say.noMethod}`
      : html`${labelOf({ type: method.kind, label: method.label, validThrough: method.validThrough ?? null }, words.shop.pay)}`;
  return html`<section class="card" aria-labelledby="renewal">
    <h2 id="renewal">${words.services.autoRenewal}</h2>
    <p><strong>${on ? say.isOn : say.isOff}</strong>!${charge}</p>
    <p>${on ? say.offMeans : say.onMeans}</p>
    <p>${say.method}: <span class="value">!${methodText}</span></p>
    !${noticeGiven ? html`<p>${say.noticeGiven}</p>` : ''}
    <div class="actions">
      !${method === null || noticeGiven ? '' : toggle}
      <a href="${path}/method" role="button" class="outline">${method === null ? say.choose : say.replace}</a>
      !${method === null ? '' : remove}
    </div>
  </section>`;
}

/** What it holds, until when each, and what lapses. */
function composition({ composition: held, product, expiresOn }: Subscription, { words, format }: SignedVisit): string {
  const say = words.shop.manage;
  const rows = [
    { name: words.products[product], quantity: 1, endsOn: expiresOn, carriedOn: true },
    ...held.extras.map(({ sku, ...extra }) => ({ name: words.extras[sku], ...extra })),
  ].map(
    ({ name, quantity, endsOn, carriedOn }) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td data-label="${words.shop.lines.quantity}" class="amount">${quantity}</td>
        <td data-label="${say.endsOn}">
          !${endsOn === null ? html`${words.services.notYet}` : format.date(endsOn)}
          !${carriedOn ? '' : html`<small class="badge warn">${words.shop.ends.lapses}</small>`}
          !${
            endsOn !== null && expiresOn !== null && carriedOn && endsOn !== expiresOn
              ? html`<small>${say.otherEnd}</small>`
              : ''
          }
        </td>
      </tr>`,
  );
  const shown = table({
    name: say.compositionTable,
    kind: 'composition',
    columns: [
      { title: words.shop.ends.service },
      { title: words.shop.lines.quantity, isAmount: true },
      { title: say.endsOn },
    ],
    rows,
  });
  return html`<section class="card" aria-labelledby="composition">
    <h2 id="composition">${say.composition}</h2>
    !${shown}
    <p>${words.shop.cart.included(format.number(held.includedGb))} ${say.usersToday(held.usersToday)}</p>
  </section>`;
}

function holderSection(service: Subscription, holder: Party, { words }: SignedVisit): string {
  const say = words.shop.manage;
  const { address, taxCode, vatNumber, recipientCode, certifiedEmail } = holder;
  const rows: [string, string | undefined][] = [
    [words.services.holder, nameOf(holder)],
    [words.registration.taxCode, taxCode],
    [words.registration.vatNumber, vatNumber],
    [words.registration.address, `${address.street}, ${address.postalCode} ${address.city} (${address.province})`],
    [words.registration.phone, holder.phone],
    [words.registration.email, holder.email],
    [words.shop.party.recipientCode, recipientCode],
    [words.shop.party.certifiedEmail, certifiedEmail],
  ];
  const facts = rows.flatMap(([term, value]): Fact[] =>
    value === undefined ? [] : [[term, html`<span class="value" dir="auto">${value}</span>`]],
  );
  const edit = html`<div class="actions">
    <a href="/services/${service.id}/holder" role="button" class="outline">${say.editHolder}</a>
  </div>`;
  return html`<section class="card" aria-labelledby="holder">
    <h2 id="holder">${say.holder}</h2>
    !${factList(facts)} !${hasEnded(service) ? '' : edit}
  </section>`;
}

function noticeSection(service: Subscription, { words }: SignedVisit): string {
  const say = words.shop.notice;
  return html`<section aria-labelledby="notice">
    <h2 id="notice">${say.title}</h2>
    <p>${say.intro}</p>
    <p><a href="/services/${service.id}/notice" role="button" class="danger outline" data-dialog>${say.open}</a></p>
  </section>`;
}
