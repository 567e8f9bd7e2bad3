import { expiryOf } from '../domain/entitlements.ts';
import { quoteAutoRenewal } from '../domain/pricing.ts';
import type { CatalogueSource } from '../db/catalogues.ts';
import type { Db } from '../db/database.ts';
import { heldMoney } from '../db/heldMoney.ts';
import { reserveRenewalOrder } from '../db/orders.ts';
import { unheardPayments } from '../db/payments.ts';
import { unheardReversals } from '../db/reversals.ts';
import { storedEvents } from './commit.ts';
import type { Briefing, BriefInput } from './contract.ts';

/** What a life has to know before a deadline of consequence: money it has not heard of and, to be charged, its renewal. */
export async function brief(
  { db, catalogue }: { readonly db: Db; readonly catalogue: CatalogueSource },
  { subscriptionId, sequence, knownPayments, knownReversals, reversal, quote }: BriefInput,
): Promise<Briefing> {
  const stored = await storedEvents(db, subscriptionId, sequence);
  const payments = await unheardPayments(db, subscriptionId, [...knownPayments]);
  const reversals = await unheardReversals(db, subscriptionId, [...(knownReversals ?? [])]);
  const reversed = reversal === undefined ? {} : { reversed: await heldMoney(db, { subscriptionId, ...reversal }) };
  const news = { stored, payments, ...(reversals.length === 0 ? {} : { reversals }), ...reversed };
  const isNews = stored.length + payments.length + reversals.length > 0;
  if (isNews || quote === null) return { ...news, quote: null };
  const expiresOn = expiryOf(quote.basis.entitlements);
  if (expiresOn === null) throw new TypeError('Only a service that was activated can be renewed.');
  const { placedOn, years, basis, cycleKey } = quote;
  const priced = quoteAutoRenewal(years, basis, { catalogue: await catalogue(), placedOn });
  return { ...news, quote: await reserveRenewalOrder(db, { subscriptionId, expiresOn, cycleKey, priced }) };
}
