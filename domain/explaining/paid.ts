/** What became of money that came and that no order took: credit, or kept for an operator. */
import type { CreditReason, Event, UnmatchedReason } from '../events.ts';
import type { Words } from '../words.ts';
import type { EventOf, History } from './history.ts';
import { sentence, theEvent, theOrder, thePayment, theRule, type Sentence } from './sentence.ts';
import { amount, counted, day, il, METHODS } from './words.ts';

const MOST_SENTENCES = 4;

type Aside = EventOf<'PaymentCredited' | 'PaymentUnmatched' | 'SurplusCredited'>;

export function whatBecameOfMoney(history: History): Sentence[] {
  const asides = history.events.filter(isAside);
  const shown = asides.slice(-MOST_SENTENCES);
  const earlier = asides.slice(0, -MOST_SENTENCES);
  return [...(earlier.length === 0 ? [] : [summed(earlier)]), ...shown.map((event) => asideSentence(event, history))];
}

function isAside(event: Event): event is Aside {
  return ['PaymentCredited', 'PaymentUnmatched', 'SurplusCredited'].includes(event.type);
}

function summed(earlier: readonly Aside[]): Sentence {
  const sum = (credit: boolean): number =>
    earlier
      .filter(({ type }) => (type !== 'PaymentUnmatched') === credit)
      .reduce((total, { amountMinor }) => total + amountMinor, 0);
  const [credit, kept] = [sum(true), sum(false)];
  const count = earlier.length;
  const it = [
    ...(credit > 0 ? [`${amount('it', credit)} come credito a tuo favore`] : []),
    ...(kept > 0 ? [`${amount('it', kept)} affidati a un operatore`] : []),
  ].join(' e ');
  const en = [
    ...(credit > 0 ? [`${amount('en', credit)} as credit in your favour`] : []),
    ...(kept > 0 ? [`${amount('en', kept)} handed to an operator`] : []),
  ].join(' and ');
  const words: Words = {
    it: `In precedenza ${count === 1 ? 'un altro importo non è servito' : `altri ${counted('it', count, '', 'importi')} non sono serviti`} a un ordine: ${it}.`,
    en: `Before that ${count === 1 ? 'one other amount was' : `${counted('en', count, '', 'other amounts')} were`} not needed by an order: ${en}.`,
  };
  return sentence('money', words, ...earlier.map(theEvent), theRule('surplus_is_credit'), theRule('unmatched_is_kept'));
}

function asideSentence(event: Aside, history: History): Sentence {
  const { number, amountMinor } = event;
  const order = history.orders.has(number) ? theOrder(number) : null;
  if (event.type === 'SurplusCredited') {
    const it = `Dell'importo pagato per l'ordine ${number} non servivano ${amount('it', amountMinor)}, perché nel frattempo le scadenze erano cambiate: sono credito a tuo favore.`;
    const en = `Of what was paid for order ${number}, ${amount('en', amountMinor)} was not needed, because the ends had moved meanwhile: it is credit in your favour.`;
    return sentence('money', { it, en }, order, theEvent(event), theRule('surplus_is_credit'));
  }
  const came = arrival(event.key, history);
  const grounds = [order, thePayment(event.key), theEvent(event)];
  if (event.type === 'PaymentUnmatched') {
    const why = UNMATCHED[event.reason](number);
    const assigned = assignmentAfter(event, history);
    if (assigned !== null) {
      const it = `${amount('it', amountMinor)}${came.it}: ${why.it}; in seguito un operatore ha attribuito l'importo all'ordine ${assigned.payment.orderNumber}.`;
      const en = `${amount('en', amountMinor)}${came.en}: ${why.en}; an operator assigned it to order ${assigned.payment.orderNumber} afterwards.`;
      return sentence('money', { it, en }, ...grounds, theEvent(assigned), theRule('unmatched_is_kept'));
    }
    const it = `${amount('it', amountMinor)}${came.it}: ${why.it}; l'importo è affidato a un operatore, che lo attribuisce o lo restituisce.`;
    const en = `${amount('en', amountMinor)}${came.en}: ${why.en}; the amount is with an operator, who assigns it or gives it back.`;
    return sentence('money', { it, en }, ...grounds, theRule('unmatched_is_kept'));
  }
  const why = CREDITED[event.reason](number);
  const it = `${amount('it', amountMinor)}${came.it}: ${why.it}; l'importo è credito a tuo favore.`;
  const en = `${amount('en', amountMinor)}${came.en}: ${why.en}; the amount is credit in your favour.`;
  return sentence('money', { it, en }, ...grounds, theRule('surplus_is_credit'));
}

/** The same money, judged anew for the order an operator gave it to. */
function assignmentAfter({ key, sequence }: EventOf<'PaymentUnmatched'>, { events }: History) {
  return (
    events.find(
      (event): event is EventOf<'PaymentReceived'> =>
        event.type === 'PaymentReceived' && event.sequence > sequence && event.payment.key === key,
    ) ?? null
  );
}

/** ` del pagamento con bonifico registrato il 3 marzo 2028`. */
function arrival(key: string, { events }: History): Words {
  const received = events.findLast(
    (event): event is EventOf<'PaymentReceived'> => event.type === 'PaymentReceived' && event.payment.key === key,
  );
  if (received === undefined) return { it: '', en: '' };
  const { method, registeredOn } = received.payment;
  if (method === 'credit') {
    return { it: ` del credito usato ${il(registeredOn)}`, en: ` of the credit used on ${day('en', registeredOn)}` };
  }
  const by = METHODS[method];
  return {
    it: ` del pagamento ${by.it} registrato ${il(registeredOn)}`,
    en: ` of the payment ${by.en} registered on ${day('en', registeredOn)}`,
  };
}

const CREDITED: Readonly<Record<CreditReason, (number: string) => Words>> = {
  overpaid: (number) => ({ it: `l'ordine ${number} costava meno`, en: `order ${number} cost less` }),
  paid_twice: (number) => ({ it: `l'ordine ${number} era già pagato`, en: `order ${number} was already paid` }),
  order_reversed: (number) => ({
    it: `l'ordine ${number} è stato annullato perché il servizio non si è potuto attivare`,
    en: `order ${number} was undone because the service could not be activated`,
  }),
  credit_returned: (number) => ({
    it: `l'ordine ${number} non può usare il credito richiesto`,
    en: `order ${number} cannot use the credit asked for`,
  }),
};

const UNMATCHED: Readonly<Record<UnmatchedReason, (number: string) => Words>> = {
  unknown_order: (number) => ({
    it: `questo servizio non ha un ordine ${number}`,
    en: `this service has no order ${number}`,
  }),
  order_cancelled: (number) => ({
    it: `l'ordine ${number} è stato annullato`,
    en: `order ${number} was cancelled`,
  }),
  registered_after_last_day: () => ({
    it: "è stato registrato dopo l'ultimo giorno utile",
    en: 'it was registered after the last day allowed',
  }),
  heard_after_end: () => ({
    it: "ne abbiamo avuto notizia dopo l'ultimo giorno utile",
    en: 'we heard of it after the last day allowed',
  }),
  subscription_ended: () => ({
    it: 'il servizio era già terminato',
    en: 'the service had already ended',
  }),
  registered_in_future: () => ({
    it: 'aveva una data di registrazione futura',
    en: 'its date of registration was in the future',
  }),
};
