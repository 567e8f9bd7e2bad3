/** Test values of the sandbox: what a customer can enter to see every way a charge or an activation can go. */
import { addMonths, type PlainDate } from '../domain/calendar.ts';
import { monthOf } from '../domain/cards.ts';
import type { Words } from '../domain/words.ts';

/** What the sandbox gateway does with each token; any other token is declined. */
export const SANDBOX_TOKENS = {
  tok_approved: { it: 'Ogni addebito riesce.', en: 'Every charge is captured.' },
  tok_declined: {
    it: 'Ogni addebito è rifiutato: fondi insufficienti.',
    en: 'Every charge is declined: insufficient funds.',
  },
  tok_stolen: {
    it: 'Ogni addebito è rifiutato: la carta risulta smarrita o rubata.',
    en: 'Every charge is declined: the card was reported lost or stolen.',
  },
  tok_declined_once: {
    it: 'Il primo addebito di ogni ordine è rifiutato, i successivi riescono.',
    en: 'The first charge of each order is declined, later ones are captured.',
  },
  tok_needs_customer: {
    it: 'Ogni addebito attende la conferma del cliente (autenticazione forte).',
    en: 'Each charge waits until the customer confirms it (strong customer authentication).',
  },
  tok_timeout_after_capture: {
    it: 'Ogni addebito riesce, ma la prima risposta si perde lungo la strada.',
    en: 'Each charge is captured, but its first answer is lost on the way.',
  },
  tok_outage: { it: 'Il gateway non risponde agli addebiti.', en: 'The gateway does not answer to a charge.' },
  tok_expires_soon: {
    it: 'Ogni addebito riesce finché la carta è valida: scade alla fine del mese prossimo.',
    en: 'Every charge is captured while the card is good: it expires at the end of next month.',
  },
  tok_refund_refused: {
    it: 'Ogni addebito riesce, ma la banca della carta respinge i rimborsi.',
    en: 'Every charge is captured, but the card’s bank refuses refunds.',
  },
} as const satisfies Record<string, Words>;

export type SandboxToken = keyof typeof SANDBOX_TOKENS;

export function isSandboxToken(token: string): token is SandboxToken {
  return Object.hasOwn(SANDBOX_TOKENS, token);
}

/** A test card or PayPal account as a checkout would get it from the gateway's own form. */
export interface SandboxMethod {
  readonly token: SandboxToken;
  readonly label: string;
  readonly what: Words;
}
export interface SandboxCard extends SandboxMethod {
  readonly brand: string;
  readonly last4: string;
  /** The last month in which it is good, `YYYY-MM`. */
  readonly validThrough: string;
}

const CARDS: readonly (readonly [token: SandboxToken, brand: string, last4: string])[] = [
  ['tok_approved', 'Visa', '4242'],
  ['tok_declined', 'Mastercard', '0002'],
  ['tok_stolen', 'Mastercard', '9979'],
  ['tok_declined_once', 'Mastercard', '0341'],
  ['tok_needs_customer', 'Visa', '3155'],
  ['tok_timeout_after_capture', 'Visa', '0077'],
  ['tok_outage', 'Visa', '0119'],
  ['tok_expires_soon', 'Visa', '0069'],
  ['tok_refund_refused', 'Visa', '3184'],
];
const PAYPAL: readonly (readonly [token: SandboxToken, label: string])[] = [
  ['tok_approved', 'm•••@example.com'],
  ['tok_declined', 'l•••@example.com'],
  ['tok_needs_customer', 'g•••@example.com'],
];

/** Longer than any clock of the sandbox is moved. */
const YEARS_VALID = 20;

/** The test cards as of a day: all good for years but one, whose end comes soon. */
export function sandboxCards(today: PlainDate): SandboxCard[] {
  const farAhead = `${Number(today.slice(0, 4)) + YEARS_VALID}-12`;
  return CARDS.map(([token, brand, last4]) => {
    const validThrough = token === 'tok_expires_soon' ? monthOf(addMonths(today, 1)) : farAhead;
    return { token, label: `${brand} •••• ${last4}`, brand, last4, validThrough, what: SANDBOX_TOKENS[token] };
  });
}

export const SANDBOX_PAYPAL: readonly SandboxMethod[] = PAYPAL.map(([token, label]) => ({
  token,
  label,
  what: SANDBOX_TOKENS[token],
}));

/** A customer with this telephone number, however it is spaced, is refused provisioning: the activation fails. */
export const SANDBOX_REFUSED_PHONE = '+390000000000';

/** The sandbox gateway's name: part of the identity of each payment it takes, so it never changes. */
export const SANDBOX_GATEWAY = 'gateway';
