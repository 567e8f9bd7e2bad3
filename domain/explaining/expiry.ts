/** Why this expiry date: every order that moved it, with its arithmetic, from the activation on. */
import { addDays, dayOfMonth, type PlainDate } from '../calendar.ts';
import { composition, type UnitGroup } from '../entitlements.ts';
import { completingPayment } from '../orders.ts';
import { expiresOn, type Subscription } from '../subscription.ts';
import type { Words } from '../words.ts';
import { latest, type ExpiryStep, type History, type OrderStory } from './history.ts';
import { sentence, theEvent, theOrder, thePayment, theRule, type Ground, type Sentence } from './sentence.ts';
import { al, AN_ORDER_OF, capital, counted, dal, day, il, listed, METHODS, months, units, years } from './words.ts';

/** Above this many steps the middle ones are summed up, so that a life of decades is told in a few sentences. */
const MOST_STEPS = 5;
const LAST_STEPS = 3;

export function whyThisExpiry(state: Subscription, history: History): Sentence[] {
  const expiry = expiresOn(state);
  const { steps } = history;
  const last = steps.at(-1);
  if (expiry === null || last === undefined) return notYet(state, history);
  return [answer(state, expiry, last), ...chain(steps)];
}

function notYet({ phase, orders }: Subscription, { events }: History): Sentence[] {
  if (phase.status === 'closed') {
    const closed = latest(events, 'Closed');
    const why: Words =
      phase.why === 'not_activated'
        ? { it: "l'attivazione non è stata possibile", en: 'the activation was not possible' }
        : phase.why === 'unpaid'
          ? { it: "l'ordine non è stato pagato in tempo", en: 'the order was not paid in time' }
          : { it: "l'ordine è stato annullato", en: 'the order was cancelled' };
    const it = `Il servizio non è mai stato attivato, quindi non ha una scadenza: ${why.it} e ${il(phase.endedOn)} è stato chiuso.`;
    const en = `The service was never activated, so it has no expiry: ${why.en} and it was closed on ${day('en', phase.endedOn)}.`;
    const rule = theRule(phase.why === 'unpaid' ? 'first_order_limit' : 'years_from_activation');
    return closed === null ? [] : [sentence('expiry', { it, en }, theEvent(closed), rule)];
  }
  const first = orders[0];
  if (first?.priced.content.type !== 'first_purchase') return [];
  const term = years(first.priced.content.years);
  const it = `Il servizio non ha ancora una scadenza: sarà ${term.it} dopo il giorno in cui viene attivato.`;
  const en = `The service has no expiry yet: it will be ${term.en} after the day it is activated.`;
  const rules = [theRule('years_from_activation'), theRule('activation_after_payment')];
  return [sentence('expiry', { it, en }, theOrder(first.number), ...rules)];
}

function answer({ phase }: Subscription, expiry: PlainDate, { event }: ExpiryStep): Sentence {
  const lastDay = addDays(expiry, -1);
  const grounds = [theEvent(event), theRule('expiry_day')];
  switch (phase.status) {
    case 'terminated': {
      const it = `Il servizio è terminato ${il(phase.endedOn)}; era pagato fino ${al(lastDay)} compreso, con scadenza ${il(expiry)}.`;
      const en = `The service ended on ${day('en', phase.endedOn)}; it was paid through ${day('en', lastDay)}, with expiry on ${day('en', expiry)}.`;
      return sentence('expiry', { it, en }, ...grounds);
    }
    case 'expired': {
      const it = `Il servizio è scaduto ${il(expiry)} alle 00:00: l'ultimo giorno pagato era ${il(lastDay)}.`;
      const en = `The service expired on ${day('en', expiry)} at 00:00: the last day paid for was ${day('en', lastDay)}.`;
      return sentence('expiry', { it, en }, ...grounds);
    }
    default: {
      const it = `Il servizio scade ${il(expiry)} alle 00:00: l'ultimo giorno pagato è ${il(lastDay)}.`;
      const en = `The service expires on ${day('en', expiry)} at 00:00: the last day paid for is ${day('en', lastDay)}.`;
      return sentence('expiry', { it, en }, ...grounds);
    }
  }
}

function chain(steps: readonly ExpiryStep[]): Sentence[] {
  if (steps.length <= MOST_STEPS) return steps.map(stepSentence);
  const [first] = steps;
  const end = steps.slice(-LAST_STEPS);
  return [
    ...(first === undefined ? [] : [stepSentence(first)]),
    summed(steps.slice(1, -LAST_STEPS)),
    ...end.map(stepSentence),
  ];
}

