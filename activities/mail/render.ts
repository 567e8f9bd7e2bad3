import type { AccountMessageKind } from '../../db/accountMessages.ts';
import type { Message } from '../../domain/messages.ts';
import { renewalOrder } from '../../domain/deadlines.ts';
import { dueMinor, isUnpaid } from '../../domain/orders.ts';
import { findOrder, type Subscription } from '../../domain/subscription.ts';
import { english } from './english/index.ts';
import { oneLine, type Language } from './format.ts';
import { italian } from './italian/index.ts';
import { asHtml, asText, type Letter } from './letter.ts';
import type { AccountFacts, OrderStanding, Present } from './letters.ts';

const TONGUES = { it: italian, en: english } as const;

export interface Recipient {
  readonly language: Language;
  /** As the customer gave it; it is cleaned here. Empty: addressed as customer. */
  readonly name: string;
}

export interface Rendered {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Puts a message into its recipient's language. Nothing from outside reaches a header with a line break, or HTML unescaped. */
export function render(message: Message, recipient: Recipient, present: Present): Rendered {
  return written(letterOf(message, recipient.language, present), recipient);
}

/** As `render`, for a message about an account. */
export function renderAccount(kind: AccountMessageKind, recipient: Recipient, facts: AccountFacts): Rendered {
  return written(TONGUES[recipient.language].accountLetters[kind](facts), recipient);
}

function written(letter: Letter, { language, name }: Recipient): Rendered {
  const { greeting, closing, footer } = TONGUES[language];
  const frame = { language, greeting: greeting(oneLine(name)), closing, footer };
  return { subject: oneLine(letter.subject), text: asText(letter, frame), html: asHtml(letter, frame) };
}

function letterOf(message: Message, language: Language, present: Present): Letter {
  // Each kind's letter takes that kind's facts; the compiler cannot follow the pair through the table.
  const write = TONGUES[language].letters[message.kind] as (facts: Message['payload'], present: Present) => Letter;
  return write(message.payload, present);
}

/** The order a message is about, as it stands when it is sent. */
export function orderStanding(message: Message, current: Subscription): OrderStanding | null {
  const aboutExpiry = ['renewal_due', 'auto_renewal_announced', 'expired', 'last_call'].includes(message.kind);
  const number = 'number' in message.payload ? message.payload.number : null;
  if (number === null && !aboutExpiry) return null;
  const order = number === null ? renewalOrder(current) : findOrder(current, number);
  if (order === undefined) return number === null ? null : { number, payment: 'paid', dueMinor: 0, released: true };
  const isCharged = current.attempt?.orderNumber === order.number;
  const due = dueMinor(order);
  return {
    number: order.number,
    payment: due === 0 ? 'paid' : isCharged ? 'processing' : 'unpaid',
    dueMinor: due,
    released: !isUnpaid(order),
  };
}
