/**
 * The rules an explanation rests on, by id, each in one sentence with the guide it comes from. Ids are kept: pages link to
 * them. Where no guide speaks, the rule is one of the service's own conditions.
 */
import type { Words } from './words.ts';

export type Guide = 'renewal' | 'space' | 'purchase' | 'users' | 'customer_area';

const GUIDES: Readonly<Record<Guide, Words>> = {
  renewal: { it: 'guida «Modalità di rinnovo del servizio»', en: 'guide “How to renew the service”' },
  space: { it: 'guida «Aumentare lo spazio a disposizione»', en: 'guide “Adding space”' },
  purchase: { it: 'guida «Acquisto del servizio»', en: 'guide “Buying the service”' },
  users: { it: 'guida «Aggiungere nuovi utenti»', en: 'guide “Adding users”' },
  customer_area: { it: 'guida «Funzioni dell’area clienti»', en: 'guide “What the customer area shows”' },
};
const OWN: Words = { it: 'condizioni del servizio', en: 'conditions of the service' };

interface Rule extends Words {
  readonly guide: Guide | null;
}

const rule = (guide: Guide | null, it: string, en: string): Rule => ({ guide, it, en });

const RULES = {
  expiry_day: rule(
    null,
    'La scadenza è il primo giorno non coperto: il servizio scade alle 00:00 di quel giorno, ora italiana.',
    'The expiry is the first day not covered: the service expires at 00:00 of that day, Italian time.',
  ),
  years_from_activation: rule(
    null,
    'Gli anni acquistati si contano dal giorno di attivazione; dove il mese è più corto vale il suo ultimo giorno.',
    'The years bought count from the day of activation; where a month is shorter, its last day counts.',
  ),
  activation_after_payment: rule(
    'purchase',
    'Il servizio si attiva dopo la registrazione del pagamento.',
    'The service is activated once the payment is registered.',
  ),
  renewal_from_expiry: rule(
    'renewal',
    'Si può rinnovare in qualsiasi momento: gli anni si aggiungono alla scadenza, senza perdere giorni.',
    'You can renew at any time: the years are added to the expiry, so that no day is lost.',
  ),
  co_terming: rule(
    'space',
    'Quanto si aggiunge dura un anno; con l’estensione dei servizi attivi tutto arriva alla stessa scadenza.',
    'What is added lasts one year; when the active services are extended, everything ends on the same day.',
  ),
  upgrade_alone: rule(
    'users',
    'Senza l’estensione dei servizi attivi, ciò che si aggiunge ha una scadenza propria.',
    'Unless the active services are extended, what is added has an end of its own.',
  ),
  dropped_units: rule(
    null,
    'Ciò che un rinnovo non comprende più resta valido fino alla fine del periodo già pagato.',
    'What a renewal leaves out stays valid to the end of the time already paid.',
  ),
  reactivation_from_expiry: rule(
    null,
    'La riattivazione parte dalla scadenza originale e ha effetto subito.',
    'A reactivation counts from the original expiry and takes effect at once.',
  ),
  reactivation_from_payment: rule(
    null,
    'La riattivazione parte dal giorno del pagamento.',
    'A reactivation counts from the day of the payment.',
  ),
  order_done_when_paid: rule(
    'purchase',
    'Un ordine è concluso quando il suo pagamento è registrato: conta la data di registrazione.',
    'An order is completed when its payment is registered: the date of registration counts.',
  ),
  commitment_releases: rule(
    null,
    'L’impegno di spesa di una pubblica amministrazione vale come il pagamento; l’importo resta dovuto.',
    'A public administration’s commitment counts like the payment; the amount stays due.',
  ),
  price_formula: rule(
    'renewal',
    'Ogni riga costa il prezzo annuo per la quantità per i mesi diviso 12; un mese iniziato conta intero e si arrotonda una volta sola, al centesimo.',
    'Each line costs the annual price times the quantity times the months divided by 12; a started month counts whole, and it is rounded once, to the cent.',
  ),
  agreement_code: rule(
    'renewal',
    'Un codice convenzione valido riduce il prezzo del servizio base.',
    'A valid agreement code lowers the price of the base service.',
  ),
  promotion: rule(
    'renewal',
    'Una promozione riduce il prezzo del servizio base negli ordini dei suoi giorni; non si somma a una convenzione: vale la più conveniente.',
    'A promotion lowers the price of the base service on orders of its days; it does not add to an agreement: the better one counts.',
  ),
  vat_on_total: rule(
    null,
    'L’IVA si calcola una volta sola, sul totale dell’ordine.',
    'VAT is computed once, on the total of the order.',
  ),
  split_payment: rule(
    null,
    'Le pubbliche amministrazioni pagano l’imponibile: l’IVA la versano direttamente allo Stato (scissione dei pagamenti).',
    'Public administrations pay the net amount: they pay the VAT straight to the State (split payment).',
  ),
  payments_add_up: rule(
    null,
    'I pagamenti di un ordine si sommano: l’ordine è concluso quando la somma è raggiunta.',
    'The payments of an order add up: it is completed once the sum is reached.',
  ),
  price_of_the_day: rule(
    null,
    'Il rinnovo automatico si calcola il giorno in cui l’ordine viene creato, con il listino di quel giorno e senza codici convenzione.',
    'An auto-renewal is priced on the day its order is made, by that day’s price list and without agreement codes.',
  ),
  auto_renewal: rule(
    'renewal',
    'Il rinnovo automatico addebita il metodo registrato qualche giorno prima della scadenza, per gli anni dell’ordine precedente.',
    'Auto-renewal charges the stored method some days before expiry, for the years of the previous order.',
  ),
  auto_renewal_switch: rule(
    'renewal',
    'Il rinnovo automatico si può disattivare e riattivare in qualsiasi momento; senza di esso non si addebita nulla.',
    'Auto-renewal can be switched off and on at any time; without it nothing is charged.',
  ),
  charge_retries: rule(
    null,
    'Se l’addebito non riesce si riprova nei giorni previsti, mai dopo la scadenza e mai se nel frattempo qualcosa è stato pagato o annullato.',
    'If the charge fails it is tried again on set days, never after expiry and never once something was paid or cancelled.',
  ),
  unknown_is_not_declined: rule(
    null,
    'Un addebito senza risposta non è un rifiuto: si chiede finché l’esito è certo e non si addebita due volte.',
    'A charge without an answer is not a refusal: we ask until the outcome is certain, and never charge twice.',
  ),
  one_charge_at_a_time: rule(
    null,
    'Si fa un addebito alla volta: finché uno è in corso il suo ordine non si può pagare né annullare.',
    'One charge is made at a time: while one is under way its order can neither be paid nor cancelled.',
  ),
  renew_needs_auto_renewal_off: rule(
    'customer_area',
    'Il pulsante Rinnova è visibile solo se il rinnovo automatico è disattivato.',
    'The Renew button shows only while auto-renewal is off.',
  ),
  one_unpaid_order: rule(
    null,
    'Può essere in attesa di pagamento un solo rinnovo (o riattivazione) e un solo upgrade per volta.',
    'Only one renewal (or reactivation) and one upgrade can await payment at a time.',
  ),
  expired_is_reactivated: rule(
    'customer_area',
    'A servizio scaduto Rinnova e Upgrade non sono visibili: si usa Riattiva, fino all’ultimo giorno utile.',
    'While the service is expired Renew and Upgrade are hidden: Reactivate is used, up to the last day allowed.',
  ),
  orders_after_activation: rule(
    null,
    'Rinnovi, upgrade e disdetta sono possibili dopo l’attivazione del servizio.',
    'Renewals, upgrades and notice of termination are possible once the service is active.',
  ),
  pay_and_cancel_unpaid: rule(
    'customer_area',
    'Paga e Annulla sono visibili solo sugli ordini in attesa di pagamento.',
    'Pay and Cancel show only on orders that await payment.',
  ),
  notice_is_final: rule(
    null,
    'La disdetta è definitiva: il servizio termina alla scadenza, senza giorni per riattivarlo.',
    'Notice of termination is final: the service ends at expiry, with no days to reactivate it.',
  ),
  ended_is_final: rule(
    null,
    'Un servizio terminato non si può più cambiare: un nuovo acquisto crea un nuovo servizio.',
    'A service that has ended cannot be changed any more: a new purchase makes a new one.',
  ),
  reminders: rule(
    null,
    'Prima della scadenza si ricorda il rinnovo per e-mail, alle 09:00 dei giorni previsti.',
    'Before expiry the renewal is recalled by e-mail, at 09:00 on set days.',
  ),
  card_reminder: rule(
    'renewal',
    'I metodi di pagamento si possono sostituire in qualsiasi momento, ad esempio quando una carta scade.',
    'Payment methods can be replaced at any time, for instance when a card expires.',
  ),
  order_undone: rule(
    null,
    'Se il servizio non si può attivare l’ordine viene annullato e quanto pagato diventa credito.',
    'If the service cannot be activated the order is undone and what was paid becomes credit.',
  ),
  read_only_when_expired: rule(
    null,
    'A servizio scaduto si può solo consultare e scaricare; le fatture dei fornitori arrivano ancora.',
    'An expired service can only be read and downloaded from; supplier invoices still arrive.',
  ),
  first_order_limit: rule(
    null,
    'Un primo ordine non pagato entro il termine viene annullato.',
    'A first order that is not paid in time is cancelled.',
  ),
  data_deleted: rule(
    null,
    'Quando il servizio termina i suoi dati vengono avviati alla cancellazione.',
    'When the service ends its data is handed to deletion.',
  ),
  surplus_is_credit: rule(
    null,
    'Ciò che un ordine non richiede, o è pagato due volte, diventa credito a favore del cliente.',
    'What an order does not need, or is paid twice, becomes credit in the customer’s favour.',
  ),
  taken_back_is_due: rule(
    null,
    'Un importo che viene ripreso dopo il pagamento è di nuovo da pagare; ciò che l’ordine ha già dato resta.',
    'Money that is taken back after it was paid is due again; what its order has given stays.',
  ),
  refused_method: rule(
    null,
    'Un metodo di pagamento rifiutato in modo definitivo non si addebita più: ne serve un altro.',
    'A payment method that was declined for good is not charged again: another one is needed.',
  ),
  unmatched_is_kept: rule(
    null,
    'Un importo che non si può attribuire non va perso: un operatore lo attribuisce o lo restituisce.',
    'Money that cannot be matched is never lost: an operator assigns it or gives it back.',
  ),
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof RULES;
export const RULE_IDS = Object.keys(RULES) as RuleId[];

/** A rule with its source, e.g. `… (guida «Modalità di rinnovo del servizio»)`. */
export function ruleText(id: RuleId): Words {
  const { guide, it, en } = RULES[id];
  const source = guide === null ? OWN : GUIDES[guide];
  const cited = (text: string, where: string): string => `${text.slice(0, -1)} (${where}).`;
  return { it: cited(it, source.it), en: cited(en, source.en) };
}
