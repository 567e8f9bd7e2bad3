import { allowedActions, type AllowedActions } from './actions.ts';
import { addDays, dateAt, daysBetween, type Instant, type PlainDate } from './calendar.ts';
import type { BaseSku, ExtraSku } from './catalogue.ts';
import { chargeable, nextChargeOn, nextDeadline, renewalOrder, type DeadlineKind } from './deadlines.ts';
import { composition, INCLUDED_GB, quantityOn, spaceBytesOn, type UnitGroup } from './entitlements.ts';
import { euros, type Money } from './money.ts';
import { dueMinor, isUnpaid, receivedMinor, type StoredMethodKind } from './orders.ts';
import type { OrderType } from './planning.ts';
import { ADVISED_DAYS_BEFORE_EXPIRY } from './pricing.ts';
import { expiresOn, hasEnded, noticeGiven, type Status, type Subscription } from './subscription.ts';

/** Words a customer reads: Italian first, English second. */
export interface Words {
  readonly it: string;
  readonly en: string;
}

export const STATUS_LABELS: Readonly<Record<Status, Words>> = {
  awaiting_payment: { it: 'In attesa di pagamento', en: 'Awaiting payment' },
  awaiting_activation: { it: 'In attesa di attivazione', en: 'Awaiting activation' },
  activation_failed: { it: 'Attivazione KO', en: 'Activation failed' },
  active: { it: 'Attivo', en: 'Active' },
  expired: { it: 'Scaduto', en: 'Expired' },
  terminated: { it: 'Cancellato', en: 'Terminated' },
  closed: { it: 'Ordine annullato', en: 'Order closed' },
};

/** The expiry date turns red this many days before it, the used space above this share [guide: customer area]. */
const EXPIRY_NEAR_DAYS = 90;
const SPACE_TIGHT_PERCENT = 80;

export type NoticeCode =
  | 'update_payment_data'
  | 'confirm_payment'
  | 'charge_pending'
  | 'charge_not_made'
  | 'will_expire_order_cancelled'
  | 'pay_before_expiry'
  | 'notice_given'
  | 'read_only';

export interface Notice extends Words {
  readonly code: NoticeCode;
}

/** An order the customer can still pay or cancel, or on which a committed amount is still due. */
export interface OrderInView {
  readonly number: string;
  readonly type: OrderType;
  readonly status: 'awaiting_payment' | 'completed';
  readonly placedOn: PlainDate;
  readonly payable: Money;
  readonly received: Money;
  readonly due: Money;
  readonly canPay: boolean;
  readonly canCancel: boolean;
}

/** Units of one extra, and when they end. */
export interface ExtraInView {
  readonly sku: ExtraSku;
  readonly quantity: number;
  readonly endsOn: PlainDate;
  /** False for units that a renewal left behind: they keep their paid time and end with it. */
  readonly carriedOn: boolean;
}

/** What the customer area shows of one subscription at one moment. */
export interface CustomerView {
  readonly id: string;
  readonly product: BaseSku;
  readonly username: string | null;
  readonly status: Status;
  readonly statusLabel: Words;
  readonly expiresOn: PlainDate | null;
  readonly daysToExpiry: number | null;
  readonly expiryIsNear: boolean;
  readonly lastDayToReactivate: PlainDate | null;
  readonly readOnly: boolean;
  readonly usedBytes: number;
  readonly spaceBytes: number;
  readonly usedPercent: number;
  readonly spaceIsTight: boolean;
  readonly composition: {
    readonly includedGb: number;
    readonly usersToday: number;
    readonly extras: readonly ExtraInView[];
  };
  readonly actions: Pick<AllowedActions, 'renew' | 'upgrade' | 'reactivate' | 'giveNotice'>;
  readonly unpaidOrders: readonly OrderInView[];
  readonly autoRenewal: {
    readonly on: boolean;
    readonly method: { readonly kind: StoredMethodKind; readonly label: string | null } | null;
    readonly nextChargeOn: PlainDate | null;
  };
  readonly notices: readonly Notice[];
  readonly nextDeadline: { readonly kind: DeadlineKind; readonly at: Instant } | null;
}

/** What lies outside the subscription's own state. */
export interface ViewContext {
  /** The life's own clock. */
  readonly now: Instant;
  readonly username: string | null;
  /** How the customer knows the stored method, e.g. the last digits of a card. */
  readonly methodLabel: string | null;
}

/** The customer area's one source: page, API and tests read the same view. */
export function customerView(state: Subscription, { now, username, methodLabel }: ViewContext): CustomerView {
  const today = dateAt(now);
  const expiry = expiresOn(state);
  const { renew, upgrade, reactivate, giveNotice } = allowedActions(state);
  const daysToExpiry = expiry === null ? null : daysBetween(today, expiry);
  const deadline = nextDeadline(state);
  return {
    id: state.id,
    product: state.product,
    username,
    status: state.phase.status,
    statusLabel: STATUS_LABELS[state.phase.status],
    expiresOn: expiry,
    daysToExpiry,
    expiryIsNear: daysToExpiry !== null && daysToExpiry <= EXPIRY_NEAR_DAYS && !hasEnded(state),
    lastDayToReactivate: lastDayToReactivate(state, expiry),
    readOnly: state.phase.status === 'expired',
    ...spaceOf(state, today),
    composition: compositionOf(state, today),
    actions: { renew, upgrade, reactivate, giveNotice },
    unpaidOrders: ordersOf(state),
    autoRenewal: {
      on: state.autoRenewal,
      method: state.method === null ? null : { kind: state.method.kind, label: methodLabel },
      nextChargeOn: chargeDay(state, now),
    },
    notices: noticesOf(state, daysToExpiry),
    nextDeadline: deadline === null ? null : { kind: deadline.kind, at: deadline.at },
  };
}

