/**
 * What can be wrong with one input, in plain words that follow the field's name. Each reason has both languages: that
 * is its type.
 */
import type { Words } from '../domain/words.ts';

export const REASONS = {
  missing: { it: 'è mancante.', en: 'is missing.' },
  field_unknown: { it: 'non è un campo previsto qui.', en: 'is not a known field here.' },
  empty: { it: 'non può essere vuoto.', en: 'must not be empty.' },
  no_form: { it: 'non ha nessuna delle forme accettate.', en: 'has none of the accepted forms.' },
  not_acceptable: { it: 'non è accettabile.', en: 'cannot be accepted.' },
  control_characters: {
    it: 'non può contenere caratteri di controllo.',
    en: 'must not hold control characters.',
  },
  email: { it: 'non è un indirizzo e-mail.', en: 'is not an e-mail address.' },
  date: {
    it: 'deve essere una data esistente, scritta AAAA-MM-GG.',
    en: 'must be a date that exists, written YYYY-MM-DD.',
  },
  moment: {
    it: 'deve essere un istante con il suo fuso orario, ad es. 2027-03-04T09:00:00+01:00.',
    en: 'must be a moment with its offset, e.g. 2027-03-04T09:00:00+01:00.',
  },
  id: { it: 'non è un nostro identificativo.', en: 'is not an id of ours.' },
  whole_number: {
    it: 'non è scritto come previsto: indica un numero intero.',
    en: 'is not written as expected: give a whole number.',
  },
  username_reserved: {
    it: 'ha la forma degli username assegnati ai servizi: scegline un altro.',
    en: 'has the form of the usernames given to services: choose another one.',
  },
  username_taken: { it: 'è già in uso: scegline un altro.', en: 'is taken: choose another one.' },
  password_length: { it: 'deve avere da 10 a 200 caratteri.', en: 'must have 10 to 200 characters.' },
  password_is_username: { it: 'non può essere uguale allo username.', en: 'must not be the username.' },
  password_same: {
    it: 'deve essere diversa da quella attuale.',
    en: 'must be another one than at present.',
  },
  password_wrong: { it: 'non è la password attuale.', en: 'is not the present password.' },
  fixed_at_registration: {
    it: 'non si può cambiare: vale quanto dato all’iscrizione.',
    en: 'cannot be changed: it stays as it was given at registration.',
  },
  customer_unknown: { it: 'non corrisponde a nessun cliente.', en: 'names no customer.' },
  subscription_unknown: { it: 'non corrisponde a nessun servizio.', en: 'names no subscription.' },
  order_unknown: { it: 'non corrisponde a nessun ordine.', en: 'names no order.' },
  queue_item_unknown: { it: 'non corrisponde a nessuna voce.', en: 'names no item.' },
  area_path: {
    it: 'deve essere il percorso di una pagina dell’area clienti, come /methods.',
    en: 'must be the path of a page of the customer area, e.g. /methods.',
  },
  place: {
    it: 'deve essere il valore di "next" di una pagina precedente.',
    en: 'must be the "next" of an earlier page.',
  },
  bank_file_unknown: { it: 'non corrisponde a nessun file.', en: 'names no file.' },
  payment_unknown: { it: 'non corrisponde a nessun pagamento.', en: 'names no payment.' },
  payment_conflict: {
    it: 'corrisponde a un pagamento registrato con un altro contenuto.',
    en: 'names a payment that was registered with other content.',
  },
  reversal_conflict: {
    it: 'corrisponde a uno storno registrato con un altro contenuto.',
    en: 'names a reversal that was registered with other content.',
  },
  invoice_given_up: {
    it: 'può essere solo retry: a una fattura non si rinuncia.',
    en: 'can only be retry: an invoice is not given up.',
  },
  invoice_unknown: { it: 'non corrisponde a nessuna fattura.', en: 'names no invoice.' },
  year: { it: 'deve essere un anno, come 2027.', en: 'must be a year, like 2027.' },
  iban: { it: 'non è un IBAN valido: ricopialo.', en: 'is not a valid IBAN: please copy it again.' },
  iban_elsewhere: {
    it: 'è di un paese che i bonifici SEPA non raggiungono.',
    en: 'is of a country that SEPA transfers do not reach.',
  },
  iban_needed: {
    it: 'è mancante: questa somma si rimborsa solo con bonifico.',
    en: 'is missing: this money goes back by transfer only.',
  },
  iban_of_transfers: {
    it: 'si indica solo per un bonifico.',
    en: 'only goes with a transfer.',
  },
  one_refund_source: {
    it: 'oppure paymentKey o customerId: indica uno solo dei tre.',
    en: 'or paymentKey or customerId: give one of the three.',
  },
  effect_of_orders: { it: 'si indica solo per un ordine.', en: 'only goes with an order.' },
  effect_needed: {
    it: 'è mancante: rimborsando tutto l’ordine indica se il servizio continua (keep) o termina (end).',
    en: 'is missing: where all of an order is refunded, say whether the service goes on (keep) or ends (end).',
  },
  order_or_customer: {
    it: 'non va indicato insieme a un ordine: la somma è per l’uno o per l’altro.',
    en: 'does not go with an order: the money is for one or the other.',
  },
  more_than_there_is: { it: 'è più di quanto c’è.', en: 'is more than there is.' },
  idempotency_key_needed: {
    it: 'è mancante: senza, un rimborso ripetuto sarebbe pagato due volte.',
    en: 'is missing: without it, a repeated refund would be paid twice.',
  },
  total_changed: { it: 'non è quanto costa ora questo ordine.', en: 'is not what this order costs now.' },
  administration_of_customer: {
    it: 'dipende dal cliente: omettilo quando indichi un customerId.',
    en: 'is the customer’s own: leave it out where a customerId is given.',
  },
  holder_fixed: {
    it: 'è dell’intestatario con cui il servizio è stato ordinato e non può cambiare: serve un nuovo acquisto.',
    en: 'is that of the holder the service was ordered for and cannot change: that takes a new purchase.',
  },
  fingerprint: { it: 'non è l’impronta di un preventivo.', en: 'is not the fingerprint of a quote.' },
  quote_changed: {
    it: 'non è più valido: ora il preventivo è quello allegato.',
    en: 'no longer holds: the quote is now the one enclosed.',
  },
  country: {
    it: 'deve essere la sigla di due lettere di un paese, ad es. "IT".',
    en: 'must be the two letters of a country, e.g. "IT".',
  },
  postal_code: { it: 'deve avere 5 cifre in Italia.', en: 'must have 5 digits in Italy.' },
  province: { it: 'deve avere 2 lettere in Italia, ad es. "AR".', en: 'must have 2 letters in Italy, e.g. "AR".' },
  phone: {
    it: 'deve essere un numero di telefono da 6 a 20 cifre.',
    en: 'must be a telephone number of 6 to 20 digits.',
  },
  name_missing: {
    it: 'è mancante: indica firstName e lastName, oppure companyName.',
    en: 'is missing: give firstName and lastName, or companyName.',
  },
  tax_identity_missing: {
    it: 'è mancante: serve almeno uno tra taxCode e vatNumber.',
    en: 'is missing: at least one of taxCode and vatNumber is needed.',
  },
  one_invoice_address: {
    it: 'va omesso quando c’è un recipientCode: le fatture seguono una sola via.',
    en: 'must be left out where a recipientCode is given: invoices go one way only.',
  },
  recipient_code_of_foreigners: {
    it: 'non può essere XXXXXXX, che è di chi non ha codice fiscale né partita IVA italiani.',
    en: 'cannot be XXXXXXX, which is for who has neither an Italian tax code nor VAT number.',
  },
  not_writable: {
    it: 'va indicato anche in caratteri latini: altri non sono ammessi nelle fatture.',
    en: 'must be given in Latin characters too: invoices admit no others.',
  },
  recipient_code_of_administration: {
    it: 'deve avere 6 lettere e cifre per una pubblica amministrazione.',
    en: 'must have 6 letters and digits for a public administration.',
  },
  recipient_code_of_others: {
    it: 'deve avere 7 lettere e cifre per chi non è una pubblica amministrazione.',
    en: 'must have 7 letters and digits for who is no public administration.',
  },
  tax_code_length: { it: 'deve avere 16 caratteri, oppure 11 cifre.', en: 'must have 16 characters, or 11 digits.' },
  tax_code_check: {
    it: 'ha un carattere di controllo errato: ricopialo.',
    en: 'has a wrong check character: please copy it again.',
  },
  tax_code_form: {
    it: 'non ha la forma di un codice fiscale italiano.',
    en: 'is not formed like an Italian tax code.',
  },
  birth_date: {
    it: 'contiene una data di nascita che non esiste.',
    en: 'holds a birth date that does not exist.',
  },
  vat_number_length: {
    it: 'deve avere 11 cifre, con o senza "IT" davanti.',
    en: 'must have 11 digits, with or without "IT" before them.',
  },
  check_digit: {
    it: 'ha una cifra di controllo errata: ricopialo.',
    en: 'has a wrong check digit: please copy it again.',
  },
  tax_office: {
    it: 'indica un ufficio delle imposte che non esiste.',
    en: 'names a tax office that does not exist.',
  },
  gateway_token: {
    it: 'deve essere un token del gateway di pagamento.',
    en: 'must be a token of the payment gateway.',
  },
  token_unknown: {
    it: 'non è un metodo che questo cliente abbia registrato presso il gateway di pagamento.',
    en: 'is no method this customer has registered with the payment gateway.',
  },
  card_number_as_token: {
    it: 'deve essere un token del gateway di pagamento, mai un numero di carta.',
    en: 'must be a token of the payment gateway, never a card number.',
  },
  method_unknown: {
    it: 'non corrisponde a nessun metodo di pagamento del cliente.',
    en: 'names no payment method of this customer.',
  },
  stored_or_new: {
    it: 'va indicato da solo: i dati di un metodo registrato sono già noti.',
    en: 'goes alone: what is registered is known already.',
  },
  brand: { it: 'deve essere il nome di un circuito di pagamento.', en: 'must be the name of a card brand.' },
  last4: { it: 'deve essere di 4 cifre.', en: 'must be 4 digits.' },
  month: { it: 'deve essere un mese, scritto AAAA-MM.', en: 'must be a month, written YYYY-MM.' },
  card_number: { it: 'non può contenere un numero di carta.', en: 'must not hold a card number.' },
  external_id: {
    it: 'deve essere di caratteri stampabili senza spazi.',
    en: 'must be made of printable characters without blanks.',
  },
  source: {
    it: 'deve essere di lettere minuscole, cifre, "-" e "_".',
    en: 'must be made of small letters, digits, "-" and "_".',
  },
  token_without_method: { it: 'si usa solo con card o paypal.', en: 'only goes with card or paypal.' },
  reserved_source: { it: 'è uno dei nostri nomi riservati.', en: 'is one of our own names.' },
  letters_and_digits: { it: 'deve essere di lettere e cifre.', en: 'must be made of letters and digits.' },
  username: {
    it: 'deve avere da 3 a 64 lettere, cifre, "_", ".", "@" o "-".',
    en: 'must have 3 to 64 letters, digits, "_", ".", "@" or "-".',
  },
  to_or_by: { it: 'oppure by: indica uno dei due.', en: 'or by: give one of the two.' },
  too_far_ahead: { it: 'può essere al massimo 15 anni avanti.', en: 'must lie at most 15 years ahead.' },
  duration: {
    it: 'deve essere una durata ISO 8601 in avanti, ad es. "P1Y" o "PT36H".',
    en: 'must be an ISO 8601 duration that goes forward, e.g. "P1Y" or "PT36H".',
  },
  idempotency_key: {
    it: 'deve essere un testo da 1 a 255 caratteri stampabili, tra virgolette o senza.',
    en: 'must be a text of 1 to 255 printable characters, in quotes or without.',
  },
} as const satisfies Record<string, Words>;

