import type { Instant } from '../domain/calendar.ts';
import type { Command } from '../domain/commands.ts';
import type { Refusal } from '../domain/errors.ts';
import type { RequestAnswer } from './contract.ts';

/** Somebody waits for what becomes of a request: an update that was accepted and has yet to be answered. */
export interface Ticket {
  /** The update's id. */
  readonly requestId: string;
  answer(answer: RequestAnswer): void;
  refuse(refusal: Refusal): void;
}

export interface Item {
  readonly command: Command;
  /** When it counts as heard on the life's own clock; decides its place among the deadlines. */
  readonly heardAt: Instant;
  readonly ticket?: Ticket;
}

/** What was heard and is not yet handled, the earliest first; in the order of arrival where two were heard at once. */
export class Inbox {
  readonly #items: Item[] = [];

  get head(): Item | undefined {
    return this.#items[0];
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  put(item: Item): void {
    const after = this.#items.findIndex(({ heardAt }) => heardAt > item.heardAt);
    this.#items.splice(after === -1 ? this.#items.length : after, 0, item);
  }

  take(): Item | undefined {
    return this.#items.shift();
  }

  /** Puts something behind whatever waits here and tells of this payment. */
  putAfter(item: Item, paymentKey: string): void {
    const last = this.#items.findLast((waiting) => tellsOf(waiting, paymentKey));
    this.put(last === undefined || last.heardAt < item.heardAt ? item : { ...item, heardAt: last.heardAt });
  }

  /** Whether something waits here that tells of this payment. */
  tellsOf(paymentKey: string): boolean {
    return this.#items.some((item) => tellsOf(item, paymentKey));
  }

  /** Keys of the reversals that wait here. */
  reversalKeys(): string[] {
    return this.#items.flatMap(({ command }) => (command.type === 'RecordReversal' ? [command.reversal.key] : []));
  }

  /** Keys of the payments that wait here. */
  paymentKeys(): string[] {
    return this.#items.flatMap(({ command }) => (command.type === 'RecordPayment' ? [command.payment.key] : []));
  }
}

/** Who waits for what was handled, if anybody does. */
export function ticketOf(entry: Item | { readonly command: Command }): Ticket | undefined {
  return 'ticket' in entry ? entry.ticket : undefined;
}

function tellsOf({ command }: Item, paymentKey: string): boolean {
  return command.type === 'RecordPayment' && command.payment.key === paymentKey;
}
