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
  bank_entry_waiting: {
    it: 'Un movimento di un file della banca attende: nulla ne è registrato.',
    en: 'A movement of a bank file waits: nothing of it is booked.',
  },
  bank_file_unfinished: {
    it: 'Un file della banca non è stato registrato fino in fondo.',
    en: 'A bank file was not dealt with to its end.',
  },
  charge_unanswered: {
    it: 'Il gateway non dice da oltre un’ora che cosa è stato di un addebito. Lo si interroga ancora ogni ora.',
    en: 'For over an hour the gateway has not said what became of a charge. It is still asked every hour.',
  },
  customer_owes: {
    it: 'Un cliente ci deve una somma: era credito, lo ha usato, e poi il pagamento da cui veniva è stato ripreso.',
    en: 'A customer owes money: it was credit, they used it, and then the payment it came from was taken back.',
  },
  invoice_faulty: {
    it: 'Una fattura o nota di credito non si può emettere: il Sistema di Interscambio la scarterebbe. Si riprova da sé.',
    en: 'An invoice or credit note cannot be issued: the exchange system would refuse it. It is tried again by itself.',
  },
  invoice_missing: {
    it: 'Un ordine completato non ha fattura: nessuno l’ha mai richiesta, perché è di prima che se ne emettessero.',
    en: 'A completed order has no invoice: nobody ever asked for it, as it is older than invoices are.',
  },
  invoice_undelivered: {
    it: 'Una fattura o nota di credito emessa non si riesce a consegnare. Si riprova da sé.',
    en: 'An invoice or credit note is issued and cannot be delivered. It is tried again by itself.',
  },
  gateway_event: {
    it: 'Stripe ha comunicato un fatto che va seguito a mano: il motivo è nei dettagli.',
    en: 'Stripe told of something that a person has to see to: its reason is in the details.',
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
  reversal_excess: {
    it: 'È stato ripreso più di quanto il pagamento conteneva ancora: l’eccedenza non è registrata da nessuna parte.',
    en: 'More was taken back than the payment still held: the excess is booked nowhere.',
  },
  reversal_unplaced: {
    it: 'Uno storno attende: il suo pagamento non è noto, o il servizio non ne ha ancora preso nota.',
    en: 'A reversal waits: its payment is not known, or the subscription has not taken note of it yet.',
  },
  refund_due: {
    it: 'Un rimborso attende di essere pagato con bonifico.',
    en: 'A refund waits to be paid by transfer.',
  },
  refund_failed: {
    it: 'Un rimborso è stato respinto dal gateway, o la banca lo ha restituito: va pagato con bonifico, o ritirato.',
    en: 'A refund was refused by the gateway, or came back from the bank: it is to be paid by transfer, or withdrawn.',
  },
  refund_unanswered: {
    it: 'Da oltre un’ora un rimborso non si riesce a comunicare al servizio o al gateway. Si riprova ancora.',
    en: 'For over an hour a refund could not be told to its service or to the gateway. It is still tried.',
  },
  signal_rejected: {
    it: 'Una segnalazione manuale di pagamento non era leggibile.',
    en: 'A payment signalled by hand could not be read.',
  },
  webhook_refused: {
    it: 'Messaggi che si dicevano di Stripe sono stati rifiutati: firma errata o troppo vecchia.',
    en: 'Messages that were said to be of Stripe were refused: their signature was wrong or too old.',
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
    it: 'Assegna quanto attende, o una sua parte (amount), a un ordine non pagato, o a quanto un cliente deve (customerId).',
    en: 'Assign what waits, or part of it (amount), to an unpaid order, or to what a customer owes (customerId).',
  },
  acknowledge: {
    it: 'Segna come visto, con una nota: la voce sparisce dall’elenco.',
    en: 'Mark it as seen, with a note: it leaves the list.',
  },
  record: {
    it: 'Registra il pagamento com’è, se è arrivato davvero.',
    en: 'Record the payment as it is, if it really came in.',
  },
  list: {
    it: 'Crea la distinta di tutti i rimborsi da pagare con bonifico.',
    en: 'Make the list of all refunds that are to be paid by transfer.',
  },
  transfer: { it: 'Pagalo con bonifico su questo conto.', en: 'Pay it by transfer to this account.' },
  withdraw: {
    it: 'Ritiralo: la somma torna dove attendeva; quella di un ordine diventa credito del cliente.',
    en: 'Withdraw it: the money goes back to where it waited; an order’s becomes the customer’s credit.',
  },
  refund: {
    it: 'Restituisci la somma, tutta o in parte, con una Idempotency-Key.',
    en: 'Give the money back, all or part of it, under an Idempotency-Key.',
  },
  refund_state: { it: 'Guarda il rimborso.', en: 'Look at the refund.' },
  settle: { it: 'Saldalo con il credito del cliente.', en: 'Settle it with the customer’s credit.' },
  customer: { it: 'Guarda il cliente, e quanto deve.', en: 'Look at the customer, and what they owe.' },
  look: { it: 'Guarda il servizio.', en: 'Look at the service.' },
  send: { it: 'Invia di nuovo adesso.', en: 'Send it again now.' },
  resume: { it: 'Riprendi da dove si è fermato.', en: 'Go on where it stopped.' },
  report: { it: 'Guarda che cosa è stato del file.', en: 'See what became of the file.' },
  take_back: {
    it: 'Storna questo pagamento, se è quello che la banca ha ripreso.',
    en: 'Take this payment back, if it is the one the bank took back.',
  },
  register: {
    it: 'Registralo come incasso a sé, se non è lo stesso denaro di un altro.',
    en: 'Book it as a payment of its own, if it is not the same money as another.',
  },
  invoice: { it: 'Emetti la sua fattura, con la data di oggi.', en: 'Issue its invoice, dated today.' },
  issue: { it: 'Riprova adesso, dopo aver corretto i dati.', en: 'Try again now, once the data are put right.' },
  drop: { it: 'Rinuncia a inviarla.', en: 'Give up sending it.' },
} as const satisfies Record<string, Words>;
