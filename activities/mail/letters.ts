import type { Sku } from '../../domain/catalogue.ts';
import type { Message, MessageKind } from '../../domain/messages.ts';
import type { Letter } from './letter.ts';
import type { PaymentInstructions } from './instructions.ts';

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

export interface Tongue {
  readonly letters: Letters;
  greeting(name: string): { before: string; name: string; after: string };
  readonly closing: string;
  readonly footer: string;
}
