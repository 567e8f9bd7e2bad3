import { allowedActions, type AllowedActions } from './actions.ts';
import { addDays, dateAt, daysBetween, type Instant, type PlainDate } from './calendar.ts';
import { monthOf } from './cards.ts';
import type { BaseSku, ExtraSku } from './catalogue.ts';
import { mayRetry, nextChargeOn, nextDeadline, type DeadlineKind } from './deadlines.ts';
import { composition, INCLUDED_GB, quantityOn, spaceBytesOn, type UnitGroup } from './entitlements.ts';
import { euros, type Money } from './money.ts';
import { noticesOf, type Notice } from './notices.ts';
import { dueMinor, isUnpaid, receivedMinor, type StoredMethodKind } from './orders.ts';
import type { OrderType } from './planning.ts';
import { expiresOn, hasEnded, noticeGiven, type Status, type Subscription } from './subscription.ts';
import type { Words } from './words.ts';

export const STATUS_LABELS: Readonly<Record<Status, Words>> = {
  awaiting_payment: { it: 'In attesa di pagamento', en: 'Awaiting payment' },
  awaiting_activation: { it: 'In attesa di attivazione', en: 'Awaiting activation' },
  activation_failed: { it: 'Attivazione KO', en: 'Activation failed' },
  active: { it: 'Attivo', en: 'Active' },
  expired: { it: 'Scaduto', en: 'Expired' },
  terminated: { it: 'Cancellato', en: 'Terminated' },
  closed: { it: 'Ordine annullato', en: 'Order closed' },
};

/** Nobody cancelled the order of a service that could not be made. */
const NOT_ACTIVATED: Words = { it: 'Non attivato', en: 'Not activated' };

/** Its end came with a refund, not with the passing of time. */
const REFUNDED: Words = { it: 'Cancellato e rimborsato', en: 'Terminated and refunded' };

export function statusLabelOf({ phase }: Subscription): Words {
  if (phase.status === 'terminated' && phase.why === 'refunded') return REFUNDED;
  if (phase.status === 'closed' && phase.why === 'not_activated') return NOT_ACTIVATED;
  return STATUS_LABELS[phase.status];
}

/** The expiry date turns red this many days before it, the used space above this share [guide: customer area]. */
const EXPIRY_NEAR_DAYS = 90;
const SPACE_TIGHT_PERCENT = 80;

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

/** The card or PayPal account auto-renewal charges, as its customer knows it: masked. */
export interface MethodInView extends MethodWords {
  readonly methodId: string;
  readonly kind: StoredMethodKind;
  /** The last month in which a card is good, `YYYY-MM`. */
  readonly validThrough: string | null;
}

/** How a stored method is told from others: nothing that could be paid with. */
export interface MethodWords {
  readonly label: string | null;
  readonly brand: string | null;
  readonly last4: string | null;
}

const UNNAMED: MethodWords = { label: null, brand: null, last4: null };

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
    readonly method: MethodInView | null;
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
  /** How the customer knows the stored method; null where nothing is known of it. */
  readonly method: MethodWords | null;
}

/** The customer area's one source: page, API and tests read the same view. */
export function customerView(state: Subscription, { now, username, method }: ViewContext): CustomerView {
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
    statusLabel: statusLabelOf(state),
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
      method: methodOf(state, method ?? UNNAMED),
      nextChargeOn: chargeDay(state, now),
    },
    notices: noticesOf(state, today, daysToExpiry),
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

function methodOf({ method }: Subscription, { label, brand, last4 }: MethodWords): MethodInView | null {
  if (method === null) return null;
  const { methodId, kind, validThrough } = method;
  return {
    methodId,
    kind,
    label,
    brand,
    last4,
    validThrough: validThrough === undefined ? null : monthOf(validThrough),
  };
}

/** The day of the next charge auto-renewal will make, or null where none is to come for this expiry. */
function chargeDay(state: Subscription, now: Instant): PlainDate | null {
  if (!mayRetry(state)) return null;
  return state.cycle.chargeAt === null ? nextChargeOn(state, now) : dateAt(state.cycle.chargeAt);
}