/**
 * A reason for zod: its message is the English, and the words travel with the issue. For `refine` and `addIssue`, in
 * place of a bare message, which only English readers would understand.
 */
export function because(words: Words): { message: string; params: { words: Words } } {
  return { message: words.en, params: { words } };
}

export const atLeast = (least: number | bigint): Words => ({
  it: `deve essere almeno ${least}.`,
  en: `must be at least ${least}.`,
});

export const atMost = (most: number | bigint): Words => ({
  it: `deve essere al massimo ${most}.`,
  en: `must be at most ${most}.`,
});

export const atLeastCharacters = (least: number | bigint): Words => ({
  it: `deve avere almeno ${least} caratteri.`,
  en: `must have at least ${least} characters.`,
});

export const atMostCharacters = (most: number | bigint): Words => ({
  it: `deve avere al massimo ${most} caratteri.`,
  en: `must have at most ${most} characters.`,
});

/** One of the values given, as JSON writes them. */
export function oneOf(values: readonly unknown[]): Words {
  const names = values.map((value) => JSON.stringify(value));
  if (names.length === 1) return { it: `deve essere ${names[0]}.`, en: `must be ${names[0]}.` };
  return { it: `deve essere uno tra ${names.join(', ')}.`, en: `must be one of ${names.join(', ')}.` };
}

const KINDS: Readonly<Record<string, Words>> = {
  string: { it: 'un testo', en: 'a text' },
  number: { it: 'un numero', en: 'a number' },
  int: { it: 'un numero intero', en: 'a whole number' },
  boolean: { it: 'vero o falso (true o false)', en: 'true or false' },
  object: { it: 'un oggetto', en: 'an object' },
  array: { it: 'una lista', en: 'a list' },
  decimals: { it: 'un numero con decimali', en: 'a number with decimals' },
};

const kind = (name: string): Words => KINDS[name] ?? { it: name, en: name };

/** Another kind of value was expected. */
export function ofKind(expected: string, given: unknown): Words {
  const wanted = kind(expected);
  const found = kind(kindOf(given));
  return { it: `deve essere ${wanted.it}, non ${found.it}.`, en: `must be ${wanted.en}, not ${found.en}.` };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'number' : 'decimals';
  return typeof value;
}
