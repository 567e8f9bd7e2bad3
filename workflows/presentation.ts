/**
 * What an operator reads in the Temporal UI without decoding anything: words for what a life is and waits for, and
 * attributes to filter lives by. None of it holds personal data; the customer is an opaque reference.
 */
import {
  defineSearchAttributeKey,
  type SearchAttributePair,
  type SearchAttributeUpdatePair,
  type TypedSearchAttributes,
} from '@temporalio/common';
import { formatInstant, instantOf, TIME_ZONE, type Instant } from '../domain/calendar.ts';
import type { NumberedOrder } from '../domain/commands.ts';
import { nextConsequence, nextDeadline, type Deadline, type DeadlineKind } from '../domain/deadlines.ts';
import { decide } from '../domain/decide.ts';
import { dueMinor, isUnpaid, type OpenOrder } from '../domain/orders.ts';
import {
  expiresOn,
  newSubscription,
  noticeGiven,
  type ChargeAttempt,
  type Subscription,
} from '../domain/subscription.ts';
import { toDate } from './clock.ts';

/** Typed search attributes, by the names the namespace knows them. */
export const SEARCH_ATTRIBUTES = {
  RinnovoStatus: 'KEYWORD',
  RinnovoPlan: 'KEYWORD',
  RinnovoCustomer: 'KEYWORD',
  RinnovoExpiresOn: 'DATETIME',
  /** The next deadline of consequence: charge, expiry, end. */
  RinnovoNextDeadline: 'DATETIME',
  RinnovoAutoRenewal: 'BOOL',
  RinnovoAwaitingPayment: 'BOOL',
} as const;

const STATUS = defineSearchAttributeKey('RinnovoStatus', SEARCH_ATTRIBUTES.RinnovoStatus);
const PLAN = defineSearchAttributeKey('RinnovoPlan', SEARCH_ATTRIBUTES.RinnovoPlan);
const CUSTOMER = defineSearchAttributeKey('RinnovoCustomer', SEARCH_ATTRIBUTES.RinnovoCustomer);
const EXPIRES_ON = defineSearchAttributeKey('RinnovoExpiresOn', SEARCH_ATTRIBUTES.RinnovoExpiresOn);
const NEXT_DEADLINE = defineSearchAttributeKey('RinnovoNextDeadline', SEARCH_ATTRIBUTES.RinnovoNextDeadline);
const AUTO_RENEWAL = defineSearchAttributeKey('RinnovoAutoRenewal', SEARCH_ATTRIBUTES.RinnovoAutoRenewal);
const AWAITING_PAYMENT = defineSearchAttributeKey('RinnovoAwaitingPayment', SEARCH_ATTRIBUTES.RinnovoAwaitingPayment);

const WORDS: Readonly<Record<DeadlineKind, string>> = {
  close_unpaid: 'close the unpaid first order',
  renewal_reminder: 'send the renewal reminder',
  auto_renewal_announcement: 'announce auto-renewal',
  card_expiry_reminder: 'remind of the card that expires',
  charge: 'charge auto-renewal',
  ask_gateway_again: 'ask the silent payment gateway again',
  expire: 'expire the service',
  last_call: 'send the last call to reactivate',
  terminate: 'end the service',
};

/** A timer's summary, e.g. `charge auto-renewal on 2028-02-23 09:00 Europe/Rome`. */
export function inWords(deadline: Deadline): string {
  const about = deadline.kind === 'renewal_reminder' ? ` of ${deadline.days} days before expiry` : '';
  return `${WORDS[deadline.kind]}${about} on ${timeInRome(deadline.at)}`;
}

export function chargeSummary(attempt: ChargeAttempt): string {
  return `charge ${euro(attempt.amountMinor)} for order ${attempt.orderNumber}, attempt ${attempt.attemptId}`;
}

