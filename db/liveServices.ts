import type { Db } from './database.ts';
import { findHolder } from './holders.ts';

/** Another live service runs on this tax code or VAT number ("già attivo su questo codice fiscale o partita IVA"). */
export class TaxIdentityTakenError extends Error {
  override readonly name = 'TaxIdentityTakenError';
  /** The subscription that holds it. */
  readonly subscriptionId: string;
  constructor(subscriptionId: string) {
    super('A live service already exists for this tax code or VAT number.');
    this.subscriptionId = subscriptionId;
  }
}

/**
 * One form for what may be written in many: upper case, no blanks, no country prefix before a VAT number. Tax codes and
 * VAT numbers share one set of names, since a company's tax code usually is its VAT number.
 */
function normalised(identity: string): string {
  return identity
    .replaceAll(/[\s\-:]/g, '')
    .toUpperCase()
    .replace(/^IT(?=\d{11}$)/, '');
}

/** The subscription that is live on any of these tax codes or VAT numbers, or null. */
export async function liveServiceOf(db: Db, taxIdentities: readonly string[]): Promise<string | null> {
  const row = await db<{ tax_identity: string; subscription_id: string }>('live_services')
    .whereIn('tax_identity', taxIdentities.map(normalised))
    .first('subscription_id');
  return row?.subscription_id ?? null;
}

/**
 * Takes the tax identities of a subscription's holder for it, or throws TaxIdentityTakenError. Of two that race, the second
 * waits for the first and then sees it. Taking them again for the same subscription changes nothing.
 */
export async function takeLiveService(trx: Db, subscriptionId: string): Promise<void> {
  const holder = await findHolder(trx, subscriptionId);
  const identities = [holder?.taxCode, holder?.vatNumber].filter((identity) => identity != null).map(normalised);
  // In one order for everybody, so that two customers sharing both identities never wait for each other.
  const taken = [...new Set(identities)].toSorted();
  if (taken.length === 0)
    throw new TypeError(`${subscriptionId} has no holder whose tax identity it could be live on.`);
  const slots = taken.map((identity) => ({ tax_identity: identity, subscription_id: subscriptionId }));
  await trx('live_services').insert(slots).onConflict('tax_identity').ignore();
  const other = await trx<{ tax_identity: string; subscription_id: string }>('live_services')
    .whereIn('tax_identity', taken)
    .whereNot('subscription_id', subscriptionId)
    .first('subscription_id');
  if (other !== undefined) throw new TaxIdentityTakenError(other.subscription_id);
}

/** Frees the tax identities: the purchase was refused, or the service ended. */
export async function freeLiveService(trx: Db, subscriptionId: string): Promise<void> {
  await trx('live_services').where({ subscription_id: subscriptionId }).delete();
}
