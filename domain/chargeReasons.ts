/** Why a charge to a card or PayPal account did not bring its money, by stable codes. */
import type { Words } from './words.ts';

const REASONS: Readonly<Record<string, Words>> = {
  insufficient_funds: { it: 'Fondi insufficienti.', en: 'Insufficient funds.' },
  card_expired: { it: 'La carta è scaduta.', en: 'The card has expired.' },
  card_stolen: {
    it: 'La carta risulta smarrita o rubata.',
    en: 'The card was reported lost or stolen.',
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

const UNTOLD: Words = {
  it: 'Il pagamento non è riuscito.',
  en: 'The payment did not succeed.',
};

/** The words for a reason; a gateway's own code that is not known here gets general ones. */
export function chargeReason(code: string): Words {
  return Object.hasOwn(REASONS, code) ? (REASONS[code] ?? UNTOLD) : UNTOLD;
}