function summed(steps: readonly ExpiryStep[]): Sentence {
  const count = (...types: string[]): number =>
    steps.filter(({ story }) => types.includes(story.priced.content.type)).length;
  const [renewals, reactivations, extensions] = [count('renewal'), count('reactivation'), count('upgrade')];
  const it = [
    ...(renewals > 0 ? [counted('it', renewals, 'rinnovo', 'rinnovi')] : []),
    ...(reactivations > 0 ? [feminine(reactivations, 'riattivazione', 'riattivazioni')] : []),
    ...(extensions > 0 ? [feminine(extensions, 'estensione', 'estensioni')] : []),
  ];
  const en = [
    ...(renewals > 0 ? [counted('en', renewals, 'renewal', 'renewals')] : []),
    ...(reactivations > 0 ? [counted('en', reactivations, 'reactivation', 'reactivations')] : []),
    ...(extensions > 0 ? [counted('en', extensions, 'extension', 'extensions')] : []),
  ];
  const until = steps.at(-1)?.until;
  const words: Words = {
    it: `Poi ${listed('it', it)} ${steps.length === 1 ? 'ha' : 'hanno'} portato la scadenza ${until === undefined ? '' : al(until)}.`,
    en: `Then ${listed('en', en)} moved the expiry to ${until === undefined ? '' : day('en', until)}.`,
  };
  return sentence('expiry', words, ...steps.map(({ story }) => theOrder(story.number)));
}

function feminine(count: number, one: string, many: string): string {
  if (count !== 1) return counted('it', count, one, many);
  return one.startsWith('e') ? `un'${one}` : `una ${one}`;
}

function stepSentence(step: ExpiryStep): Sentence {
  const { event, story } = step;
  const grounds = [theOrder(story.number), completingKey(story), theEvent(event)];
  if (event.type === 'Activated') return activation(step, grounds);
  return story.priced.content.type === 'upgrade' ? extension(step, grounds) : renewal(step, grounds);
}

function activation({ event, story, from, until, anchorDay }: ExpiryStep, grounds: (Ground | null)[]): Sentence {
  const { content } = story.priced;
  const term = years(content.type === 'first_purchase' ? content.years : 1);
  const paid = howPaid(story);
  const it =
    `Il servizio è stato attivato ${il(from)} per ${term.it} con l'ordine di primo acquisto ${story.number}, ${paid.it}: ` +
    `la prima scadenza è quindi ${il(until)}${sum(from, term, anchorDay, until).it}.`;
  const en =
    `The service was activated on ${day('en', from)} for ${term.en} with the first order ${story.number}, ${paid.en}: ` +
    `so the first expiry is ${day('en', until)}${sum(from, term, anchorDay, until).en}.`;
  return sentence('expiry', { it, en }, ...grounds, theEvent(event), theRule('years_from_activation'));
}

function renewal({ story, from, until, anchorDay }: ExpiryStep, grounds: (Ground | null)[]): Sentence {
  const { content } = story.priced;
  const term = years(content.type === 'upgrade' ? 1 : content.years);
  const paid = howPaid(story);
  const isAuto = story.origin === 'auto_renewal';
  const name = AN_ORDER_OF[content.type];
  const who: Words = isAuto
    ? { it: `L'ordine di rinnovo automatico ${story.number}`, en: `The auto-renewal order ${story.number}` }
    : { it: `${capital(name.it)} ${story.number}`, en: `${capital(name.en)} ${story.number}` };
  const arithmetic = sum(from, term, anchorDay, until);
  const it = `${who.it} per ${term.it}, ${paid.it}, ha portato la scadenza ${dal(from)} ${al(until)}${arithmetic.it}.`;
  const en = `${who.en} for ${term.en}, ${paid.en}, moved the expiry from ${day('en', from)} to ${day('en', until)}${arithmetic.en}.`;
  const restarts = content.type === 'reactivation' && from === story.completed?.completedOn;
  const rule =
    content.type === 'renewal'
      ? 'renewal_from_expiry'
      : restarts
        ? 'reactivation_from_payment'
        : 'reactivation_from_expiry';
  return sentence('expiry', { it, en }, ...grounds, theRule(rule), theRule('order_done_when_paid'));
}

