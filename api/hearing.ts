/** Waiting, a little, for a life to hear of money. */
import { setTimeout as sleep } from 'node:timers/promises';
import { findPayment, type PaymentRow } from '../db/payments.ts';
import type { Context } from './context.ts';

const HEARING_MS = 5_000;
const PAUSE_MS = 20;

/** The payment, once its life has judged it; after a few seconds as it is, for who waits no longer. */
export async function heard({ db }: Context, payment: PaymentRow): Promise<PaymentRow> {
  const goOnAt = performance.now() + HEARING_MS;
  for (;;) {
    const current = (await findPayment(db, payment.key)) ?? payment;
    if (current.heardSequence !== null || current.unmatchedReason !== null || performance.now() > goOnAt)
      return current;
    await sleep(PAUSE_MS);
  }
}
