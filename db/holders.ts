/** Who a service is for, and invoiced to, beside the customer who buys it [guide: purchase, "Dati Intestatario"]. */
import type { Db } from './database.ts';
import { partyColumns, partyOf, type Party, type PartyRecord } from './party.ts';

export type Holder = Party;

interface HolderRecord extends PartyRecord {
  subscription_id: string;
  customer_id: string;
}

const PARTY_COLUMNS = [
  'first_name',
  'last_name',
  'company_name',
  'street',
  'postal_code',
  'city',
  'province',
  'country',
  'tax_code',
  'vat_number',
  'phone',
  'email',
  'recipient_code',
  'certified_email',
  'public_administration',
] as const satisfies readonly (keyof PartyRecord)[];

/**
 * Makes sure that a service has a holder: the one given, or else its customer. Whoever is there already stays.
 *
 * @throws TypeError when the customer does not exist.
 */
export async function ensureHolder(
  trx: Db,
  { subscriptionId, customerId }: { readonly subscriptionId: string; readonly customerId: string },
  holder?: Holder,
): Promise<void> {
  const known = await trx<HolderRecord>('holders').where({ subscription_id: subscriptionId }).first('subscription_id');
  if (known !== undefined) return;
  const columns = holder === undefined ? await customersColumns(trx, customerId) : partyColumns(holder);
  await trx<HolderRecord>('holders')
    .insert({ subscription_id: subscriptionId, customer_id: customerId, ...columns })
    .onConflict('subscription_id')
    .ignore();
}

async function customersColumns(trx: Db, customerId: string): Promise<PartyRecord> {
  const row: PartyRecord | undefined = await trx('customers')
    .where({ id: customerId })
    .first(...PARTY_COLUMNS);
  if (row === undefined) throw new TypeError(`There is no customer ${customerId} to hold a service.`);
  return row;
}

export async function findHolder(db: Db, subscriptionId: string): Promise<Holder | null> {
  const row = await db<HolderRecord>('holders').where({ subscription_id: subscriptionId }).first();
  return row === undefined ? null : partyOf(row);
}

/** Replaces what may change; tax code, VAT number and whether it is a public administration stay. Null where there is none. */
export async function changeHolder(db: Db, subscriptionId: string, holder: Holder): Promise<Holder | null> {
  const {
    tax_code: _taxCode,
    vat_number: _vatNumber,
    public_administration: _isAdministration,
    ...changes
  } = partyColumns(holder);
  const rows: HolderRecord[] = await db<HolderRecord>('holders')
    .where({ subscription_id: subscriptionId })
    .update({ ...changes, updated_at: db.fn.now() } as Partial<HolderRecord>)
    .returning('*');
  const [row] = rows;
  return row === undefined ? null : partyOf(row);
}
