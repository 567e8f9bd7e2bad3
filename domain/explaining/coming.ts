/** What happens next and when, and what would happen if nothing were paid. */
import { addDays, dateAt, instantOf, type Instant, type PlainDate } from '../calendar.ts';
import { BUSINESS_HOUR, renewalOrder } from '../deadlines.ts';
import type { Event, EventType } from '../events.ts';
import { dueMinor } from '../orders.ts';
import type { PricedOrder } from '../pricing.ts';
import { expiresOn, noticeGiven, type Phase, type Subscription } from '../subscription.ts';
import type { Words } from '../words.ts';
import { ifNothingIsPaid } from './future.ts';
import { ifPaidNow } from './paying.ts';
import { latest, type EventOf, type History } from './history.ts';
import { sentence, theEvent, theOrder, theRule, type Ground, type Sentence } from './sentence.ts';
import { al, amount, capital, counted, dates, day, il, onTheMethod } from './words.ts';

interface Coming {
  readonly state: Subscription;
  readonly history: History;
  readonly now: Instant;
  readonly nextRenewal: PricedOrder | null;
  /** Foretold: no sentence rests on these. */
  readonly events: readonly Event[];
  /** What the present state rests on. */
  readonly since: Ground | null;
}

export function whatComes(
  state: Subscription,
  history: History,
  now: Instant,
  nextRenewal: PricedOrder | null,
): Sentence[] {
  const { events: past } = history;
  const last =
    latest(
      past,
      'Activated',
      'ServiceExtended',
      'Expired',
      'ActivationRequested',
      'ActivationFailed',
      'Terminated',
      'Closed',
    ) ?? latest(past, 'OrderPlaced');
  const events = ifNothingIsPaid(state, now, nextRenewal);
  const coming: Coming = { state, history, now, nextRenewal, events, since: last && theEvent(last) };
  switch (state.phase.status) {
    case 'terminated':
    case 'closed':
      return [over(state.phase, coming)];
    case 'awaiting_payment':
      return beforePayment(coming);
    case 'awaiting_activation':
    case 'activation_failed':
      return [activationComes(coming)];
    case 'active':
      if (noticeGiven(state)) return endsByNotice(coming);
      return [...reminders(coming), ...charges(coming), ...ifPaidNow(state, now), ...decline(coming)];
    case 'expired':
      return [...ifPaidNow(state, now), ...decline(coming)];
  }
}

function over({ status, endedOn }: Extract<Phase, { endedOn: PlainDate }>, { history, since }: Coming): Sentence {
  const end = latest(history.events, 'Terminated', 'Closed');
  const [itEnd, enEnd] = status === 'closed' ? ['è stato chiuso', 'was closed'] : ['è terminato', 'ended'];
  const it = `Il servizio ${itEnd} ${il(endedOn)}: non succede più nulla e non si addebita più nulla; con un nuovo acquisto nasce un nuovo servizio.`;
  const en = `The service ${enEnd} on ${day('en', endedOn)}: nothing more happens and nothing more is charged; a new purchase makes a new service.`;
  return sentence('next', { it, en }, end === null ? since : theEvent(end), theRule('ended_is_final'));
}

function beforePayment({ state, events, since }: Coming): Sentence[] {
  const first = state.orders[0];
  const closed = all(events, 'Closed')[0];
  if (first === undefined) return [];
  const next: Words = {
    it: `Appena sarà registrato il pagamento dell'ordine ${first.number} il servizio verrà attivato e riceverai le credenziali per e-mail.`,
    en: `Once the payment of order ${first.number} is registered the service is activated and you receive the credentials by e-mail.`,
  };
  const sentences = [sentence('next', next, theOrder(first.number), theRule('activation_after_payment'))];
  if (closed === undefined) return sentences;
  const lastDay = addDays(closed.endedOn, -1);
  const it = `Se non arriva il pagamento, l'ordine ${first.number} si può ancora pagare fino ${al(lastDay)} compreso e viene annullato ${il(closed.endedOn)}; non dovrai nulla.`;
  const en = `If no payment arrives, order ${first.number} can still be paid through ${day('en', lastDay)} and is cancelled on ${day('en', closed.endedOn)}; you will owe nothing.`;
  return [...sentences, sentence('if_unpaid', { it, en }, theOrder(first.number), since, theRule('first_order_limit'))];
}

function activationComes({ state, since }: Coming): Sentence {
  const failed = state.phase.status === 'activation_failed';
  const it = failed
    ? "L'attivazione non è riuscita: un operatore la controlla e la completa, e poi riceverai le credenziali per e-mail; la durata si conterà da quel giorno."
    : "L'attivazione è in corso: appena è conclusa riceverai le credenziali per e-mail, e la durata si conta da quel giorno.";
  const en = failed
    ? 'The activation failed: an operator checks and completes it, and then you receive the credentials by e-mail; the term will count from that day.'
    : 'The activation is under way: once it is done you receive the credentials by e-mail, and the term counts from that day.';
  return sentence('next', { it, en }, since, theRule('years_from_activation'));
}

