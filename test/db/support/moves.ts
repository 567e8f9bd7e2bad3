/** Money of a life that comes and goes, as the API, operators and the workflow bring it about. */
import { randomUUID } from 'node:crypto';
import { heldMoney } from '../../../db/heldMoney.ts';
import { recordPayment } from '../../../db/payments.ts';
import { noteOf, recordRefund, type NewRefund } from '../../../db/refunding.ts';
import type { RefundRow } from '../../../db/refunds.ts';
import { recordReversal } from '../../../db/reversals.ts';
import type { PlainDate } from '../../../domain/calendar.ts';
import type { PaymentFact } from '../../../domain/commands.ts';
import type { Life } from './life.ts';

/** Arrives, is told to its life and committed. */
export async function paid(life: Life, changes: Partial<PaymentFact> & { orderNumber: string }): Promise<void> {
  const { orderNumber, ...given } = changes;
  const fact: PaymentFact = { ...life.payment({ orderNumber }), ...given };
  await recordPayment(life.db, life.newPayment(fact));
  life.do({ type: 'RecordPayment', payment: fact });
  await life.commit();
}

/** Is taken back from a payment, told to its life and committed unless asked not to. Answers the reversal's key. */
export async function takenBack(
  life: Life,
  paymentKey: string,
  { amountMinor, registeredOn = life.today }: { amountMinor: number; registeredOn?: PlainDate },
  told: 'told' | 'not told' = 'told',
): Promise<string> {
  const externalId = randomUUID();
  const key = `bank:${externalId}`;
  const fact = { key, paymentKey, amountMinor, registeredOn, receivedAt: life.now, reason: 'called_back' } as const;
  await recordReversal(life.db, { ...fact, source: 'bank', externalId });
  if (told === 'not told') return key;
  const { held } = await heldMoney(life.db, { subscriptionId: life.id, key, paymentKey });
  life.do({ type: 'RecordReversal', reversal: fact, held });
  await life.commit();
  return key;
}

/** Is refunded by transfer; an order's refund is told to its life and committed, unless asked not to. */
export async function refunded(
  life: Life,
  from: NewRefund['from'],
  amountMinor: number,
  told: 'told' | 'not told' = 'told',
): Promise<RefundRow> {
  const refund = await recordRefund(life.db, {
    id: `ref_${randomUUID()}`,
    from,
    amountMinor,
    effect: 'keep',
    reason: 'goodwill',
    to: { iban: 'IT60X0542811101000000123456', holder: 'Ada Rossi' },
    requestedAt: life.now,
    operatorId: 'op',
  });
  if (from.source !== 'order' || told === 'not told') return refund;
  life.do({ type: 'NoteRefund', refund: noteOf(refund) });
  await life.commit();
  return refund;
}
