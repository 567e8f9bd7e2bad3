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

  /** Keys of the payments that wait here. */
  paymentKeys(): string[] {
    return this.#items.flatMap(({ command }) => (command.type === 'RecordPayment' ? [command.payment.key] : []));
  }
}
