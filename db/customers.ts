import { randomUUID } from 'node:crypto';
import type { Instant } from '../domain/calendar.ts';
import type { Db } from './database.ts';
import { partyColumns, partyOf, type Party, type PartyRecord } from './party.ts';

/** Who buys: the registry's data, and the language they read. A service's holder may be somebody else. */
export interface NewCustomer extends Party {
  readonly language: 'it' | 'en';
}

export interface Customer extends NewCustomer {
  readonly id: string;
  readonly createdAt: Instant;
}

interface CustomerRecord extends PartyRecord {
  id: string;
  language: 'it' | 'en';
  created_at: Instant;
}

export function newCustomerId(): string {
  return `cus_${randomUUID()}`;
}

/** @param id makes the call repeatable: the same id gives the customer that was created under it. */
export async function createCustomer(db: Db, customer: NewCustomer, id: string = newCustomerId()): Promise<Customer> {
  const rows = await db<CustomerRecord>('customers')
    .insert({ id, ...partyColumns(customer), language: customer.language })
    .onConflict('id')
    .merge(['id'])
    .returning('*');
  return customerOf(rows[0] as CustomerRecord);
}

/** Replaces what a customer told of themselves. That tax code and VAT number stay is for the caller to see to. */
export async function updateCustomer(db: Db, id: string, customer: NewCustomer): Promise<Customer> {
  const rows = await db<CustomerRecord>('customers')
    .where({ id })
    .update({ ...partyColumns(customer), language: customer.language })
    .returning('*');
  return customerOf(rows[0] as CustomerRecord);
}

export async function findCustomer(db: Db, id: string): Promise<Customer | null> {
  const row = await db<CustomerRecord>('customers').where({ id }).first();
  return row === undefined ? null : customerOf(row);
}

function customerOf(row: CustomerRecord): Customer {
  return { id: row.id, ...partyOf(row), language: row.language, createdAt: row.created_at };
}
