/** Entries of refunds that we had the bank pay: the transfer itself, and one that comes back. */
import type { Settlement } from '../db/bankEntries.ts';
import type { EntryAsRead } from '../db/bankRows.ts';
import { seenRefund, type SeenRefund } from '../db/seenRefunds.ts';
import { refundNamedBy } from '../db/transferLists.ts';
import { dateAt, instantOf, type Instant } from '../domain/calendar.ts';
import type { Context } from './context.ts';

/** Our own id, also where a bank breaks it or gives it among other words. */
const OUR_ID = /REF[0-9a-f]{32}/i;

/** The refund that an entry names by the id we gave its transfer; null where it names none. */
export function refundIn({ endToEndId, remittance, references, description }: EntryAsRead): string | null {
  const texts = [endToEndId ?? '', remittance.join(''), ...references, description ?? ''];
  for (const text of texts) {
    const found = OUR_ID.exec(text.replaceAll(/\s+/g, ''));
    if (found !== null) return refundNamedBy(found[0]);
  }
  return null;
}

/** The reason we give for a refund of an order: it comes back with the money where a bank drops the id. */
const OUR_REASON = /\brimborso\s+ordine\b/i;

export function isRefundOfOurs({ remittance }: EntryAsRead): boolean {
  return OUR_REASON.test(remittance.join(' '));
}

/** What an entry tells of the refund it names; null where that is none of ours, or the money is something else. */
export async function decideRefund(
  { db, now }: Context,
  { entry, amountMinor }: { readonly entry: EntryAsRead; readonly amountMinor: number },
): Promise<Settlement | null> {
  const refundId = refundIn(entry);
  const seen = refundId === null ? null : await seenRefund(db, refundId);
  if (refundId === null || seen === null) return null;
  const why = entry.isCredit ? whyIn(seen, amountMinor) : whyOut(seen, amountMinor);
  if (why === null) return null;
  const day = entry.bookedOn ?? entry.valueOn ?? dateAt(now());
  if (day > dateAt(now())) return { outcome: 'waiting', why: 'registered_in_future', candidates: [] };
  if (why !== 'refund_paid' && why !== 'refund_returned' && why !== 'refund_twice_returned')
    return { outcome: 'waiting', why, candidates: [], refundId };
  // Never before it was asked for, whatever day the bank writes.
  const at = Math.min(now(), Math.max(instantOf(day), seen.refund.recordedAt)) as Instant;
  return { outcome: 'refund', why, refundId, at, ...(entry.returned === undefined ? {} : { code: entry.returned }) };
}

function whyOut({ refund, paid }: SeenRefund, amountMinor: number) {
  if (amountMinor !== refund.amountMinor) return 'refund_other_amount';
  if (refund.way !== 'transfer') return 'refund_not_sent';
  if (paid < 0) return 'refund_paid';
  // Due: its list was given up, and the bank has carried it out all the same.
  if (refund.status === 'sent' || refund.status === 'due') return 'refund_paid';
  if (refund.status !== 'paid') return 'refund_not_sent';
  return paid > 0 ? 'refund_paid_twice' : 'refund_paid';
}

/** Null: it is money like any other, and nobody knows yet what for. */
function whyIn({ refund, twice }: SeenRefund, amountMinor: number) {
  if (amountMinor !== refund.amountMinor || refund.way !== 'transfer') return null;
  if (twice > 0) return 'refund_twice_returned';
  return refund.status === 'paid' || refund.status === 'sent' ? 'refund_returned' : null;
}
