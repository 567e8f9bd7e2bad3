/** One plain sentence in each language, and what it rests on. */
import type { Event, EventType } from '../events.ts';
import { ruleText, type RuleId } from '../rules.ts';
import type { Words } from '../words.ts';

/** What a sentence answers. The `button_…` ones each tell why that button is missing. */
export const TOPICS = [
  'expiry',
  'extras',
  'amount',
  'next_renewal',
  'button_renew',
  'button_upgrade',
  'button_reactivate',
  'button_pay',
  'button_cancel',
  'button_give_notice',
  'next',
  'if_unpaid',
  'charges',
  'money',
] as const;
export type Topic = (typeof TOPICS)[number];

export type Ground =
  | { readonly kind: 'order'; readonly number: string }
  | { readonly kind: 'payment'; readonly key: string }
  | { readonly kind: 'event'; readonly sequence: number; readonly type: EventType }
  | { readonly kind: 'rule'; readonly id: RuleId; readonly text: Words };

export interface Sentence extends Words {
  readonly topic: Topic;
  readonly restsOn: readonly Ground[];
}

export const theOrder = (number: string): Ground => ({ kind: 'order', number });
export const thePayment = (key: string): Ground => ({ kind: 'payment', key });
export const theEvent = ({ sequence, type }: Event): Ground => ({ kind: 'event', sequence, type });
export const theRule = (id: RuleId): Ground => ({ kind: 'rule', id, text: ruleText(id) });

/** Puts a sentence together: curly apostrophes as everywhere a customer reads, grounds once each. */
export function sentence(topic: Topic, { it, en }: Words, ...grounds: readonly (Ground | null)[]): Sentence {
  const named = new Map(grounds.filter((ground) => ground !== null).map((ground) => [JSON.stringify(ground), ground]));
  return { topic, it: finished(it), en: finished(en), restsOn: [...named.values()] };
}

function finished(text: string): string {
  return text.replaceAll("'", '’');
}
