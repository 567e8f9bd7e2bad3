import type { Words } from './words.ts';

/**
 * Why a request was refused: the catalogue every boundary answers from. Codes are added, never renamed.
 * Within one command they are checked in this order.
 */
export const REFUSALS = {
  subscription_ended: {
    it: 'Questo servizio è terminato e non può più essere modificato; un nuovo acquisto ne crea uno nuovo.',
    en: 'This service has ended and can no longer be changed; a new purchase makes a new one.',
  },
  not_allowed_in_state: {
    it: 'Il servizio non lo consente nel suo stato attuale.',
    en: 'The service does not allow this in its present state.',
  },
  notice_given: {
    it: 'È stata data disdetta: non si accettano altri ordini.',
    en: 'Notice of termination was given: no further orders are taken.',
  },
  unpaid_order_exists: {
    it: 'Un ordine di questo tipo non è ancora pagato: pagalo o annullalo prima.',
    en: 'An order of this kind is still unpaid: pay it or cancel it first.',
  },
  auto_renewal_on: {
    it: 'Il rinnovo automatico è attivo: disattivalo per rinnovare manualmente.',
    en: 'Auto-renewal is on: switch it off to renew by hand.',
  },
  order_out_of_date: {
    it: 'Dopo il preventivo sono cambiati il servizio o il listino: chiedi un nuovo preventivo.',
    en: 'The service or the price list changed since this was quoted: ask for a fresh quote.',
  },
  years_not_offered: {
    it: 'Questo servizio non si vende per quel numero di anni.',
    en: 'This service is not sold for that number of years.',
  },
  product_unknown: {
    it: 'Il catalogo non ha questo prodotto.',
    en: 'The catalogue has no such product.',
  },
  extra_not_offered: {
    it: 'Questo extra non si vende con questo prodotto.',
    en: 'This extra is not sold with this product.',
  },
  product_retired: {
    it: 'Questo prodotto non si vende più: chi lo ha lo mantiene, e i rinnovi lo portano avanti.',
    en: 'This product is no longer sold: who has it keeps it, and renewals carry it on.',
  },
  quantity_out_of_range: {
    it: 'La quantità non è tra quelle ordinabili.',
    en: 'The quantity is not one that can be ordered.',
  },
  module_already_owned: {
    it: 'Questo modulo fa già parte del servizio.',
    en: 'This module is already part of the service.',
  },
  nothing_ordered: {
    it: 'L’ordine non contiene nulla da acquistare.',
    en: 'The order holds nothing to buy.',
  },
  space_in_use: {
    it: 'Non si può ordinare meno spazio di quello occupato.',
    en: 'Less space than what is used cannot be ordered.',
  },
  agreement_unknown: {
    it: 'Questo codice convenzione non esiste.',
    en: 'There is no such agreement code.',
  },
  agreement_expired: {
    it: 'Il codice convenzione non è valido in questa data.',
    en: 'The agreement code is not valid on this day.',
  },
  agreement_not_applicable: {
    it: 'Il codice convenzione non si applica a questo ordine.',
    en: 'The agreement code does not apply to this order.',
  },
  amount_too_large: {
    it: 'L’ordine supera l’importo massimo accettato.',
    en: 'The order exceeds the largest amount accepted.',
  },
  order_unknown: {
    it: 'Questo servizio non ha un ordine con questo numero.',
    en: 'This service has no such order.',
  },
  order_not_unpaid: {
    it: 'È possibile solo per un ordine non ancora pagato.',
    en: 'Only an unpaid order allows this.',
  },
  charge_in_progress: {
    it: 'È in corso un addebito per questo ordine: riprova quando si sarà concluso.',
    en: 'A charge for this order is under way: try again once it settles.',
  },
  payment_method_missing: {
    it: 'Nessun metodo di pagamento è memorizzato.',
    en: 'No payment method is stored.',
  },
  method_expired: {
    it: 'Questa carta è scaduta: scegline un’altra.',
    en: 'This card has expired: choose another one.',
  },
  registered_in_future: {
    it: 'La data di registrazione è nel futuro.',
    en: 'The registration date lies in the future.',
  },
} as const satisfies Record<string, Words>;

export type RefusalCode = keyof typeof REFUSALS;

/** A refused request. `field` names the input at fault where there is one. */
export interface Refusal {
  readonly code: RefusalCode;
  /** In English, as operators read it in Temporal too. */
  readonly detail: string;
  /** The same in Italian, where it says more than the catalogue does. */
  readonly detailInItalian?: string;
  readonly field?: string;
}

interface RefusalOptions {
  readonly field?: string;
  readonly detail?: Words;
}

export function refusal(code: RefusalCode, { field, detail }: RefusalOptions = {}): Refusal {
  return {
    code,
    detail: (detail ?? REFUSALS[code]).en,
    ...(detail === undefined ? {} : { detailInItalian: detail.it }),
    ...(field === undefined ? {} : { field }),
  };
}

/** What a refusal says, in each language. */
export function wordsOf({ code, detail, detailInItalian }: Refusal): Words {
  return { it: detailInItalian ?? REFUSALS[code].it, en: detail };
}

/** Thrown by pure functions that price or plan; `decide` and the API turn it into a refusal. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly refusal: Refusal;
  constructor(refused: Refusal) {
    super(refused.detail);
    this.refusal = refused;
  }
}

export function refuse(code: RefusalCode, options?: RefusalOptions): never {
  throw new RefusedError(refusal(code, options));
}
