import type { Instant } from '../domain/calendar.ts';
import { CURRENCY } from '../domain/money.ts';
import type { StoredMethodKind } from '../domain/orders.ts';
import type { Db } from './database.ts';
import { postJournal } from './ledger.ts';

export interface GatewayFee {
  readonly paymentKey: string;
  readonly gateway: string;
  /** Whose cash it was kept from. */
  readonly method: StoredMethodKind;
  /** Cents, 1 or more. */
  readonly amountMinor: number;
  readonly at: Instant;
}

/** Books what a gateway kept of a payment for itself, once for each payment, whoever tells of it. */
export async function recordFee(db: Db, { paymentKey, gateway, method, amountMinor, at }: GatewayFee): Promise<void> {
  await db.transaction(async (trx) => {
    const inserted: unknown[] = await trx('gateway_fees')
      .insert({ payment_key: paymentKey, gateway, amount_minor: amountMinor, currency: CURRENCY })
      .onConflict('payment_key')
      .ignore()
      .returning('payment_key');
    if (inserted.length === 0) return;
    await postJournal(trx, {
      kind: 'GatewayFee',
      at,
      subscriptionId: null,
      sequence: null,
      // The payment itself stays whole: what its customer paid is what counts for them.
      postings: [
        { account: `fees:${gateway}`, amountMinor },
        { account: `cash:${method}`, amountMinor: -amountMinor },
      ],
    });
  });
}
