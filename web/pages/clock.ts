/** The sandbox's test clock of one service: a whole life can be shown in a minute. */
import { html } from 'ghtml';
import { ApiProblem, segment } from '../api.ts';
import type { Subscription, TimelineEvent } from '../contract.ts';
import type { Answer, Pages, SignedVisit } from '../visit.ts';
import { PageUnknown } from '../visit.ts';

export function clock(pages: Pages): void {
  pages.signed('/services/:id/clock', { get: () => ({ redirect: '/' }), post: move });
}

/** Five years of deadlines take their time. */
const MOVING_TIMEOUT_MS = 180_000;
const SHOWN_EVENTS = 200;

export function clockBar(service: Subscription, { words, format }: SignedVisit): string {
  const { clock: say } = words;
  if (service.status === 'terminated' || service.status === 'closed') return '';
  const { id, asOf, nextDeadline } = service;
  const step = (move: string, text: string): string =>
    html`<button type="submit" name="move" value="${move}" class="outline secondary">${text}</button>`;
  const next = nextDeadline === null ? '' : html`<small>${say.next}: !${format.instant(nextDeadline.at)}</small>`;
  return html`<section class="clock" aria-labelledby="clock-${id}">
    <h3 id="clock-${id}">${say.title}</h3>
    <p>${say.today} <strong>!${format.instant(asOf)}</strong> !${next}</p>
    <form method="post" action="/services/${id}/clock" novalidate>
      <div class="actions">
        !${step('P1D', say.day)} !${step('P1M', say.month)}
        !${nextDeadline === null ? '' : step('deadline', say.deadline)}
        <label for="date-${id}">${say.to}</label>
        <input type="date" id="date-${id}" name="date" min="${asOf.slice(0, 10)}" />
        !${step('date', say.go)}
      </div>
    </form>
    <p><small>${say.intro}</small></p>
  </section>`;
}

interface Moved {
  readonly now: string;
  readonly ended: boolean;
  readonly events: readonly TimelineEvent[];
}

async function move(visit: SignedVisit): Promise<Answer> {
  const { api, words, format, params } = visit;
  const id = params['id'] ?? '';
  const path = `/subscriptions/${segment(id)}`;
  const to = `#service-${id}`;
  const body = await wanted(visit, path);
  if (body === null) return { redirect: `/${to}`, flash: { kind: 'error', text: words.clock.wrongDate } };
  try {
    const done = await api.post<Moved>(`${path}/clock/advance`, body, { timeoutMs: MOVING_TIMEOUT_MS });
    const first = done.events[0]?.sequence;
    const since = first === undefined ? '' : `&after=${first - 1}`;
    const text = words.clock.moved(format.dateText(done.now.slice(0, 10)));
    return { redirect: `/?moved=${segment(id)}${since}${to}`, flash: { kind: 'success', text } };
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.code === 'clock_already_moving')
      return { redirect: `/${to}`, flash: { kind: 'warning', text: words.clock.busy } };
    if (error.code === 'invalid_input')
      return { redirect: `/${to}`, flash: { kind: 'error', text: words.clock.wrongDate } };
    throw error;
  }
}

/** What the API is asked for; null where no such date can be gone to. */
async function wanted({ form, api }: SignedVisit, path: string): Promise<Record<string, string> | null> {
  switch (form.get('move')) {
    case 'P1D':
    case 'P1M':
      return { by: form.get('move') ?? '' };
    case 'deadline': {
      const { nextDeadline, asOf } = await api.get<Subscription>(path);
      return { to: nextDeadline?.at ?? asOf };
    }
    case 'date': {
      const date = form.get('date') ?? '';
      // Midday in Rome and its neighbours: the same day, whatever the season's offset.
      return /^\d{4}-\d{2}-\d{2}$/.test(date) ? { to: `${date}T12:00:00+01:00` } : null;
    }
    default:
      throw new PageUnknown();
  }
}

/** What happened while the clock was last moved, each with its own date; '' for all other services. */
export async function whatHappened(service: Subscription, { api, query, words, format }: SignedVisit): Promise<string> {
  if (query.get('moved') !== service.id) return '';
  const { clock: say } = words;
  const after = query.get('after') ?? '';
  if (!/^\d{1,9}$/.test(after)) return html`<p class="happened">${say.nothing}</p>`;
  const path = `/subscriptions/${segment(service.id)}/timeline?after=${after}&limit=${SHOWN_EVENTS}`;
  const { events } = await api.get<{ events: TimelineEvent[] }>(path);
  const told: Readonly<Record<string, string>> = words.events;
  const items = events
    .filter(({ type }) => told[type] !== undefined)
    .map(
      ({ at, type, data }) => html`<li>!${format.instant(at)} <span>${told[type]}${detailOf(data, format)}</span></li>`,
    );
  return html`<section class="happened" aria-labelledby="happened-${service.id}">
    <h3 id="happened-${service.id}">${say.happened}</h3>
    !${
      items.length === 0
        ? html`<p>${say.nothing}</p>`
        : html`<ol>
            !${items}
          </ol>`
    }
  </section>`;
}

/** The order an event is about, and the expiry it led to. */
function detailOf(data: TimelineEvent['data'], format: SignedVisit['format']): string {
  const { expiresOn } = data;
  const number = orderIn(data);
  const details: string[] = [];
  if (number !== null) details.push(number);
  if (typeof expiresOn === 'string') details.push(`→ ${format.dateText(expiresOn)}`);
  return details.length === 0 ? '' : ` (${details.join(' ')})`;
}

/** Events name their order themselves, or by what they tell of: an order that is placed, money that came for one. */
function orderIn(data: TimelineEvent['data']): string | null {
  const { number, order, payment } = data as EventData;
  const found = number ?? order?.number ?? payment?.orderNumber;
  return typeof found === 'string' ? found : null;
}

interface EventData {
  readonly number?: unknown;
  readonly order?: { readonly number?: unknown };
  readonly payment?: { readonly orderNumber?: unknown };
}
