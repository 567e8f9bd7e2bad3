import { randomUUID } from 'node:crypto';
import type { StoredMethod, StoredMethodKind } from '../domain/orders.ts';
import type { Db } from './database.ts';

export interface NewPaymentMethod {
  readonly customerId: string;
  readonly kind: StoredMethodKind;
  /** The gateway's token: it never leaves Postgres but to the gateway. */
  readonly token: string;
  /** What the customer knows it by, e.g. the last four digits. */
  readonly label: string;
}

interface MethodRecord {
  id: string;
  customer_id: string;
  kind: StoredMethodKind;
  token: string;
  label: string;
}

/** Keeps a card or PayPal account. The same token of the same customer gives the same method again. */
export async function storeMethod(
  db: Db,
  method: NewPaymentMethod,
): Promise<StoredMethod & { readonly label: string }> {
  const rows = await db<MethodRecord>('payment_methods')
    .insert({
      id: `pm_${randomUUID()}`,
      customer_id: method.customerId,
      kind: method.kind,
      token: method.token,
      label: method.label,
    })
    .onConflict(['customer_id', 'kind', 'token'])
    .merge(['label'])
    .returning(['id', 'kind', 'label']);
  const { id, kind, label } = rows[0] as MethodRecord;
  return { methodId: id, kind, label };
}

export async function findMethod(
  db: Db,
  methodId: string,
): Promise<(NewPaymentMethod & { readonly methodId: string }) | null> {
  const row = await db<MethodRecord>('payment_methods').where({ id: methodId }).first();
  if (row === undefined) return null;
  return { methodId: row.id, kind: row.kind, token: row.token, label: row.label, customerId: row.customer_id };
}
