import type { PaymentInstructions } from '../../config/instructions.ts';
import type { AccountMessageKind } from '../../db/accountMessages.ts';
import type { Sku } from '../../domain/catalogue.ts';
import type { Message, MessageKind } from '../../domain/messages.ts';
import type { Letter } from './letter.ts';

/** An order as it stands when the message is sent. */
export interface OrderStanding {
  readonly number: string;
  /** 'unpaid' also where a commitment has released the order and the amount is still due (`released`). */
  readonly payment: 'unpaid' | 'processing' | 'paid';
  readonly dueMinor: number;
  readonly released: boolean;
}

/** What a letter says beside the message's own facts, as of the moment it is sent. */
export interface Present {
  readonly product: Extract<Sku, 'fe' | 'fe-receive-only'>;
  /** The order the message is about; for messages about the expiry, the renewal or reactivation still unpaid. */
  readonly order: OrderStanding | null;
  readonly instructions: PaymentInstructions;
  /** The customer area. */
  readonly areaUrl: string;
  /** In an activation only; exists nowhere else in clear. */
  readonly temporaryPassword: string | null;
}

type FactsOf<K extends MessageKind> = Extract<Message, { kind: K }>['payload'];

/** One letter per kind of message, in one language. */
export type Letters = { readonly [K in MessageKind]: (facts: FactsOf<K>, present: Present) => Letter };

/** What a letter about an account says; a link sets a password, and stands nowhere else in clear. */
export interface AccountFacts {
  readonly username: string;
  /** In a reminder: all there are at that e-mail address. */
  readonly usernames: readonly string[];
  /** The mailed link; where the letter holds none, the customer area. */
  readonly url: string;
}

/** One letter per kind of message about an account, in one language. */
export type AccountLetters = { readonly [K in AccountMessageKind]: (facts: AccountFacts) => Letter };

export interface Tongue {
  readonly letters: Letters;
  readonly accountLetters: AccountLetters;
  greeting(name: string): { before: string; name: string; after: string };
  readonly closing: string;
  readonly footer: string;
}
