/** Reads what the `recordReversal` signal carries, as `recordPayment` is read: anything can come, and nothing is an error. */
import type { Instant } from '../domain/calendar.ts';
import type { Fact } from '../domain/commands.ts';
import { CURRENCY } from '../domain/money.ts';
import { REVERSAL_REASONS, type ReversalFact } from '../domain/reversals.ts';
import { amount, date, MAX_KEY_LENGTH, receivedAt, show, text, Unreadable, type Fields } from './paymentSignal.ts';

type ReversalSignal = Fact & { type: 'RecordReversal' | 'RecordRejectedSignal' };

/** @param now the life's own clock: when the reversal counts as heard unless it says itself. */
export function readReversalSignal(payload: unknown, now: Instant): ReversalSignal {
  try {
    return { type: 'RecordReversal', reversal: readReversal(payload, now), held: null };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { type: 'RecordRejectedSignal', field: error.field, reason: error.message };
  }
}

function readReversal(payload: unknown, now: Instant): ReversalFact {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new Unreadable('reversal', `A reversal is a JSON object, not ${show(payload)}.`);
  }
  const fields = payload as Fields;
  const byHand = fields['key'] === undefined;
  const source = fields['source'] === undefined ? 'operator' : text(fields, 'source');
  const key = byHand ? `${source}:${text(fields, 'externalId')}` : text(fields, 'key');
  if (key.length > MAX_KEY_LENGTH) throw new Unreadable('externalId', 'This id is too long.');
  if ((byHand || fields['currency'] !== undefined) && fields['currency'] !== CURRENCY) {
    throw new Unreadable('currency', `The currency is "${CURRENCY}", not ${show(fields['currency'])}.`);
  }
  return {
    key,
    paymentKey: text(fields, 'paymentKey'),
    amountMinor: amount(fields),
    registeredOn: date(fields),
    receivedAt: receivedAt(fields, now),
    reason: reason(fields),
  };
}

function reason(fields: Fields): ReversalFact['reason'] {
  const value = fields['reason'] ?? 'correction';
  const known = REVERSAL_REASONS.find((one) => one === value);
  if (known !== undefined) return known;
  throw new Unreadable('reason', `The reason is one of ${REVERSAL_REASONS.join(', ')}, not ${show(value)}.`);
}
