import { randomUUID } from 'node:crypto';
import type { Instant } from '../domain/calendar.ts';
import type { Db } from './database.ts';

export interface Address {
  readonly street: string;
  readonly postalCode: string;
  readonly city: string;
  readonly province: string;
  readonly country: string;
}

/** A person (first and last name) or a company, with at least one of tax code and VAT number. */
export interface NewCustomer {
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly companyName?: string | undefined;
  readonly address: Address;
  readonly taxCode?: string | undefined;
  readonly vatNumber?: string | undefined;
  readonly phone: string;
  readonly email: string;
  readonly language: 'it' | 'en';
  readonly recipientCode?: string | undefined;
  readonly certifiedEmail?: string | undefined;
  readonly publicAdministration: boolean;
}

export interface Customer extends NewCustomer {
  readonly id: string;
  readonly createdAt: Instant;
}

interface CustomerRecord {
  id: string;
  first_name: string | null;
  last_name: string | null;
  company_name: string | null;
  street: string;
  postal_code: string;
  city: string;
  province: string;
  country: string;
  tax_code: string | null;
  vat_number: string | null;
  phone: string;
  email: string;
  language: 'it' | 'en';
  recipient_code: string | null;
  certified_email: string | null;
  public_administration: boolean;
  created_at: Instant;
}

export function newCustomerId(): string {
  return `cus_${randomUUID()}`;
}

/** @param id makes the call repeatable: the same id gives the customer that was created under it. */
export async function createCustomer(db: Db, customer: NewCustomer, id: string = newCustomerId()): Promise<Customer> {
  const rows = await db<CustomerRecord>('customers')
    .insert({
      id,
      first_name: customer.firstName ?? null,
      last_name: customer.lastName ?? null,
      company_name: customer.companyName ?? null,
      ...addressColumns(customer.address),
      tax_code: customer.taxCode ?? null,
      vat_number: customer.vatNumber ?? null,
      phone: customer.phone,
      email: customer.email,
      language: customer.language,
      recipient_code: customer.recipientCode ?? null,
      certified_email: customer.certifiedEmail ?? null,
      public_administration: customer.publicAdministration,
    })
    .onConflict('id')
    .merge(['id'])
    .returning('*');
  return customerOf(rows[0] as CustomerRecord);
}

export async function findCustomer(db: Db, id: string): Promise<Customer | null> {
  const row = await db<CustomerRecord>('customers').where({ id }).first();
  return row === undefined ? null : customerOf(row);
}

function addressColumns(address: Address) {
  return {
    street: address.street,
    postal_code: address.postalCode,
    city: address.city,
    province: address.province,
    country: address.country,
  };
}

function customerOf(row: CustomerRecord): Customer {
  return {
    id: row.id,
    ...(row.first_name === null ? {} : { firstName: row.first_name }),
    ...(row.last_name === null ? {} : { lastName: row.last_name }),
    ...(row.company_name === null ? {} : { companyName: row.company_name }),
    address: {
      street: row.street,
      postalCode: row.postal_code,
      city: row.city,
      province: row.province,
      country: row.country,
    },
    ...(row.tax_code === null ? {} : { taxCode: row.tax_code }),
    ...(row.vat_number === null ? {} : { vatNumber: row.vat_number }),
    phone: row.phone,
    email: row.email,
    language: row.language,
    ...(row.recipient_code === null ? {} : { recipientCode: row.recipient_code }),
    ...(row.certified_email === null ? {} : { certifiedEmail: row.certified_email }),
    publicAdministration: row.public_administration,
    createdAt: row.created_at,
  };
}
