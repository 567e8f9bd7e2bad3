/** What operators read of each thing that needs them. */
import type { SetAsideReason } from '../db/payments.ts';
import type { QueueKind } from '../db/queue.ts';
import type { Words } from '../domain/words.ts';

/** Why money waits. */
export const SET_ASIDE: Readonly<Record<SetAsideReason, Words>> = {
  unknown_order: {
    it: 'L’ordine indicato nel pagamento non esiste.',
    en: 'The order that the payment names does not exist.',
  },
  order_cancelled: {
    it: 'L’ordine indicato nel pagamento è stato annullato.',
    en: 'The order that the payment names was cancelled.',
  },
  registered_after_last_day: {
    it: 'Il pagamento è stato registrato dopo l’ultimo giorno utile.',
    en: 'The payment was registered after the last day allowed.',
  },
  heard_after_end: {
    it: 'Del pagamento si è avuta notizia dopo l’ultimo giorno utile, anche se è stato registrato prima.',
    en: 'The payment was heard of after the last day allowed, though it was registered before.',
  },
  subscription_ended: {
    it: 'Il servizio era già terminato.',
    en: 'The service had already ended.',
  },
  registered_in_future: {
    it: 'La data di registrazione del pagamento non è ancora arrivata.',
    en: 'The payment’s date of registration has not come yet.',
  },
  conflict: {
    it: 'Una segnalazione manuale ha descritto lo stesso pagamento in altro modo.',
    en: 'A signal by hand described the same payment otherwise.',
  },
};

/** What is wrong. */
export const WRONG: Readonly<Record<QueueKind, Words>> = {
  activation_failed: {
    it: 'Il servizio è pagato ma non si è potuto attivare.',
    en: 'The service is paid for and could not be activated.',
  },
  charge_unanswered: {
    it: 'Il gateway non dice da oltre un’ora che cosa è stato di un addebito. Lo si interroga ancora ogni ora.',
    en: 'For over an hour the gateway has not said what became of a charge. It is still asked every hour.',
  },
  life_overdue: {
    it: 'Il servizio non ha eseguito una scadenza passata da oltre 15 minuti: il suo workflow non risponde.',
    en: 'The service has not taken a deadline that passed over 15 minutes ago: its workflow does not answer.',
  },
  mail_undelivered: {
    it: 'Un’e-mail non si riesce a consegnare da oltre un giorno.',
    en: 'An e-mail has not been delivered for over a day.',
  },
  payment_conflict: {
    it: 'Lo stesso pagamento è stato segnalato due volte con contenuto diverso: vale il primo.',
    en: 'The same payment was told twice with different content: the first stands.',
  },
  payment_disputed: {
    it: 'Una segnalazione manuale parla di un pagamento che il libro contabile non conosce così: non è contato come incasso.',
    en: 'A signal by hand speaks of a payment that the ledger knows otherwise: it is not counted as cash.',
  },
  payment_unheard: {
    it: 'Di un incasso registrato da oltre un’ora il servizio non ha ancora preso nota: il suo workflow non risponde.',
    en: 'Money was recorded over an hour ago, and its subscription has not taken note of it: its workflow does not answer.',
  },
  payment_unmatched: {
    it: 'Un incasso attende di essere assegnato.',
    en: 'Money waits to be assigned.',
  },
  signal_rejected: {
    it: 'Una segnalazione manuale di pagamento non era leggibile.',
    en: 'A payment signalled by hand could not be read.',
  },
};

/** What can be done. */
export const DEED = {
  retry: { it: 'Riprova ad attivare il servizio.', en: 'Try to activate the service again.' },
  confirm: {
    it: 'Conferma che il servizio è stato attivato a mano, con questo username.',
    en: 'Confirm that the service was activated by hand, with this username.',
  },
  abandon: {
    it: 'Rinuncia: il servizio si chiude, l’ordine è annullato e quanto versato diventa credito del cliente.',
    en: 'Give up: the service closes, its order is undone and what was paid becomes the customer’s credit.',
  },
  assign: {
    it: 'Assegna tutto l’importo a un ordine non pagato.',
    en: 'Assign the whole amount to an unpaid order.',
  },
  acknowledge: {
    it: 'Segna come visto, con una nota: la voce sparisce dall’elenco.',
    en: 'Mark it as seen, with a note: it leaves the list.',
  },
  record: {
    it: 'Registra il pagamento com’è, se è arrivato davvero.',
    en: 'Record the payment as it is, if it really came in.',
  },
  look: { it: 'Guarda il servizio.', en: 'Look at the service.' },
  send: { it: 'Invia di nuovo adesso.', en: 'Send it again now.' },
  drop: { it: 'Rinuncia a inviarla.', en: 'Give up sending it.' },
} as const satisfies Record<string, Words>;
