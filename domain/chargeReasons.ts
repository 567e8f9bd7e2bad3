/** Why a charge to a card or PayPal account did not bring its money, by stable codes. */
import type { Words } from './words.ts';

const REASONS: Readonly<Record<string, Words>> = {
  insufficient_funds: { it: 'Fondi insufficienti.', en: 'Insufficient funds.' },
  card_expired: { it: 'La carta è scaduta.', en: 'The card has expired.' },
  card_stolen: {
    it: 'La carta risulta smarrita o rubata.',
    en: 'The card was reported lost or stolen.',
  },
  card_lost: {
    it: 'La carta risulta smarrita.',
    en: 'The card was reported lost.',
  },
  pick_up_card: {
    it: 'La banca ha bloccato la carta.',
    en: 'The bank has blocked the card.',
  },
  account_closed: {
    it: 'Il conto o la carta risultano chiusi.',
    en: 'The account or card was closed.',
  },
  fraudulent: {
    it: 'La banca considera il pagamento sospetto.',
    en: 'The bank considers the payment suspect.',
  },
  authorization_revoked: {
    it: 'L’autorizzazione agli addebiti è stata revocata.',
    en: 'The authorisation to charge was revoked.',
  },
  card_not_supported: {
    it: 'Con questa carta non si può fare questo tipo di pagamento.',
    en: 'The card cannot be used for this kind of payment.',
  },
  do_not_try_again: {
    it: 'La banca chiede di non ritentare.',
    en: 'The bank asks not to try again.',
  },
  limit_exceeded: {
    it: 'Superato un limite della carta o del conto.',
    en: 'A limit of the card or account was exceeded.',
  },
  try_again_later: {
    it: 'La banca non ha potuto rispondere.',
    en: 'The bank could not answer.',
  },
  card_data_wrong: { it: 'I dati della carta non sono corretti.', en: 'The card’s data are not correct.' },
  card_number_wrong: { it: 'Il numero della carta non è valido.', en: 'The card’s number is not valid.' },
  amount_too_small: {
    it: 'L’importo è troppo piccolo per questo metodo.',
    en: 'The amount is too small for this method.',
  },
  unknown_token: {
    it: 'Il gateway di pagamento non conosce questo metodo.',
    en: 'The payment gateway does not know this method.',
  },
  declined: { it: 'Il pagamento è stato rifiutato.', en: 'The payment was declined.' },
  gateway_unreachable: {
    it: 'Il gateway di pagamento non ha ancora risposto.',
    en: 'The payment gateway has not answered yet.',
  },
  no_payment_gateway: { it: 'Nessun gateway di pagamento è collegato.', en: 'No payment gateway is connected.' },
  too_late_to_charge: {
    it: 'Il tempo per questo addebito era già passato.',
    en: 'The time for this charge had already passed.',
  },
  payment_method_unknown: { it: 'Il metodo di pagamento non esiste.', en: 'The payment method does not exist.' },
  payment_method_removed: {
    it: 'Il metodo di pagamento è stato rimosso.',
    en: 'The payment method was removed.',
  },
  payment_received: {
    it: 'È già arrivato un pagamento: non ci sono altri addebiti automatici.',
    en: 'A payment has come in already: nothing more is charged automatically.',
  },
};

/** Declines that no other day changes: the same method is not tried again. All others may succeed later. */
const HARD: ReadonlySet<string> = new Set([
  'account_closed',
  'authorization_revoked',
  'card_expired',
  'card_lost',
  'card_not_supported',
  'card_number_wrong',
  'card_stolen',
  'do_not_try_again',
  'fraudulent',
  'pick_up_card',
  'unknown_token',
]);

/** Whether a declined method is of no use any more, and only another one can be charged. */
export function isHardDecline(code: string): boolean {
  return HARD.has(code);
}

const UNTOLD: Words = {
  it: 'Il pagamento non è riuscito.',
  en: 'The payment did not succeed.',
};

/** The words for a reason; a gateway's own code that is not known here gets general ones. */
export function chargeReason(code: string): Words {
  return Object.hasOwn(REASONS, code) ? (REASONS[code] ?? UNTOLD) : UNTOLD;
}
