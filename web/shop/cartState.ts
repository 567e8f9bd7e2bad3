/** A cart is its address's query: nothing is kept anywhere, and the back button goes back. */
import type { Extra, OrderType, Product } from '../contract.ts';

export const EXTRAS = ['user', 'space', 'documents', 'payments', 'nso'] as const satisfies readonly Extra[];
export const COUNTED = ['user', 'space'] as const satisfies readonly Extra[];
export const MODULES = ['documents', 'payments', 'nso'] as const satisfies readonly Extra[];

export interface Cart {
  readonly type: OrderType;
  /** The subscription it changes; null on a first purchase. */
  readonly service: string | null;
  readonly product: Product;
  /** As typed: what it may be is the API's to say. */
  readonly years: string;
  /** What was chosen, as typed; on a renewal what is not named goes on as it is. */
  readonly quantities: Readonly<Partial<Record<Extra, string>>>;
  /** "Estensione servizi attivi": on unless switched off. */
  readonly coTerm: boolean;
  readonly code: string;
  /** The holder of a first purchase, sealed. */
  readonly holder: string | null;
}

const TYPES: readonly string[] = ['first_purchase', 'renewal', 'upgrade', 'reactivation'] satisfies OrderType[];
/** Longer than any number that can be ordered, or any code. */
const MOST_DIGITS = 6;
const LONGEST_CODE = 64;

/** The cart of a query or a form, or null where it is none. */
export function cartOf(query: URLSearchParams): Cart | null {
  const type = query.get('type');
  const service = query.get('service');
  if (type === null || !TYPES.includes(type) || (type === 'first_purchase') !== (service === null)) return null;
  const product = query.get('product') === 'fe-receive-only' ? 'fe-receive-only' : 'fe';
  const chosen = EXTRAS.flatMap((sku): [Extra, string][] => {
    const text = query.get(sku)?.trim() ?? '';
    return text === '' || (type === 'first_purchase' && isModuleOf(sku) && product !== 'fe') ? [] : [[sku, text]];
  });
  return {
    type: type as OrderType,
    service,
    product,
    years: query.get('years')?.trim() || '1',
    quantities: Object.fromEntries(chosen),
    coTerm: query.get('coTerm') !== 'off',
    code: (query.get('code') ?? '').trim().slice(0, LONGEST_CODE),
    holder: query.get('holder'),
  };
}

/** The receive-only product takes no modules: what a changed mind leaves behind is dropped. */
function isModuleOf(sku: Extra): boolean {
  return (MODULES as readonly Extra[]).includes(sku);
}

export function queryOf(cart: Cart): URLSearchParams {
  const { type, service, product, years, quantities, coTerm, code, holder } = cart;
  const query = new URLSearchParams({ type });
  if (service !== null) query.set('service', service);
  else query.set('product', product);
  if (type !== 'upgrade') query.set('years', years);
  for (const sku of EXTRAS) {
    const text = quantities[sku];
    if (text !== undefined && (type === 'renewal' || type === 'reactivation' || text !== '0')) query.set(sku, text);
  }
  if (type === 'upgrade' && !coTerm) query.set('coTerm', 'off');
  if (code !== '') query.set('code', code);
  if (holder !== null) query.set('holder', holder);
  return query;
}

export function pathOf(cart: Cart): string {
  return `/cart?${queryOf(cart).toString()}`;
}

/** A whole number, or what the API will refuse by its field. */
export function numberOf(text: string): number | string {
  return /^-?\d+$/.test(text) && text.length <= MOST_DIGITS ? Number(text) : text;
}

/** What the button that was pressed does to the cart: one more or less, a module in or out. */
export function pressed(cart: Cart, query: URLSearchParams): Cart {
  const changed = (sku: string | null, change: (count: number) => number): Cart => {
    if (!EXTRAS.some((extra) => extra === sku)) return cart;
    const count = Number(cart.quantities[sku as Extra] ?? '0');
    const next = change(Number.isInteger(count) ? count : 0);
    return { ...cart, quantities: { ...cart.quantities, [sku as Extra]: String(Math.max(0, next)) } };
  };
  if (query.has('more')) return changed(query.get('more'), (count) => count + 1);
  if (query.has('less')) return changed(query.get('less'), (count) => count - 1);
  if (query.has('add')) return changed(query.get('add'), (count) => Math.max(1, count));
  if (query.has('remove')) return changed(query.get('remove'), () => 0);
  return cart;
}

/** The cart as POST /quotes and POST /orders read it. `customerId`: who buys, on a first purchase. */
export function requestOf(cart: Cart, customerId: string): Record<string, unknown> {
  const { type, service, product, years, coTerm, code } = cart;
  const agreement = code === '' ? {} : { agreementCode: code };
  if (type === 'first_purchase')
    return { type, customerId, product, years: numberOf(years), extras: chosen(cart), ...agreement };
  if (type === 'upgrade') return { type, subscriptionId: service, add: chosen(cart), coTerm, ...agreement };
  return { type, subscriptionId: service, years: numberOf(years), extras: chosen(cart, true), ...agreement };
}

function chosen({ quantities }: Cart, withNone = false): Record<string, number | string> {
  const numbers = Object.entries(quantities).map(([sku, text]): [string, number | string] => [sku, numberOf(text)]);
  return Object.fromEntries(numbers.filter(([, count]) => withNone || count !== 0));
}