/** Co-terming: what was added runs for a year from the payment, and takes everything else along. */
function extension({ story, from, until }: ExpiryStep, grounds: (Ground | null)[]): Sentence {
  const { content } = story.priced;
  const added = content.type === 'upgrade' ? Object.entries(content.add) : [];
  const names = added
    .filter(([, quantity]) => quantity > 0)
    .map(([sku, quantity]) => units(sku as UnitGroup['sku'], quantity));
  const paid = howPaid(story);
  const it =
    `L'ordine di upgrade ${story.number}, ${paid.it}, ha aggiunto ${listed(
      'it',
      names.map((name) => name.it),
    )} per ${months(12).it} da quel giorno ` +
    `ed esteso i servizi attivi: la scadenza è passata ${dal(from)} ${al(until)}.`;
  const en =
    `The upgrade order ${story.number}, ${paid.en}, added ${listed(
      'en',
      names.map((name) => name.en),
    )} for ${months(12).en} from that day ` +
    `and extended the active services: the expiry moved from ${day('en', from)} to ${day('en', until)}.`;
  return sentence('expiry', { it, en }, ...grounds, theRule('co_terming'));
}

/** `(8 marzo 2028 + due anni)`, and why the day of the month differs where it does. */
function sum(from: PlainDate, term: Words, anchorDay: number, until: PlainDate): Words {
  const isShort = dayOfMonth(until) !== anchorDay || dayOfMonth(from) !== anchorDay;
  const it = isShort
    ? `; il giorno di riferimento è il ${anchorDay}, o l'ultimo del mese dove il mese è più corto`
    : '';
  const en = isShort ? `; day ${anchorDay} of the month counts, or the month's last where it is shorter` : '';
  return { it: ` (${day('it', from)} più ${term.it}${it})`, en: ` (${day('en', from)} plus ${term.en}${en})` };
}

function completing({ placed, payments }: OrderStory) {
  return completingPayment({ ...placed.order, payments });
}

function completingKey(story: OrderStory): Ground | null {
  const payment = completing(story);
  return payment === null ? null : thePayment(payment.key);
}

function howPaid(story: OrderStory): Words {
  const on = story.completed?.completedOn ?? story.priced.placedOn;
  const { committed, completed } = story;
  if (committed !== null && completed !== null && committed.sequence < completed.sequence) {
    const it = `concluso ${il(on)} con l'impegno di spesa registrato ${il(committed.registeredOn)}`;
    return {
      it,
      en: `completed on ${day('en', on)} by the commitment registered on ${day('en', committed.registeredOn)}`,
    };
  }
  const payment = completing(story);
  if (payment === null) return { it: `concluso ${il(on)}`, en: `completed on ${day('en', on)}` };
  const by = METHODS[payment.method];
  return { it: `pagato ${il(on)} ${by.it}`, en: `paid on ${day('en', on)} ${by.en}` };
}

const MOST_EXTRAS = 3;

/** What ends on another day than the base service, and by which order. */
export function whyOtherEnds(state: Subscription, { events }: History, today: PlainDate): Sentence[] {
  const expiry = expiresOn(state);
  if (expiry === null || (state.phase.status !== 'active' && state.phase.status !== 'expired')) return [];
  const carried = composition(state.entitlements, today).filter(({ endsOn }) => endsOn !== expiry);
  const dropped = state.entitlements.dropped.filter(({ endsOn }) => endsOn > today);
  const groups = [
    ...carried.map((group) => ({ group, isDropped: false })),
    ...dropped.map((group) => ({ group, isDropped: true })),
  ];
  return groups.slice(0, MOST_EXTRAS).flatMap(({ group, isDropped }) => {
    const source = events.findLast(
      (event) =>
        (event.type === 'OrderCompleted' || event.type === 'Activated') &&
        event.granted.some(({ sku, until }) => sku === group.sku && until === group.endsOn),
    );
    if (source === undefined) return [];
    const number = source.type === 'OrderCompleted' ? source.number : null;
    return [otherEnd(group, isDropped, number, theEvent(source))];
  });
}

function otherEnd(
  { sku, quantity, endsOn }: UnitGroup,
  isDropped: boolean,
  number: string | null,
  source: Ground,
): Sentence {
  const what = units(sku, quantity);
  const order = number === null ? null : theOrder(number);
  if (isDropped) {
    const it = `Per ${what.it} il tempo già pagato finisce ${il(endsOn)}: il rinnovo successivo non lo prolunga.`;
    const en = `For ${what.en} the time already paid ends on ${day('en', endsOn)}: the next renewal does not prolong it.`;
    return sentence('extras', { it, en }, order, source, theRule('dropped_units'));
  }
  const by: Words =
    number === null ? { it: '', en: '' } : { it: `, come da ordine ${number}`, en: `, by order ${number}` };
  const it = `Per ${what.it} la scadenza è un'altra: ${il(endsOn)}${by.it}.`;
  const en = `For ${what.en} the end is another: ${day('en', endsOn)}${by.en}.`;
  return sentence('extras', { it, en }, order, source, theRule('upgrade_alone'));
}
