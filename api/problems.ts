/** What the API itself answers when something is not right: each code's status, and its words. */
import type { Words } from '../domain/words.ts';

/** What the API itself refuses, beside the domain's refusals. Codes are added, never renamed. */
export const API_PROBLEMS = {
  invalid_input: [
    400,
    {
      it: 'La richiesta contiene valori che non si possono accettare.',
      en: 'The request holds values that cannot be accepted.',
    },
  ],
  signature_wrong: [
    400,
    { it: 'La firma non è valida per questo messaggio.', en: 'The signature is not that of this message.' },
  ],
  signature_too_early: [400, { it: 'La firma porta un’ora futura.', en: 'The signature is from the future.' }],
  event_unreadable: [
    400,
    { it: 'Il messaggio è firmato, ma non è un evento.', en: 'The message is signed, but it is no event.' },
  ],
  signature_too_old: [
    400,
    {
      it: 'La firma è di troppo tempo fa.',
      en: 'The signature is from too long ago.',
    },
  ],
  malformed_json: [400, { it: 'Il corpo della richiesta non è JSON valido.', en: 'The body is not valid JSON.' }],
  malformed_request: [400, { it: 'La richiesta non è leggibile.', en: 'The request cannot be read.' }],
  unauthorized: [
    401,
    {
      it: 'Serve una chiave valida: invia "Authorization: Bearer <chiave>".',
      en: 'A valid key is needed: send "Authorization: Bearer <key>".',
    },
  ],
  credentials_wrong: [
    401,
    {
      it: 'Username o password non corretti.',
      en: 'Username or password are wrong.',
    },
  ],
  operators_only: [
    403,
    {
      it: 'Questa operazione è riservata agli operatori.',
      en: 'This is for operators only.',
    },
  ],
  session_needed: [
    403,
    {
      it: 'Questo indirizzo è per chi ha effettuato l’accesso con username e password.',
      en: 'This is for those who logged in with username and password.',
    },
  ],
  own_account_needed: [
    403,
    {
      it: 'Serve l’account del cliente: queste credenziali valgono per un solo servizio.',
      en: 'This needs the customer’s own account: these credentials are for one service only.',
    },
  ],
  password_change_required: [
    403,
    {
      it: 'Scegli prima una tua password: quella attuale è temporanea.',
      en: 'Choose a password of your own first: the one you have is temporary.',
    },
  ],
  route_unknown: [404, { it: 'A questo indirizzo non c’è nulla.', en: 'There is nothing at this address.' }],
  customer_unknown: [404, { it: 'Questo cliente non esiste.', en: 'There is no such customer.' }],
  subscription_unknown: [404, { it: 'Questo servizio non esiste.', en: 'There is no such subscription.' }],
  invoice_unknown: [404, { it: 'Questa fattura non esiste.', en: 'There is no such invoice.' }],
  queue_item_unknown: [404, { it: 'Questa voce non è in elenco.', en: 'There is no such item.' }],
  bank_file_unknown: [404, { it: 'Questo file non esiste.', en: 'There is no such file.' }],
  payment_unknown: [404, { it: 'Questo pagamento non esiste.', en: 'There is no such payment.' }],
  refund_unknown: [404, { it: 'Questo rimborso non esiste.', en: 'There is no such refund.' }],
  transfer_list_unknown: [404, { it: 'Questa distinta non esiste.', en: 'There is no such transfer list.' }],
  method_unknown: [404, { it: 'Questo metodo di pagamento non esiste.', en: 'There is no such payment method.' }],
  method_setup_unknown: [
    404,
    { it: 'Questa registrazione di un metodo non esiste.', en: 'There is no such registration of a payment method.' },
  ],
  confirmation_unknown: [
    404,
    { it: 'Non c’è un pagamento di questo tipo da confermare.', en: 'There is no such payment to confirm.' },
  ],
  link_unknown: [
    404,
    {
      it: 'Questo link non è valido: è già stato usato, è scaduto, o è stato sostituito da uno più recente.',
      en: 'This link is not valid: it was used, is too old, or was replaced by a newer one.',
    },
  ],
  method_not_allowed: [
    405,
    { it: 'Questo indirizzo non accetta quel metodo.', en: 'This address does not take that method.' },
  ],
  service_already_active: [
    409,
    {
      it: 'Già attivo su questo codice fiscale o partita IVA.',
      en: 'A live service exists for this tax code or VAT number.',
    },
  ],
  purchase_in_progress: [
    409,
    {
      it: 'È in corso un acquisto per questo codice fiscale o partita IVA: ripetilo con la sua Idempotency-Key, o attendi alcuni minuti.',
      en: 'A purchase for this tax code or VAT number is under way: repeat it with its Idempotency-Key, or wait some minutes.',
    },
  ],
  username_taken: [
    409,
    {
      it: 'Questo username è già in uso: scegline un altro.',
      en: 'This username is taken: choose another one.',
    },
  ],
  payment_not_waiting: [
    409,
    {
      it: 'Di questo pagamento non attende altrettanto di essere assegnato.',
      en: 'Not as much of this payment waits to be assigned.',
    },
  ],
  payment_not_assignable: [
    409,
    {
      it: 'A questo ordine il pagamento non si può assegnare.',
      en: 'The payment cannot be assigned to this order.',
    },
  ],
  payment_conflict: [
    409,
    {
      it: 'Questo pagamento è già stato registrato con un altro contenuto; vale il primo.',
      en: 'This payment was registered before with other content; the first content stands.',
    },
  ],
  reversal_conflict: [
    409,
    {
      it: 'Questo storno è già stato registrato con un altro contenuto; vale il primo.',
      en: 'This reversal was registered before with other content; the first content stands.',
    },
  ],
  no_credit: [
    409,
    {
      it: 'Il cliente non ha credito da usare.',
      en: 'The customer has no credit to use.',
    },
  ],
  payment_not_reversible: [
    409,
    {
      it: 'Questo pagamento è stato fatto con il credito del cliente: nessuno può riprenderselo.',
      en: 'This payment was made with the customer’s credit: nobody can take it back.',
    },
  ],
  refund_of_open_order: [
    409,
    {
      it: 'Si rimborsa solo un ordine concluso. Se è ancora da pagare, annullalo: quanto versato attende come pagamento, e da lì si rimborsa.',
      en: 'Only a completed order is refunded. Cancel one that is still unpaid: what was paid waits as a payment then, and is refunded from there.',
    },
  ],
  refund_of_nothing: [
    409,
    { it: 'Qui non c’è nulla da rimborsare.', en: 'There is nothing here that could be refunded.' },
  ],
  payment_being_reversed: [
    409,
    {
      it: 'Il pagamento è appena stato stornato e lo storno non è ancora contabilizzato: riprova tra poco.',
      en: 'The payment was just taken back, and that is not booked yet: try again in a moment.',
    },
  ],
  refund_exceeds: [409, { it: 'È più di quanto si possa rimborsare.', en: 'It is more than can be refunded.' }],
  refund_not_original: [
    409,
    {
      it: 'Nessun singolo pagamento con carta o PayPal copre la somma: rimborsala con bonifico, indicando iban.',
      en: 'No single payment by card or PayPal covers the amount: refund it by transfer, giving iban.',
    },
  ],
  refund_not_open: [
    409,
    {
      it: 'Questo rimborso è già pagato, in pagamento o ritirato.',
      en: 'This refund is paid already, being paid, or withdrawn.',
    },
  ],
  no_refund_due: [409, { it: 'Nessun rimborso attende un bonifico.', en: 'No refund waits for a transfer.' }],
  payer_account_missing: [
    409,
    {
      it: 'Il conto da cui pagare è ancora quello di esempio: indica il tuo nelle istruzioni di pagamento.',
      en: 'The account to pay from is still the sample one: give your own in the payment instructions.',
    },
  ],
  transfer_list_settled: [
    409,
    {
      it: 'La distinta è già eseguita, anche solo in parte, o annullata.',
      en: 'The transfer list is carried out already, or part of it, or cancelled.',
    },
  ],
  method_in_use: [
    409,
    {
      it: 'Questo metodo di pagamento è in uso: prima toglilo dai servizi che lo usano, o attendi l’esito dell’addebito.',
      en: 'This payment method is in use: first take it off the services that use it, or wait for the charge to settle.',
    },
  ],
  catch_up_running: [
    409,
    {
      it: 'Si sta già recuperando ciò che Stripe ha comunicato.',
      en: 'What Stripe told is being caught up with already.',
    },
  ],
  method_setup_not_offered: [
    409,
    {
      it: 'Il gateway di pagamento in uso non registra carte in questo modo.',
      en: 'The payment gateway in use does not register cards this way.',
    },
  ],
  charge_declined: [
    409,
    {
      it: 'La banca non ha accettato il pagamento: riprova o usa un altro metodo.',
      en: 'The bank did not accept the payment: try again, or use another method.',
    },
  ],
  clock_already_moving: [
    409,
    {
      it: 'Un’altra richiesta sta spostando l’orologio di questo servizio.',
      en: 'The clock of this subscription is being moved by another request.',
    },
  ],
  catalogue_moved: [
    409,
    {
      it: 'Nel frattempo è stato pubblicato un altro listino: leggilo e parti da quello.',
      en: 'Another price list was published meanwhile: read it, and start from it.',
    },
  ],
  body_too_large: [413, { it: 'Il corpo della richiesta supera i 100 kB.', en: 'The body is larger than 100 kB.' }],
  unsupported_media_type: [
    415,
    { it: 'Invia il corpo come application/json in UTF-8.', en: 'Send the body as application/json in UTF-8.' },
  ],
  idempotency_key_reused: [
    422,
    {
      it: 'Questa Idempotency-Key è già stata usata con un’altra richiesta.',
      en: 'This Idempotency-Key was used before with another request.',
    },
  ],
  bank_file_unreadable: [
    422,
    {
      it: 'Il file non si può leggere, e nulla ne è stato preso.',
      en: 'The file cannot be read, and nothing of it was taken.',
    },
  ],
  catalogue_refused: [422, { it: 'Questo listino non si può pubblicare.', en: 'This price list cannot be published.' }],
  too_many_attempts: [
    429,
    {
      it: 'Troppi tentativi: attendi prima di riprovare.',
      en: 'There were too many attempts: please wait before you try again.',
    },
  ],
  internal_error: [
    500,
    {
      it: 'Qualcosa è andato storto da parte nostra. L’errore è registrato con l’identificativo della richiesta.',
      en: 'Something went wrong on our side. It was logged with the request id.',
    },
  ],
  temporarily_unavailable: [
    503,
    {
      it: 'Una parte del sistema non è raggiungibile in questo momento: riprova tra poco.',
      en: 'Part of the service cannot be reached just now: try again in a moment.',
    },
  ],
} as const satisfies Record<string, readonly [status: number, detail: Words]>;
