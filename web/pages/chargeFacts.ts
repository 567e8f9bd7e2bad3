import { html } from 'ghtml';
import { factList } from '../facts.ts';
import type { Money } from '../format.ts';
import type { Visit } from '../visit.ts';

/** A charge that its customer is asked to confirm, as the API tells of it. */
export interface Charged {
  readonly orderNumber: string;
  readonly amount: Money;
}

/** Of which order, and how much. */
export function chargeFacts(
  { orderNumber, amount }: Charged,
  { words, format }: Pick<Visit, 'words' | 'format'>,
): string {
  const { confirmation: say } = words;
  return factList([
    [say.order, html`${orderNumber}`],
    [say.amount, html`${format.money(amount)}`],
  ]);
}
