/** A message of every kind, and what is around it when it is sent. */
import { plainDate } from '../../../domain/calendar.ts';
import type { Message, MessageKind } from '../../../domain/messages.ts';
import { loadInstructions } from '../../../config/instructions.ts';
import type { Present } from '../../../activities/mail/letters.ts';

export const NUMBER = '1000000137';
export const PASSWORD = 'abcd-efgh-jkmn-pqrs';
const EXPIRY = plainDate('2028-03-01');

type Payload<K extends MessageKind> = Extract<Message, { kind: K }>['payload'];

const PAYLOADS: { readonly [K in MessageKind]: Payload<K> } = {
  order_confirmed: {
    number: NUMBER,
    orderType: 'renewal',
    placedOn: plainDate('2028-02-08'),
    years: 2,
    lines: [
      { sku: 'fe', quantity: 1, from: EXPIRY, until: plainDate('2030-03-01'), months: 24, netMinor: 5000 },
      { sku: 'user', quantity: 3, from: null, until: null, months: 1, netMinor: 250 },
    ],
    netMinor: 5250,
    vatPercent: 22,
    vatMinor: 1155,
    splitPayment: false,
    payableMinor: 6405,
    late: true,
  },
  payment_received: { number: NUMBER, amountMinor: 3050, creditedMinor: 50 },
  part_payment: { number: NUMBER, amountMinor: 1000, dueMinor: 123_456 },
  activation: {
    username: 'rn00000001',
    items: [{ sku: 'fe', quantity: 1, from: plainDate('2027-03-01'), until: EXPIRY }],
    expiresOn: EXPIRY,
  },
  renewal_due: { daysBefore: 90, expiresOn: EXPIRY },
  auto_renewal_announced: { chargeOn: plainDate('2028-02-23'), expiresOn: EXPIRY, years: 1, method: 'card' },
  charged: { number: NUMBER, amountMinor: 3050, expiresOn: plainDate('2029-03-01') },
  declined: {
    number: NUMBER,
    occasion: 'auto_renewal',
    amountMinor: 3050,
    nextTryOn: plainDate('2028-02-25'),
    expiresOn: EXPIRY,
    attempts: 1,
  },
  payment_returned: {
    number: NUMBER,
    amountMinor: 3050,
    reason: 'called_back',
    dueMinor: 3000,
    completed: true,
    creditMinor: 50,
  },
  confirmation_needed: {
    number: NUMBER,
    amountMinor: 3050,
    confirmationUrl: 'https://bank.example/confirm?a=1&b="2"',
    expiresOn: EXPIRY,
  },
  renewed: { number: NUMBER, orderType: 'renewal', expiresOn: plainDate('2029-03-01'), revived: false },
  expired: { expiredOn: EXPIRY, lastDayToReactivate: plainDate('2028-04-30') },
  last_call: { lastDayToReactivate: plainDate('2028-04-30') },
  terminated: { endedOn: plainDate('2028-05-01'), why: 'not_reactivated' },
  closed: { endedOn: plainDate('2027-05-01'), number: NUMBER },
  refund: { number: NUMBER, amountMinor: 3050, way: 'original', endedOn: plainDate('2027-05-01') },
  activation_abandoned: { number: NUMBER, creditedMinor: 3050, closedOn: plainDate('2027-03-09') },
  auto_renewal_switched: { on: true, why: 'customer', method: 'paypal', chargesNow: false, expiresOn: EXPIRY },
  card_expiring: { methodId: 'pm_1', validThrough: plainDate('2027-12-31'), expiresOn: EXPIRY },
  method_changed: { methodId: 'pm_1', method: 'card', autoRenewal: true, expiresOn: EXPIRY },
  notice_confirmed: { endsOn: EXPIRY },
  upgrade_active: {
    number: NUMBER,
    items: [{ sku: 'space', quantity: 2, from: plainDate('2027-06-11'), until: plainDate('2028-06-11') }],
    expiresOn: plainDate('2028-06-11'),
    usable: true,
  },
};

export const KINDS = Object.keys(PAYLOADS) as MessageKind[];

/** The sample of a kind, with some of its facts changed. */
export function sample<K extends MessageKind>(kind: K, changes: Partial<Payload<K>> = {}): Message {
  return { kind, occasion: `${kind}:1`, payload: { ...PAYLOADS[kind], ...changes } } as Message;
}

export function present(changes: Partial<Present> = {}): Present {
  return {
    product: 'fe',
    order: { number: NUMBER, payment: 'unpaid', dueMinor: 6405, released: false },
    instructions: loadInstructions(),
    areaUrl: 'https://clienti.example/area',
    temporaryPassword: PASSWORD,
    ...changes,
  };
}
