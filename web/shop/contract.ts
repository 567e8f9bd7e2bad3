/** What the public API answers about prices, orders, methods and reasons, as far as the shop reads it. */
import type { Extra, InBoth, OrderType, Product } from '../contract.ts';
import type { Money } from '../format.ts';

export type Sku = Product | Extra;
export type Quantities = Readonly<Partial<Record<Extra, number>>>;

export interface Line {
  readonly sku: Sku;
  readonly label: InBoth;
  readonly quantity: number;
  readonly months: number;
  readonly annualUnitPrice: Money;
  readonly discountPercent: number;
  readonly amount: Money;
  readonly explanation: InBoth;
  /** Null until activation fixes the dates. */
  readonly from: string | null;
  readonly until: string | null;
}

/** What an order holds and costs. */
export interface Priced {
  readonly type: OrderType;
  readonly product: Product;
  /** None on an upgrade. */
  readonly years?: number;
  /** First purchase. */
  readonly extras?: Quantities;
  /** Renewal and reactivation: what goes on, what is left behind. */
  readonly carry?: Quantities;
  readonly drop?: Quantities;
  /** Renewal, reactivation, upgrade: what is new. */
  readonly add?: Quantities;
  readonly coTerm?: boolean;
  readonly lines: readonly Line[];
  readonly net: Money;
  readonly vatPercent: number;
  readonly vat: Money;
  readonly total: Money;
  readonly splitPayment: boolean;
  readonly payable: Money;
  readonly agreement: { readonly code: string; readonly percent: number } | null;
  readonly promotion: { readonly name?: InBoth; readonly percent: number } | null;
  readonly warnings: readonly ({ readonly code: string } & InBoth)[];
}

/** Each service's own end, before and after an order. */
export interface End {
  readonly sku: Sku;
  readonly label: InBoth;
  readonly quantity: number;
  /** Null for what the order adds. */
  readonly endsOn: string | null;
  readonly newEndsOn: string;
  readonly lapses: boolean;
}

/** POST /quotes */
export interface Quote extends Priced {
  readonly ends: readonly End[];
  readonly fingerprint: string;
  readonly validOn: string;
  /** So many days before its expiry a service whose auto-renewal is on is charged. */
  readonly chargeDaysBefore: number;
}

export type OrderStatus = 'awaiting_payment' | 'completed' | 'cancelled' | 'closed';
export type WayToPay = 'card' | 'paypal' | 'bank_transfer' | 'postal_slip';

export interface Charge {
  readonly status: 'pending' | 'succeeded' | 'declined' | 'needs_customer' | 'not_made' | 'stopped';
  readonly at: string;
  readonly reason: string | null;
  readonly explanation: InBoth | null;
  readonly nextTryOn: string | null;
  readonly confirmationUrl: string | null;
}

/** GET /orders/{number} */
export interface Order extends Priced {
  readonly number: string;
  readonly subscriptionId: string;
  readonly status: OrderStatus;
  readonly origin: string;
  readonly placedOn: string;
  readonly placedAt: string | null;
  readonly completedOn: string | null;
  readonly cancelledWhy: string | null;
  readonly paymentMethod: WayToPay | null;
  readonly received: Money;
  readonly due: Money;
  /** What it holds, each with the part it took. */
  readonly payments: readonly { readonly method: WayToPay | 'credit'; readonly applied: Money }[];
  readonly refunded: Money;
  readonly lastCharge: Charge | null;
}

/** GET /customers/{id}/orders */
export interface OrderPage {
  readonly orders: readonly Order[];
  readonly next: string | null;
}

export interface Refund {
  readonly id: string;
  readonly amount: Money;
  readonly way: 'original' | 'transfer';
  /** Of the account it goes to by transfer. */
  readonly ibanEnding: string | null;
  readonly status: 'due' | 'sent' | 'paid' | 'failed' | 'withdrawn';
  readonly requestedAt: string;
  readonly settledAt: string | null;
}

/** GET /orders/{number}/returns */
export interface Returns {
  readonly refunds: readonly Refund[];
  readonly reversals: readonly {
    readonly amount: Money;
    readonly registeredOn: string;
    readonly reason: 'called_back' | 'chargeback' | 'correction';
  }[];
}

/** GET /orders/{number}/payment-instructions */
export interface Instructions {
  readonly orderNumber: string;
  readonly due: Money;
  readonly reason: string;
  readonly bankTransfer: {
    readonly holder: string;
    readonly iban: string;
    readonly bic: string | null;
    readonly epcQr: string;
  };
  readonly postalSlip: { readonly holder: string; readonly accountNumber: string; readonly code: string };
  /** The details are invented: nothing may be paid to them. */
  readonly placeholder: boolean;
}

/** GET /customers/{id}/payment-methods */
export interface Method {
  readonly methodId: string;
  readonly type: 'card' | 'paypal';
  readonly label: string | null;
  readonly brand: string | null;
  readonly last4: string | null;
  /** `YYYY-MM` */
  readonly validThrough: string | null;
  readonly expired: boolean;
  readonly usedBy: readonly string[];
}

export interface Wallet {
  readonly paymentMethods: readonly Method[];
}

/** What a customer or a holder tells of themselves. */
export interface Party {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly companyName?: string;
  readonly address: {
    readonly street: string;
    readonly postalCode: string;
    readonly city: string;
    readonly province: string;
    readonly country?: string;
  };
  readonly taxCode?: string;
  readonly vatNumber?: string;
  readonly phone: string;
  readonly email: string;
  readonly recipientCode?: string;
  readonly certifiedEmail?: string;
  readonly publicAdministration?: boolean;
}

/** GET /customers/{id} */
export interface Customer extends Party {
  readonly id: string;
  readonly language: 'it' | 'en';
  /** Theirs to use on orders, or to have back. */
  readonly credit: Money;
  /** For credit that was taken back after it was used. */
  readonly owed: Money;
}

/** GET /catalog */
export interface Catalogue {
  readonly notice: string;
  readonly vatPercent: number;
  readonly products: readonly {
    readonly sku: Product;
    readonly annualPrice: Money;
    readonly years: { readonly least: number; readonly most: number };
    readonly extras: readonly { readonly sku: Extra; readonly annualPrice: Money }[];
  }[];
  readonly retired?: readonly Sku[];
  readonly promotions?: readonly {
    readonly name: InBoth | null;
    readonly products: readonly Product[];
    readonly percent: number;
    readonly orderTypes: readonly OrderType[];
    readonly validThrough: string;
    readonly mostYears: number;
  }[];
}

export type Ground =
  | { readonly kind: 'order'; readonly number: string }
  | { readonly kind: 'payment'; readonly key: string }
  | { readonly kind: 'event'; readonly sequence: number; readonly type: string }
  | { readonly kind: 'rule'; readonly id: string; readonly text: InBoth };

/** GET /subscriptions/{id}/explain */
export interface Explanation {
  readonly sentences: readonly ({ readonly topic: string; readonly restsOn: readonly Ground[] } & InBoth)[];
}
