import { dateAt } from '../domain/calendar.ts';
import type { ChargeOutcome } from '../domain/commands.ts';
import type { Db } from '../db/database.ts';
import { findMethod } from '../db/paymentMethods.ts';
import { factOf, recordPayment } from '../db/payments.ts';
import type { ChargeInput } from './contract.ts';
import { GatewayUnreachableError, type GatewayAnswer, type PaymentGateway } from './gateway/port.ts';

type Captured = GatewayAnswer & { kind: 'captured' };

/**
 * Takes the money of one attempt, once, however often it is asked for: the attempt's id is the gateway's idempotency key,
 * and an attempt made before is looked up, never made again. Money that was taken is in the ledger before this answers.
 */
export async function charge(
  { db, gateway }: { readonly db: Db; readonly gateway: PaymentGateway | null },
  input: ChargeInput,
): Promise<ChargeOutcome> {
  if (gateway === null) return { kind: 'not_attempted', reason: 'no_payment_gateway' };
  try {
    const answer = await settle(db, gateway, input);
    if (answer.kind !== 'captured') return answer;
    return { kind: 'succeeded', payment: await enterPayment(db, gateway, input, answer) };
  } catch (error) {
    if (error instanceof GatewayUnreachableError) return { kind: 'unknown', reason: 'gateway_unreachable' };
    throw error;
  }
}

async function settle(
  db: Db,
  gateway: PaymentGateway,
  { subscriptionId, attempt, now }: ChargeInput,
): Promise<GatewayAnswer | (ChargeOutcome & { kind: 'not_attempted' })> {
  const { attemptId: idempotencyKey, orderNumber, amountMinor } = attempt;
  const method = await findMethod(db, attempt.method.methodId);
  const known = await gateway.find({ idempotencyKey, token: method?.token ?? null, amountMinor });
  if (known !== null) return known;
  if (attempt.chargeUntil !== null && now >= attempt.chargeUntil)
    return { kind: 'not_attempted', reason: 'too_late_to_charge' };
  if (method === null) return { kind: 'not_attempted', reason: 'payment_method_unknown' };
  // Removed while this charge was on its way to us: its customer does not want it used.
  if (method.removedAt !== null) return { kind: 'not_attempted', reason: 'payment_method_removed' };
  const { methodId, kind, token, validThrough } = method;
  const purpose = { orderNumber, subscriptionId, methodId, kind };
  return gateway.charge({ idempotencyKey, token, purpose, validThrough, amountMinor, at: now });
}

async function enterPayment(
  db: Db,
  gateway: PaymentGateway,
  { subscriptionId, attempt, now }: ChargeInput,
  { captureId, amountMinor, capturedAt }: Captured,
) {
  const { payment } = await recordPayment(db, {
    key: `${gateway.name}:${captureId}`,
    source: gateway.name,
    externalId: captureId,
    orderNumber: attempt.orderNumber,
    subscriptionId,
    amountMinor,
    method: attempt.method.kind,
    registeredOn: dateAt(capturedAt),
    receivedAt: now,
    storedMethod: attempt.method,
  });
  // What the ledger holds is what is told, also where it was entered before.
  return factOf(payment);
}