/** The current details of a run, in markdown. They repeat what the start says, which later runs do not inherit. */
export function detailsOf(state: Subscription): string {
  const expiry = expiresOn(state);
  const deadline = nextDeadline(state);
  const until = expiry === null ? '' : `, paid until ${expiry} (exclusive)`;
  const lines = [
    `**${state.phase.status.replaceAll('_', ' ')}**${until}${noticeGiven(state) ? ', notice given' : ''}`,
    `- What: ${state.product} for customer ${state.customerRef}`,
    `- Auto-renewal: ${state.autoRenewal ? 'on' : 'off'}`,
    `- Waits for: ${deadline === null ? 'nothing that time alone brings' : inWords(deadline)}`,
    ...state.orders.filter(isUnpaid).map((order) => `- Unpaid: ${orderInWords(order)}`),
  ];
  const { attempt } = state;
  if (attempt !== null) {
    const asked = attempt.retryAt === null ? 'being asked' : `no answer ${attempt.unanswered} times`;
    lines.push(`- Under way: ${chargeSummary(attempt)}: ${asked}`);
  }
  return [...lines, '', HOW_TO].join('\n');
}

function orderInWords(order: OpenOrder): string {
  const { content, payableMinor, placedOn } = order.priced;
  const due = `${euro(dueMinor(order))} due of ${euro(payableMinor)}`;
  return `order ${order.number}, ${content.type.replaceAll('_', ' ')} of ${placedOn}, ${due}`;
}

export function attributesOf(state: Subscription): SearchAttributePair[] {
  const expiry = expiresOn(state);
  const deadline = nextConsequence(state);
  return [
    { key: STATUS, value: state.phase.status },
    { key: PLAN, value: state.product },
    { key: CUSTOMER, value: state.customerRef },
    ...(expiry === null ? [] : [{ key: EXPIRES_ON, value: toDate(instantOf(expiry)) }]),
    ...(deadline === null ? [] : [{ key: NEXT_DEADLINE, value: toDate(deadline.at) }]),
    { key: AUTO_RENEWAL, value: state.autoRenewal },
    { key: AWAITING_PAYMENT, value: state.orders.some(isUnpaid) },
  ];
}

/** Only what is no longer as the server has it: each upsert is an event and costs. */
export function changedAttributes(known: TypedSearchAttributes, state: Subscription): SearchAttributeUpdatePair[] {
  const present = attributesOf(state);
  const changed = present.filter(({ key, value }) => JSON.stringify(known.get(key)) !== JSON.stringify(value));
  const gone = [EXPIRES_ON, NEXT_DEADLINE]
    .filter((key) => known.get(key) !== undefined && !present.some((pair) => pair.key.name === key.name))
    .map((key) => ({ key, value: null }));
  return [...changed, ...gone];
}

/** What a life is started with, so that its first wait finds nothing to change. */
export interface StartPresentation {
  readonly staticSummary: string;
  readonly staticDetails: string;
  readonly typedSearchAttributes: SearchAttributePair[];
}

/** For whoever starts a life with its first order; `now` is the instant it is placed at. */
export function presentStart(
  start: Parameters<typeof newSubscription>[0],
  order: NumberedOrder,
  now: Instant,
): StartPresentation {
  const born = newSubscription(start, now);
  const placed = decide(born, { type: 'PlaceOrder', order, pay: null }, now);
  return {
    staticSummary: `${start.product} for customer ${start.customerRef}, first order ${order.number}`,
    staticDetails: `One subscription, from its first order to its end.\n${HOW_TO}`,
    typedSearchAttributes: attributesOf(placed.accepted ? placed.state : born),
  };
}

const HOW_TO = [
  '- Money by hand: signal `recordPayment` with `{"externalId": "…", "orderNumber": "…", "amountMinor": 3050, ' +
    '"currency": "EUR", "method": "bank_transfer", "registeredOn": "2027-03-01"}`',
  '- Requests: update `submitRequest` with `{"type": "RetryActivation"}`, `{"type": "SwitchAutoRenewal", "on": false}` …',
  '- The whole state: query `inspect`. A cancellation is ignored: notice is given with `{"type": "GiveNotice"}`',
].join('\n');

function timeInRome(at: Instant): string {
  return `${formatInstant(at).slice(0, 16).replace('T', ' ')} ${TIME_ZONE}`;
}

function euro(amountMinor: number): string {
  return `${Math.floor(amountMinor / 100)}.${String(amountMinor % 100).padStart(2, '0')} EUR`;
}
