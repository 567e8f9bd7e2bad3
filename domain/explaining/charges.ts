/** Why was I charged, or why not: each charge of the present cycle, and those of the order before, with what became of it. */
import { dateAt, formatInstant, type Instant } from '../calendar.ts';
import { chargeReason } from '../chargeReasons.ts';
import type { Event } from '../events.ts';
import type { StoredMethodKind } from '../orders.ts';
import type { Subscription } from '../subscription.ts';
import type { Words } from '../words.ts';
import { latest, type EventOf, type History } from './history.ts';
import { sentence, theEvent, theOrder, theRule, type Sentence } from './sentence.ts';
import { amount, capital, counted, day, il, onTheMethod } from './words.ts';

const MOST_CHARGES = 4;

/** At checkout any of them may be used, also one that is not stored for this service. */
const ON_A_METHOD: Readonly<Record<StoredMethodKind, Words>> = {
  card: { it: 'sulla carta di credito', en: 'to the credit card' },
  paypal: { it: 'sul conto PayPal', en: 'to the PayPal account' },
};

type Outcome = EventOf<'ChargeSucceeded' | 'ChargeDeclined' | 'ChargeNeedsCustomer' | 'ChargeNotMade'>;

export function whyCharged(state: Subscription, history: History): Sentence[] {
  const { events, steps } = history;
  const step = steps.at(-1);
  const since = step?.event.sequence ?? 0;
  const numbers = new Set([step?.story.number, latest(events, 'OrderCompleted')?.number]);
  const started = events.filter(
    (event): event is EventOf<'ChargeStarted'> =>
      event.type === 'ChargeStarted' && (event.sequence > since || numbers.has(event.attempt.orderNumber)),
  );
  const shown = started.slice(-MOST_CHARGES);
  const earlier = started.slice(0, -MOST_CHARGES);
  return [
    ...(earlier.length === 0 ? [] : [summed(earlier)]),
    ...shown.map((event) => chargeSentence(event, state, events)),
    ...notCharged(state, events),
  ];
}

function summed(earlier: readonly EventOf<'ChargeStarted'>[]): Sentence {
  const last = earlier.at(-1);
  const until = last === undefined ? '' : dateAt(last.at);
  const tries = earlier.length;
  const it = `Prima c'è stato ${counted('it', 1, 'altro tentativo', '')} di addebito${until === '' ? '' : `, ${il(until)}`}.`;
  const many = `Prima ci sono stati altri ${counted('it', tries, '', 'tentativi')} di addebito${until === '' ? '' : `, l'ultimo ${il(until)}`}.`;
  const en = `Before that there ${tries === 1 ? 'was' : 'were'} ${counted('en', tries, 'other charge', 'other charges')}${until === '' ? '' : `, the last on ${day('en', until)}`}.`;
  return sentence('charges', { it: tries === 1 ? it : many, en }, ...earlier.map(theEvent), theRule('charge_retries'));
}

function chargeSentence(started: EventOf<'ChargeStarted'>, state: Subscription, events: readonly Event[]): Sentence {
  const { attempt } = started;
  const { attemptId, orderNumber, occasion, amountMinor } = attempt;
  const outcome =
    events.findLast((event): event is Outcome => isOutcome(event) && event.attemptId === attemptId) ?? null;
  const where = occasion === 'auto_renewal' ? onTheMethod(attempt.method.kind) : ON_A_METHOD[attempt.method.kind];
  const when = {
    it: `${capital(il(dateAt(started.at)))} alle ${time(started.at)}`,
    en: `On ${day('en', dateAt(started.at))} at ${time(started.at)}`,
  };
  const why: Words =
    occasion === 'auto_renewal'
      ? { it: 'per il rinnovo automatico', en: 'for the auto-renewal' }
      : { it: 'come hai scelto pagando l’ordine', en: 'as you chose when paying the order' };
  const became = whatBecame(outcome, state);
  const it = `${when.it} abbiamo chiesto un addebito di ${amount('it', amountMinor)} ${where.it} per l'ordine ${orderNumber}, ${why.it}: ${became.it}.`;
  const en = `${when.en} we asked for a charge of ${amount('en', amountMinor)} ${where.en} for order ${orderNumber}, ${why.en}: ${became.en}.`;
  return sentence(
    'charges',
    { it, en },
    theOrder(orderNumber),
    theEvent(started),
    outcome && theEvent(outcome),
    theRule(
      outcome === null
        ? 'unknown_is_not_declined'
        : occasion === 'auto_renewal'
          ? 'auto_renewal'
          : 'order_done_when_paid',
    ),
    outcome?.type === 'ChargeDeclined' && outcome.refused !== undefined ? theRule('refused_method') : null,
  );
}

