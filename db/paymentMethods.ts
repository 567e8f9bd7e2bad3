import { randomUUID } from 'node:crypto';
import type { Instant, PlainDate } from '../domain/calendar.ts';
import type { StoredMethod, StoredMethodKind } from '../domain/orders.ts';
import type { Db } from './database.ts';
import { timestamp } from './values.ts';

export interface NewPaymentMethod {
  readonly customerId: string;
  readonly kind: StoredMethodKind;
  /** The gateway's token: it never leaves Postgres but to the gateway. */
  readonly token: string;
  /** What the customer knows it by, masked; null where nobody said. */
  readonly label: string | null;
  /** Of a card, e.g. `Visa`. */
  readonly brand?: string | null;
  readonly last4?: string | null;
  /** A card's last day. */
  readonly validThrough?: PlainDate | null;
}

/** A card or PayPal account as it is kept. */
export interface PaymentMethodRow {
  readonly methodId: string;
  readonly customerId: string;
  readonly kind: StoredMethodKind;
  readonly token: string;
  readonly label: string;
  readonly brand: string | null;
  readonly last4: string | null;
  readonly validThrough: PlainDate | null;
  /** Set once its customer took it out of their wallet: it is never charged again, and stays readable for old orders. */
  readonly removedAt: Instant | null;
}

const COLUMNS = {
  methodId: 'id',
  customerId: 'customer_id',
  kind: 'kind',
  token: 'token',
  label: 'label',
  brand: 'brand',
  last4: 'last4',
  validThrough: 'valid_through',
  removedAt: 'removed_at',
};

const UNNAMED: Readonly<Record<StoredMethodKind, string>> = { card: 'Carta', paypal: 'PayPal' };

/**
 * Keeps a card or PayPal account. The same token of the same customer gives the same method again, with what is told of
 * it now in place of what was told before, and back in the wallet where it had been removed.
 */
export async function storeMethod(db: Db, method: NewPaymentMethod): Promise<PaymentMethodRow> {
  const { customerId, kind, token, label, brand = null, last4 = null, validThrough = null } = method;
  const told = (column: string, value: string | null) => db.raw(`coalesce(?, payment_methods.${column})`, [value]);
  const rows: PaymentMethodRow[] = await db('payment_methods')
    .insert({
      id: `pm_${randomUUID()}`,
      customer_id: customerId,
      kind,
      token,
      label: label ?? UNNAMED[kind],
      brand,
      last4,
      valid_through: validThrough,
    })
    .onConflict(['customer_id', 'kind', 'token'])
    .merge({
      label: told('label', label),
      brand: told('brand', brand),
      last4: told('last4', last4),
      valid_through: db.raw('coalesce(?::date, payment_methods.valid_through)', [validThrough]),
      removed_at: null,
    })
    .returning(Object.entries(COLUMNS).map(([name, column]) => `${column} as ${name}`));
  return rows[0] as PaymentMethodRow;
}

/** A method by its id, also one that was removed. */
export async function findMethod(db: Db, methodId: string): Promise<PaymentMethodRow | null> {
  const row: unknown = await db('payment_methods').where('id', methodId).first(COLUMNS);
  return (row as PaymentMethodRow | undefined) ?? null;
}

/** What of a method a life has to know. */
export function storedMethodOf({ methodId, kind, validThrough }: PaymentMethodRow): StoredMethod {
  return { methodId, kind, ...(validThrough === null ? {} : { validThrough }) };
}

export interface WalletEntry extends PaymentMethodRow {
  /** Living subscriptions that pay with it, and any with a charge to it under way. */
  readonly usedBy: readonly string[];
}

export interface Wallet {
  /** The method registered first before later ones. */
  readonly methods: readonly WalletEntry[];
  /** The customer's subscriptions, and when the last event of each took effect on its own clock. */
  readonly lives: readonly { readonly subscriptionId: string; readonly asOf: Instant }[];
}

/** A customer's methods that were not removed. */
export async function readWallet(db: Db, customerId: string): Promise<Wallet> {
  const methods: unknown = await db('payment_methods')
    .where('customer_id', customerId)
    .whereNull('removed_at')
    .orderBy(['created_at', 'id'])
    .select(COLUMNS);
  const uses = await usesOf(db, customerId);
  return {
    methods: (methods as PaymentMethodRow[]).map((method) => ({ ...method, usedBy: usersOf(uses, method.methodId) })),
    lives: uses.map(({ subscriptionId, asOf }) => ({ subscriptionId, asOf })),
  };
}

interface Use {
  readonly subscriptionId: string;
  readonly methodIds: readonly (string | null)[];
  readonly asOf: Instant;
}

function usersOf(uses: readonly Use[], methodId: string): string[] {
  return uses.filter(({ methodIds }) => methodIds.includes(methodId)).map(({ subscriptionId }) => subscriptionId);
}

async function usesOf(db: Db, customerId: string): Promise<Use[]> {
  const rows: (Omit<Use, 'methodIds'> & { stored: string | null; charged: string | null; isOver: boolean })[] =
    await db('subscriptions')
      .where('customer_id', customerId)
      .orderBy('id')
      .select(
        'id as subscriptionId',
        'updated_at as asOf',
        db.raw("state #>> '{method,methodId}' as stored"),
        db.raw("state #>> '{attempt,method,methodId}' as charged"),
        db.raw(`status in ('terminated', 'closed') as "isOver"`),
      );
  return rows.map(({ subscriptionId, asOf, stored, charged, isOver }) => ({
    subscriptionId,
    asOf,
    methodIds: [isOver ? null : stored, charged],
  }));
}

export type Removal =
  { readonly kind: 'removed' | 'unknown' } | { readonly kind: 'in_use'; readonly usedBy: readonly string[] };

/** Takes a method out of its customer's wallet, unless it is in use. Removing it again changes nothing. */
export async function removeMethod(db: Db, customerId: string, methodId: string, at: Instant): Promise<Removal> {
  return db.transaction(async (trx) => {
    const own = await trx('payment_methods').where({ id: methodId, customer_id: customerId }).forUpdate().first('id');
    if (own === undefined) return { kind: 'unknown' };
    const uses = await usesOf(trx, customerId);
    const usedBy = usersOf(uses, methodId);
    if (usedBy.length > 0) return { kind: 'in_use', usedBy };
    await trx('payment_methods')
      .where('id', methodId)
      .whereNull('removed_at')
      .update({ removed_at: timestamp(at) });
    return { kind: 'removed' };
  });
}

/** Back in the wallet: its customer has just paid with it. */
export async function keepMethod(db: Db, methodId: string): Promise<void> {
  await db('payment_methods').where('id', methodId).update({ removed_at: null });
}
