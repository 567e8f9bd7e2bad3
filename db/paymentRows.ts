/** Rows of payments, and how they are kept. */
import type { Instant, PlainDate } from '../domain/calendar.ts';
import type { PaymentMethodKind, StoredMethod } from '../domain/orders.ts';
import type { PaymentRow, SetAsideReason } from './payments.ts';

export interface PaymentRecord {
  key: string;
  source: string;
  external_id: string;
  order_number: string;
  subscription_id: string | null;
  amount_minor: number;
  method: PaymentMethodKind;
  registered_on: PlainDate;
  received_at: Instant;
  stored_method: StoredMethod | null;
  heard_sequence: number | null;
  unmatched_reason: SetAsideReason | null;
  assigned_order: string | null;
  assigned_at: Instant | null;
  assignments: number;
  part_of: string | null;
  recorded_at: Instant;
}

export function paymentOf(row: PaymentRecord): PaymentRow {
  return {
    key: row.key,
    source: row.source,
    externalId: row.external_id,
    orderNumber: row.order_number,
    subscriptionId: row.subscription_id,
    amountMinor: row.amount_minor,
    method: row.method,
    registeredOn: row.registered_on,
    receivedAt: row.received_at,
    storedMethod: row.stored_method,
    heardSequence: row.heard_sequence,
    unmatchedReason: row.unmatched_reason,
    assignedTo:
      row.assigned_order === null || row.assigned_at === null
        ? null
        : { orderNumber: row.assigned_order, number: row.assignments, at: row.assigned_at },
    ...(row.part_of === null ? {} : { partOf: row.part_of }),
    recordedAt: row.recorded_at,
  };
}
