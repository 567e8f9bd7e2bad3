/**
 * The impossible, kept out of the state: a request comes from the API, which has parsed it, or from an operator's hand.
 * Rules are `decide`'s; this looks at shapes only, and by hand, as the workflow bundle holds no schema library.
 */
import { isPlainDate } from '../domain/calendar.ts';
import type { Request } from '../domain/commands.ts';
import { isOrderNumber } from '../domain/orderNumber.ts';

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string' && value.length > 0 && value.length <= 200;
const isCount: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isNumber: Check = (value) => typeof value === 'string' && isOrderNumber(value);
const isFlag: Check = (value) => typeof value === 'boolean';
const isMethod: Check = (value) =>
  fits(value, {
    methodId: isText,
    kind: (kind) => kind === 'card' || kind === 'paypal',
    validThrough: (day) => day === undefined || isPlainDate(day),
  });
const isMethodOrNone: Check = (value) => value === null || isMethod(value);
const isRefund: Check = (value) =>
  fits(value, {
    id: isText,
    number: isNumber,
    amountMinor: isCount,
    way: (way) => way === 'original' || way === 'transfer',
    parts: (parts) =>
      Array.isArray(parts) && parts.every((part: unknown) => fits(part, { key: isText, amountMinor: isCount })),
  });
const isQuantities: Check = (value) => isObject(value) && Object.values(value).every(isCount);

const CONTENT: Readonly<Record<string, Shape>> = {
  first_purchase: { product: isText, years: isCount, extras: isQuantities },
  renewal: { years: isCount, carry: isQuantities, drop: isQuantities, add: isQuantities },
  reactivation: { years: isCount, carry: isQuantities, drop: isQuantities, add: isQuantities },
  upgrade: { add: isQuantities, coTerm: isFlag },
};

const PRICED: Shape = {
  content: (value) => isObject(value) && fits(value, CONTENT[String(value['type'])]),
  product: isText,
  placedOn: isPlainDate,
  basis: isCount,
  annualPriceMinor: isQuantities,
  lines: Array.isArray,
  netMinor: isCount,
  vatPercent: isCount,
  vatMinor: isCount,
  grossMinor: isCount,
  payableMinor: isCount,
};

const REQUESTS: Readonly<Record<Request['type'], Shape>> = {
  PlaceOrder: {
    order: (value) => fits(value, { number: isNumber, priced: (priced) => fits(priced, PRICED) }),
    pay: isMethodOrNone,
  },
  PayOrder: { number: isNumber, method: isMethod },
  CancelOrder: { number: isNumber },
  RegisterCommitment: { number: isNumber, registeredOn: isPlainDate, reference: isText },
  SwitchAutoRenewal: { on: isFlag },
  SetPaymentMethod: { method: isMethod },
  RemovePaymentMethod: {},
  ReportUsage: { usedBytes: isCount },
  GiveNotice: {},
  RetryActivation: {},
  ConfirmActivation: { username: isText },
  AbandonActivation: { reason: isText },
  NoteRefund: { refund: isRefund },
  EndService: { refund: isRefund },
};

function fits(value: unknown, shape: Shape | undefined): boolean {
  return isObject(value) && shape !== undefined && Object.entries(shape).every(([field, check]) => check(value[field]));
}

/** The first field that is not what it has to be, or null where the request can be judged. */
export function misshapenField(request: unknown): string | null {
  if (!isObject(request)) return 'request';
  const type = request['type'];
  if (typeof type !== 'string' || !Object.hasOwn(REQUESTS, type)) return 'type';
  const shape = REQUESTS[type as Request['type']];
  return Object.entries(shape).find(([field, check]) => !check(request[field]))?.[0] ?? null;
}
