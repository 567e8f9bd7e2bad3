/** What the public API answers, as far as this area reads it. */
import type { Language } from './language.ts';
import type { Money } from './format.ts';

export interface Account {
  readonly username: string;
  /** `customer`: all services of the customer. `service`: the credentials of one service. */
  readonly kind: 'customer' | 'service';
  readonly customerId: string;
  readonly subscriptionId: string | null;
  readonly mustChangePassword: boolean;
}

export interface NewSession {
  readonly token: string;
  readonly expiresAt: string;
  readonly account: Account;
}

export interface SessionView {
  readonly account: Account;
  readonly customer: { readonly name: string; readonly language: Language };
  readonly expiresAt: string;
}

export type InBoth = Readonly<Record<Language, string>>;

export type Status =
  'awaiting_payment' | 'awaiting_activation' | 'activation_failed' | 'active' | 'expired' | 'terminated' | 'closed';

export type OrderType = 'first_purchase' | 'renewal' | 'upgrade' | 'reactivation';
export type Product = 'fe' | 'fe-receive-only';
export type Extra = 'user' | 'space' | 'documents' | 'payments' | 'nso';

export interface UnpaidOrder {
  readonly number: string;
  readonly type: OrderType;
  readonly status: 'awaiting_payment' | 'completed';
  readonly placedOn: string;
  readonly payable: Money;
  readonly received: Money;
  readonly due: Money;
  readonly canPay: boolean;
  readonly canCancel: boolean;
}

export interface ExtraInView {
  readonly sku: Extra;
  readonly quantity: number;
  readonly endsOn: string;
  readonly carriedOn: boolean;
}

export interface StoredMethodView {
  readonly kind: 'card' | 'paypal';
  readonly label: string | null;
  readonly methodId?: string;
  readonly brand?: string | null;
  readonly last4?: string | null;
  readonly validThrough?: string | null;
}

/** GET /subscriptions/{id} */
export interface Subscription {
  readonly id: string;
  readonly customerId: string;
  readonly product: Product;
  readonly username: string | null;
  readonly status: Status;
  readonly statusLabel: InBoth;
  readonly expiresOn: string | null;
  readonly daysToExpiry: number | null;
  readonly expiryIsNear: boolean;
  readonly lastDayToReactivate: string | null;
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
  readonly actions: {
    readonly renew: boolean;
    readonly upgrade: boolean;
    readonly reactivate: boolean;
    readonly giveNotice: boolean;
  };
  readonly unpaidOrders: readonly UnpaidOrder[];
  readonly autoRenewal: {
    readonly on: boolean;
    readonly method: StoredMethodView | null;
    readonly nextChargeOn: string | null;
  };
  readonly notices: readonly ({ readonly code: string } & InBoth)[];
  readonly nextDeadline: { readonly kind: string; readonly at: string } | null;
  readonly holder?: {
    readonly name: string;
    readonly taxCode?: string | null;
    readonly vatNumber?: string | null;
  } | null;
  /** The life's own moment: in the sandbox it may be years ahead of the wall's. */
  readonly asOf: string;
}

export interface TimelineEvent {
  readonly sequence: number;
  readonly at: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** GET /gateway */
export interface Gateway {
  readonly name: string | null;
  /** What can be registered on the gateway's own pages; absent where it has none. */
  readonly types?: readonly ('card' | 'paypal')[];
  readonly cards?: readonly {
    readonly token: string;
    readonly label: string;
    readonly brand: string;
    readonly last4: string;
    readonly validThrough: string;
    readonly what: string | InBoth;
  }[];
  readonly paypal?: readonly { readonly token: string; readonly label: string; readonly what: string | InBoth }[];
}