function isOutcome(event: Event): event is Outcome {
  return ['ChargeSucceeded', 'ChargeDeclined', 'ChargeNeedsCustomer', 'ChargeNotMade'].includes(event.type);
}

function time(at: Instant): string {
  return formatInstant(at).slice(11, 16);
}

/** ` (fondi insufficienti)`; nothing where the reason says no more than that it failed. */
function because(code: string): Words {
  const told = chargeReason(code);
  if (code === 'declined' || told === chargeReason('')) return { it: '', en: '' };
  const inside = (text: string): string => ` (${text.charAt(0).toLowerCase()}${text.slice(1, -1)})`;
  return { it: inside(told.it), en: inside(told.en) };
}

function whatBecame(outcome: Outcome | null, { attempt }: Subscription): Words {
  switch (outcome?.type) {
    case 'ChargeSucceeded':
      return { it: 'è riuscito', en: 'it succeeded' };
    case 'ChargeDeclined': {
      const reason = because(outcome.reason);
      return {
        it: `è stato rifiutato${reason.it} e non è stato prelevato nulla${outcome.refused === undefined ? '' : '; quel metodo di pagamento non viene più addebitato'}`,
        en: `it was refused${reason.en} and nothing was taken${outcome.refused === undefined ? '' : '; that payment method is not charged again'}`,
      };
    }
    case 'ChargeNeedsCustomer':
      return {
        it: 'la banca ha chiesto la tua conferma con il collegamento inviato per e-mail',
        en: 'your bank asked for your confirmation, by the link sent by e-mail',
      };
    case 'ChargeNotMade': {
      const reason = because(outcome.reason);
      return {
        it: `non è stato fatto${reason.it} e non è stato prelevato nulla`,
        en: `it was not made${reason.en} and nothing was taken`,
      };
    }
    default:
      return (attempt?.unanswered ?? 0) > 0
        ? {
            it: 'non abbiamo ancora una risposta certa, continuiamo a chiederla e non addebiteremo due volte',
            en: 'there is no certain answer yet, we keep asking for it and will not charge twice',
          }
        : { it: 'attendiamo l’esito', en: 'we are waiting for the outcome' };
  }
}

/** Nothing was charged for the present expiry. */
function notCharged(state: Subscription, events: readonly Event[]): Sentence[] {
  const { phase, cycle, attempt, autoRenewal } = state;
  if (cycle.attempts > 0 || attempt !== null || (phase.status !== 'active' && phase.status !== 'expired')) return [];
  const switched = latest(events, 'AutoRenewalSwitched');
  const grounds = [switched && theEvent(switched), theRule('auto_renewal_switch')];
  if (autoRenewal) {
    const it = 'Per la scadenza attuale non è stato ancora addebitato nulla in automatico.';
    const en = 'Nothing has been charged automatically for the present expiry yet.';
    return [sentence('charges', { it, en }, ...grounds, theRule('auto_renewal'))];
  }
  const it =
    'Per la scadenza attuale non è stato addebitato nulla in automatico, perché il rinnovo automatico è disattivato.';
  const en = 'Nothing has been charged automatically for the present expiry, because auto-renewal is off.';
  return [sentence('charges', { it, en }, ...grounds)];
}
