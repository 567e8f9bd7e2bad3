/** What the customer area tells about a subscription's present situation, beside its state. */
import type { PlainDate } from './calendar.ts';
import { cardStanding } from './cards.ts';
import { chargeReason } from './chargeReasons.ts';
import { renewalOrder } from './deadlines.ts';
import { dueMinor } from './orders.ts';
import { hasEnded, noticeGiven, refusedFor, type Subscription } from './subscription.ts';
import { ADVISED_DAYS_BEFORE_EXPIRY } from './warnings.ts';
import type { Words } from './words.ts';

export type NoticeCode =
  | 'update_payment_data'
  | 'confirm_payment'
  | 'charge_pending'
  | 'charge_not_made'
  | 'will_expire_order_cancelled'
  | 'pay_before_expiry'
  | 'card_expiring'
  | 'card_expired'
  | 'notice_given'
  | 'payment_returned'
  | 'read_only';

export interface Notice extends Words {
  readonly code: NoticeCode;
}

/** What holds today, in the order in which it is shown. */
export function noticesOf(state: Subscription, today: PlainDate, daysToExpiry: number | null): Notice[] {
  const codes: NoticeCode[] = [];
  const worded = (code: NoticeCode): Notice => ({ code, ...wordsFor(code, state) });
  const { status } = state.phase;
  const order = renewalOrder(state);
  if (noticeGiven(state)) codes.push('notice_given');
  if (status === 'expired') codes.push('read_only');
  if (state.orders.some((one) => one.returned === true && dueMinor(one) > 0) && !hasEnded(state))
    codes.push('payment_returned');
  if (order !== undefined) codes.push(...chargeNotices(state));
  if (status !== 'active') return codes.map(worded);
  if (state.autoRenewal && refusedFor(state, state.method) !== null && !codes.includes('update_payment_data'))
    codes.push('update_payment_data');
  if (state.autoRenewal && state.cycle.orderCancelled) codes.push('will_expire_order_cancelled');
  const card = cardStanding(state, today);
  if (card !== null) codes.push(card);
  const payByHand = order !== undefined || !state.autoRenewal;
  if (payByHand && !noticeGiven(state) && daysToExpiry !== null && daysToExpiry < ADVISED_DAYS_BEFORE_EXPIRY) {
    codes.push('pay_before_expiry');
  }
  return codes.map(worded);
}

/** A method that was declined for good is named as such. */
function wordsFor(code: NoticeCode, state: Subscription): Words {
  const refused = state.autoRenewal ? refusedFor(state, state.method) : null;
  if (code !== 'update_payment_data' || refused === null) return NOTICES[code];
  const why = chargeReason(refused);
  return {
    it: `Il metodo di pagamento registrato non si può più usare per il rinnovo. ${why.it} Registrane un altro o paga l’ordine.`,
    en: `The stored payment method can no longer be used for the renewal. ${why.en} Register another one or pay the order.`,
  };
}

function chargeNotices(state: Subscription): NoticeCode[] {
  if (state.attempt?.occasion === 'auto_renewal') return ['charge_pending'];
  switch (state.cycle.lastOutcome) {
    case 'declined':
      return ['update_payment_data'];
    case 'needs_customer':
      return ['confirm_payment'];
    case 'not_attempted':
    case 'unknown':
      return ['charge_not_made'];
    case null:
      return [];
  }
}

const NOTICES: Readonly<Record<NoticeCode, Words>> = {
  update_payment_data: {
    it: 'Il pagamento del rinnovo non è riuscito: aggiorna i dati di pagamento o paga l’ordine.',
    en: 'The renewal could not be charged: update your payment data or pay the order.',
  },
  confirm_payment: {
    it: 'La banca chiede la tua conferma: apri il collegamento che hai ricevuto per e-mail.',
    en: 'Your bank asks for your confirmation: open the link you received by e-mail.',
  },
  charge_pending: {
    it: 'Il pagamento del rinnovo è in corso di verifica.',
    en: 'The renewal’s charge is being verified.',
  },
  charge_not_made: {
    it: 'Non è stato possibile addebitare il rinnovo: paga l’ordine.',
    en: 'The renewal could not be charged: pay the order.',
  },
  will_expire_order_cancelled: {
    it: 'Hai annullato l’ordine di rinnovo: il servizio scadrà. Per rinnovare disattiva il rinnovo automatico e usa Rinnova, oppure disattivalo e riattivalo.',
    en: 'You cancelled the renewal order: the service will expire. To renew, switch auto-renewal off and use Renew, or switch it off and on again.',
  },
  pay_before_expiry: {
    it: 'La scadenza è vicina: un pagamento registrato dopo la scadenza lascia il servizio in sola lettura fino ad allora.',
    en: 'Expiry is near: until a payment is registered, an expired service is read-only.',
  },
  card_expiring: {
    it: 'La carta registrata per il rinnovo automatico scade tra pochi giorni: sostituiscila con una valida.',
    en: 'The card stored for auto-renewal expires within days: replace it with a valid one.',
  },
  card_expired: {
    it: 'La carta registrata per il rinnovo automatico è scaduta: sostituiscila con una valida.',
    en: 'The card stored for auto-renewal has expired: replace it with a valid one.',
  },
  payment_returned: {
    it: 'Un tuo pagamento è stato annullato e l’importo è di nuovo da pagare: paga l’ordine.',
    en: 'A payment of yours was taken back and its amount is due again: please pay the order.',
  },
  notice_given: {
    it: 'Hai dato disdetta: il servizio termina alla scadenza e non sarà riattivabile.',
    en: 'You gave notice: the service ends at expiry and cannot be reactivated.',
  },
  read_only: {
    it: 'Servizio scaduto: puoi consultare e scaricare, e ricevi ancora le fatture dei fornitori.',
    en: 'Expired service: you can read and download, and supplier invoices are still received.',
  },
};