function endsByNotice({ state, history, since }: Coming): Sentence[] {
  const given = latest(history.events, 'NoticeGiven');
  const ends = expiresOn(state);
  if (ends === null) return [];
  const it = `Hai dato disdetta: ${il(ends)} alle 00:00 il servizio termina, senza giorni per riattivarlo, e i suoi dati vengono avviati alla cancellazione.`;
  const en = `You gave notice of termination: on ${day('en', ends)} at 00:00 the service ends, with no days to reactivate it, and its data is handed to deletion.`;
  return [
    sentence(
      'next',
      { it, en },
      given === null ? since : theEvent(given),
      theRule('notice_is_final'),
      theRule('data_deleted'),
    ),
  ];
}

function all<T extends EventType>(events: readonly Event[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

/** The dates on which we write before the expiry. */
function reminders(coming: Coming): Sentence[] {
  return [...expiryReminders(coming), ...cardReminder(coming)];
}

function cardReminder({ events, since }: Coming): Sentence[] {
  const [reminder] = all(events, 'CardExpiryReminderDue');
  if (reminder === undefined) return [];
  const on = dateAt(reminder.at);
  const it = `La carta registrata è valida fino ${al(reminder.validThrough)}: ${il(on)} ti ricorderemo per e-mail di sostituirla.`;
  const en = `The stored card is valid through ${day('en', reminder.validThrough)}: on ${day('en', on)} we will remind you by e-mail to replace it.`;
  return [sentence('next', { it, en }, since, theRule('card_reminder'))];
}

function expiryReminders({ state, events, since }: Coming): Sentence[] {
  if (state.autoRenewal) {
    const [announced] = all(events, 'AutoRenewalAnnounced');
    if (announced === undefined) return [];
    const on = dateAt(announced.at);
    const it = `${capital(il(on))} ti annunceremo per e-mail l'addebito del rinnovo automatico.`;
    const en = `On ${day('en', on)} we will announce the auto-renewal's charge to you by e-mail.`;
    return [sentence('next', { it, en }, since, theRule('auto_renewal'), theRule('reminders'))];
  }
  const days = all(events, 'RenewalReminderDue').map((event) => dateAt(event.at));
  if (days.length === 0) return [];
  const on = dates(days);
  const it = `Ti ricorderemo la scadenza per e-mail ${on.it}.`;
  const en = `We will remind you of the expiry by e-mail on ${on.en}.`;
  return [sentence('next', { it, en }, since, theRule('reminders'))];
}

/** The charge to come and the tries left after it; or why none is to come though auto-renewal is on. */
function charges(coming: Coming): Sentence[] {
  const { state, history, events, now, nextRenewal } = coming;
  if (!state.autoRenewal) return [];
  const switched = latest(history.events, 'AutoRenewalSwitched');
  const grounds = [switched && theEvent(switched), theRule('auto_renewal')];
  const [first, ...retries] = all(events, 'ChargeStarted');
  if (first === undefined) return noCharge(coming, grounds);
  const order = renewalOrder(state);
  const minor = order === undefined ? (nextRenewal?.payableMinor ?? 0) : dueMinor(order);
  const what: Words =
    order === undefined
      ? { it: 'per il rinnovo', en: 'for the renewal' }
      : { it: `per l'ordine ${order.number}`, en: `for order ${order.number}` };
  const where = onTheMethod(first.attempt.method.kind);
  const at: Words =
    first.at <= now
      ? { it: 'Subito', en: 'At once' }
      : {
          it: `${capital(il(dateAt(first.at)))} alle ${hour(first.at)}`,
          en: `On ${day('en', dateAt(first.at))} at ${hour(first.at)}`,
        };
  const then = dates(retries.map((event) => dateAt(event.at)));
  const left: Words =
    retries.length === 0
      ? { it: 'se l’addebito non riesce non ci saranno altri tentativi', en: 'if it fails there are no more tries' }
      : {
          it: `se l'addebito non riesce riproveremo ${counted('it', retries.length, 'volta', 'volte').replace(/^un /, 'una ')}: ${then.it}`,
          en: `if it fails we will try ${counted('en', retries.length, 'more time', 'more times')}: on ${then.en}`,
        };
  const it = `${at.it} addebiteremo ${amount('it', minor)} ${what.it} ${where.it}; ${left.it}.`;
  const en = `${at.en} we will charge ${amount('en', minor)} ${what.en} ${where.en}; ${left.en}.`;
  const number = order === undefined ? null : theOrder(order.number);
  return [sentence('next', { it, en }, number, ...grounds, theRule('charge_retries'))];
}

function hour(at: Instant): string {
  // Charges are made at the business hour; one due at once is said to be so.
  return at === instantOf(dateAt(at), BUSINESS_HOUR) ? `${String(BUSINESS_HOUR).padStart(2, '0')}:00` : '00:00';
}

function noCharge({ state, history }: Coming, grounds: (Ground | null)[]): Sentence[] {
  const order = renewalOrder(state);
  const number = order === undefined ? null : theOrder(order.number);
  const words = whyNoCharge(state, order?.number ?? '');
  const event = latest(history.events, 'ChargesStopped', 'ChargeNeedsCustomer', 'OrderCancelled');
  return [sentence('next', words, number, event && theEvent(event), ...grounds, theRule('charge_retries'))];
}

function whyNoCharge(state: Subscription, number: string): Words {
  if (state.cycle.orderCancelled) {
    return {
      it: 'Per questa scadenza non ci sarà nessun addebito, perché hai annullato l’ordine di rinnovo; disattiva e riattiva il rinnovo automatico se vuoi che riparta.',
      en: 'There will be no charge for this expiry, because you cancelled the renewal order; switch auto-renewal off and on again if you want one.',
    };
  }
  switch (renewalOrder(state)?.chargesStopped ?? null) {
    case 'needs_customer':
      return {
        it: `La banca chiede la tua conferma per l'ordine ${number}: usa il collegamento che hai ricevuto per e-mail, perché non faremo altri tentativi.`,
        en: `Your bank asks for your confirmation of order ${number}: use the link you received by e-mail, since we make no more tries.`,
      };
    case 'payment_received':
      return {
        it: `Non faremo altri addebiti per l'ordine ${number}, perché una parte è già stata pagata: il resto si paga a mano.`,
        en: `We make no more charges for order ${number}, because part of it was already paid: the rest is paid by hand.`,
      };
    case null:
      return {
        it: 'Per questa scadenza non sono previsti altri addebiti automatici.',
        en: 'No more automatic charges are planned for this expiry.',
      };
  }
}

/** The dated chain to the end. */
function decline({ state, history, events, since }: Coming): Sentence[] {
  const [expired] = all(events, 'Expired');
  const [terminated] = all(events, 'Terminated');
  const [lastCall] = all(events, 'LastCallDue');
  const sentences: Sentence[] = [];
  const step = history.steps.at(-1);
  const grounds = [step === undefined ? since : theEvent(step.event)];
  if (expired !== undefined) {
    const on = expired.expiredOn;
    const it = `Se non viene pagato nulla, ${il(on)} alle 00:00 il servizio scade: da quel momento si può solo consultare e scaricare, e le fatture dei fornitori arrivano ancora.`;
    const en = `If nothing is paid, the service expires on ${day('en', on)} at 00:00: from then on it can only be read and downloaded from, and supplier invoices still arrive.`;
    sentences.push(sentence('if_unpaid', { it, en }, ...grounds, theRule('read_only_when_expired')));
  }
  if (terminated === undefined) return sentences;
  const lastDay = addDays(terminated.endedOn, -1);
  const on = lastCall === undefined ? null : dateAt(lastCall.at);
  const call: Words =
    on === null
      ? { it: '', en: '' }
      : { it: `; ${il(on)} te lo ricorderemo per e-mail`, en: `; on ${day('en', on)} we will remind you by e-mail` };
  const isExpired = state.phase.status === 'expired';
  const reactivate: Words = {
    it: `${isExpired ? 'Puoi' : 'Potrai'} riattivarlo con un pagamento registrato entro ${il(lastDay)}, l'ultimo giorno utile${call.it}.`,
    en: `You ${isExpired ? 'can' : 'will be able to'} reactivate it with a payment registered by ${day('en', lastDay)}, the last day allowed${call.en}.`,
  };
  const end: Words = {
    it: `Senza un pagamento il servizio termina ${il(terminated.endedOn)} alle 00:00: non si può più riattivare, gli ordini non pagati decadono e i dati vengono avviati alla cancellazione.`,
    en: `Without a payment the service ends on ${day('en', terminated.endedOn)} at 00:00: it can no longer be reactivated, unpaid orders fall and the data is handed to deletion.`,
  };
  const past = latest(history.events, 'Expired');
  const from = isExpired && past !== null ? [theEvent(past)] : grounds;
  return [
    ...sentences,
    sentence(isExpired ? 'next' : 'if_unpaid', reactivate, ...from, theRule('expired_is_reactivated')),
    sentence('if_unpaid', end, ...from, theRule('data_deleted'), theRule('ended_is_final')),
  ];
}
