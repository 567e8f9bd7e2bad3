import type { Json } from './client.ts';

/** An event of the timeline, as the API gives it. */
export interface TimelineEvent {
  readonly sequence: number;
  readonly at: string;
  readonly type: string;
  readonly data: Json;
}

type Tell = (data: Json) => string;

const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? (inner as Json)[name] : undefined),
    value,
  );

function euros(money: unknown): string {
  const minor = at(money, 'amountMinor');
  return typeof minor === 'number' ? `${(minor / 100).toFixed(2)} EUR` : '?';
}

const words = (value: unknown): string => String(value).replaceAll('_', ' ');

/** What each event is in a story; events that only keep the books are left out. */
const SENTENCES: Readonly<Record<string, Tell>> = {
  OrderPlaced: ({ order }) =>
    `${at(order, 'origin') === 'auto_renewal' ? 'Auto-renewal makes' : 'The customer places'} ${words(at(order, 'priced', 'content', 'type'))} order ` +
    `${String(at(order, 'number'))}: ${euros(at(order, 'priced', 'payable'))}`,
  PaymentApplied: ({ payment, number }) =>
    `${euros(at(payment, 'amount'))} by ${words(at(payment, 'method'))}, registered on ${String(at(payment, 'registeredOn'))}, pays order ${String(number)}`,
  PaymentCredited: ({ amount, reason }) => `${euros(amount)} become customer credit (${words(reason)})`,
  PaymentUnmatched: ({ amount, reason }) => `${euros(amount)} wait for an operator (${words(reason)})`,
  PaymentReversed: ({ reversal, number, due }) =>
    `${euros(at(reversal, 'amount'))} are taken back (${words(at(reversal, 'reason'))})${number === null ? '' : `: ${euros(due)} are due again on order ${number as string}`}`,
  OrderCancelled: ({ number, why }) => `Order ${String(number)} is cancelled (${words(why)})`,
  OrderCompleted: ({ number, completedOn }) => `Order ${String(number)} is complete, on ${String(completedOn)}`,
  Activated: ({ expiresOn }) => `The service is active until ${String(expiresOn)}`,
  ServiceExtended: ({ expiresOn, revived }) =>
    `The service now runs until ${String(expiresOn)}${revived === true ? ', active again' : ''}`,
  Expired: ({ lastDayToReactivate }) =>
    `The service expires: read-only, to be reactivated by ${String(lastDayToReactivate)}`,
  LastCallDue: ({ lastDayToReactivate }) => `Last call: reactivation ends on ${String(lastDayToReactivate)}`,
  Terminated: () => 'The service is terminated; its tax code is free for a new purchase',
  AutoRenewalSwitched: ({ on }) => `Auto-renewal is ${on === true ? 'on' : 'off'}`,
  PaymentMethodSet: ({ method }) => `A ${String(at(method, 'kind'))} is stored`,
  RenewalReminderDue: ({ daysBefore }) => `${String(daysBefore)} days to expiry, auto-renewal off`,
  CardExpiryReminderDue: ({ validThrough }) => `The card for auto-renewal is good until ${String(validThrough)} only`,
  AutoRenewalAnnounced: ({ chargeOn }) => `The charge of ${String(chargeOn)} is announced`,
  ChargeSucceeded: ({ number }) => `The card is charged for order ${String(number)}`,
  ChargeDeclined: ({ reason, nextTryOn }) =>
    `The charge is declined (${words(reason)}); ${nextTryOn === null ? 'no further try' : `next try on ${nextTryOn as string}`}`,
};

/** One event as a sentence, or null where it is no part of the story. */
export function sentenceFor(event: TimelineEvent): string | null {
  return SENTENCES[event.type]?.(event.data) ?? null;
}