/** Notice of termination leaves no days to reactivate. */
function lastDayToReactivate(state: Subscription, expiry: PlainDate | null): PlainDate | null {
  const reactivable = state.phase.status === 'expired' || (state.phase.status === 'active' && !noticeGiven(state));
  return expiry === null || !reactivable ? null : addDays(expiry, state.settings.graceDays);
}

function spaceOf(state: Subscription, today: PlainDate) {
  const spaceBytes = spaceBytesOn(state.entitlements, today);
  const usedPercent = Math.round((state.usedBytes * 1000) / spaceBytes) / 10;
  return {
    usedBytes: state.usedBytes,
    spaceBytes,
    usedPercent,
    // Compared unrounded: 80.04 % reads as 80 but is above it.
    spaceIsTight: state.usedBytes * 100 > spaceBytes * SPACE_TIGHT_PERCENT,
  };
}

function compositionOf(state: Subscription, today: PlainDate): CustomerView['composition'] {
  return {
    includedGb: INCLUDED_GB,
    usersToday: quantityOn(state.entitlements, 'user', today),
    extras: [
      ...composition(state.entitlements, today).map((group) => extraOf(group, true)),
      ...state.entitlements.dropped.filter(({ endsOn }) => endsOn > today).map((group) => extraOf(group, false)),
    ],
  };
}

function extraOf({ sku, quantity, endsOn }: UnitGroup, carriedOn: boolean): ExtraInView {
  return { sku, quantity, endsOn, carriedOn };
}

function ordersOf(state: Subscription): OrderInView[] {
  const buttons = new Map(allowedActions(state).orders.map((order) => [order.number, order]));
  return state.orders
    .filter((order) => isUnpaid(order) || dueMinor(order) > 0)
    .map((order) => ({
      number: order.number,
      type: order.priced.content.type,
      status: order.status,
      placedOn: order.priced.placedOn,
      payable: euros(order.priced.payableMinor),
      received: euros(receivedMinor(order)),
      due: euros(dueMinor(order)),
      canPay: buttons.get(order.number)?.pay ?? false,
      canCancel: buttons.get(order.number)?.cancel ?? false,
    }));
}

/** The day of the next charge auto-renewal will make, or null where none is to come for this expiry. */
function chargeDay(state: Subscription, now: Instant): PlainDate | null {
  if (!chargeable(state)) return null;
  return state.cycle.chargeAt === null ? nextChargeOn(state, now) : dateAt(state.cycle.chargeAt);
}

function noticesOf(state: Subscription, daysToExpiry: number | null): Notice[] {
  const codes: NoticeCode[] = [];
  const { status } = state.phase;
  const order = renewalOrder(state);
  if (noticeGiven(state)) codes.push('notice_given');
  if (status === 'expired') codes.push('read_only');
  if (order !== undefined) codes.push(...chargeNotices(state));
  if (status !== 'active') return codes.map((code) => ({ code, ...NOTICES[code] }));
  if (state.autoRenewal && state.cycle.orderCancelled) codes.push('will_expire_order_cancelled');
  const payByHand = order !== undefined || !state.autoRenewal;
  if (payByHand && !noticeGiven(state) && daysToExpiry !== null && daysToExpiry < ADVISED_DAYS_BEFORE_EXPIRY) {
    codes.push('pay_before_expiry');
  }
  return codes.map((code) => ({ code, ...NOTICES[code] }));
}

function chargeNotices(state: Subscription): NoticeCode[] {
  if (state.attempt?.occasion === 'auto_renewal') return ['charge_pending'];
  switch (state.cycle.lastOutcome) {
    case 'declined':
      return ['update_payment_data'];
    case 'needs_customer':
      return ['confirm_payment'];
    case 'not_attempted':
    case 'unknown':
      return ['charge_not_made'];
    case null:
      return [];
  }
}

const NOTICES: Readonly<Record<NoticeCode, Words>> = {
  update_payment_data: {
    it: 'Il pagamento del rinnovo non è riuscito: aggiorna i dati di pagamento o paga l’ordine.',
    en: 'The renewal could not be charged: update your payment data or pay the order.',
  },
  confirm_payment: {
    it: 'La banca chiede la tua conferma: apri il collegamento che hai ricevuto per e-mail.',
    en: 'Your bank asks for your confirmation: open the link you received by e-mail.',
  },
  charge_pending: {
    it: 'Il pagamento del rinnovo è in corso di verifica.',
    en: 'The renewal’s charge is being verified.',
  },
  charge_not_made: {
    it: 'Non è stato possibile addebitare il rinnovo: paga l’ordine.',
    en: 'The renewal could not be charged: pay the order.',
  },
  will_expire_order_cancelled: {
    it: 'Hai annullato l’ordine di rinnovo: il servizio scadrà. Per rinnovare disattiva il rinnovo automatico e usa Rinnova, oppure disattivalo e riattivalo.',
    en: 'You cancelled the renewal order: the service will expire. To renew, switch auto-renewal off and use Renew, or switch it off and on again.',
  },
  pay_before_expiry: {
    it: 'La scadenza è vicina: un pagamento registrato dopo la scadenza lascia il servizio in sola lettura fino ad allora.',
    en: 'Expiry is near: until a payment is registered, an expired service is read-only.',
  },
  notice_given: {
    it: 'Hai dato disdetta: il servizio termina alla scadenza e non sarà riattivabile.',
    en: 'You gave notice: the service ends at expiry and cannot be reactivated.',
  },
  read_only: {
    it: 'Servizio scaduto: puoi consultare e scaricare, e ricevi ancora le fatture dei fornitori.',
    en: 'Expired service: you can read and download, and supplier invoices are still received.',
  },
};
