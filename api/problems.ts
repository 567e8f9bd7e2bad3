/** What the API answers when something is not right: each code's status, and its words. */
import type { RefusalCode } from '../domain/errors.ts';
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
  queue_item_unknown: [404, { it: 'Questa voce non è in elenco.', en: 'There is no such item.' }],
  payment_unknown: [404, { it: 'Questo pagamento non esiste.', en: 'There is no such payment.' }],
  method_unknown: [404, { it: 'Questo metodo di pagamento non esiste.', en: 'There is no such payment method.' }],
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
      it: 'Questo pagamento non attende per intero di essere assegnato.',
      en: 'This payment does not wait, whole, to be assigned.',
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
  method_in_use: [
    409,
    {
      it: 'Questo metodo di pagamento è in uso: prima toglilo dai servizi che lo usano, o attendi l’esito dell’addebito.',
      en: 'This payment method is in use: first take it off the services that use it, or wait for the charge to settle.',
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

/** Where a refusal is about what was asked and not about the state it met, it is 422; an order named by path is 404. */
export const REFUSAL_STATUS: Record<RefusalCode, number> = {
  subscription_ended: 409,
  not_allowed_in_state: 409,
  notice_given: 409,
  order_out_of_date: 409,
  unpaid_order_exists: 409,
  auto_renewal_on: 409,
  years_not_offered: 422,
  product_unknown: 422,
  extra_not_offered: 422,
  product_retired: 422,
  quantity_out_of_range: 422,
  module_already_owned: 409,
  nothing_ordered: 422,
  space_in_use: 409,
  agreement_unknown: 422,
  agreement_expired: 422,
  agreement_not_applicable: 422,
  amount_too_large: 422,
  order_unknown: 404,
  order_not_unpaid: 409,
  charge_in_progress: 409,
  payment_method_missing: 409,
  method_expired: 422,
  registered_in_future: 422,
};

/** The names of HTTP's statuses are the standard's own, in its language. */
export const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
