/** A person or company as the law wants them on an invoice: what customers and holders have in common. */
export interface Address {
  readonly street: string;
  readonly postalCode: string;
  readonly city: string;
  readonly province: string;
  readonly country: string;
}

/** A person (first and last name) or a company, with at least one of tax code and VAT number. */
export interface Party {
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly companyName?: string | undefined;
  readonly address: Address;
  readonly taxCode?: string | undefined;
  readonly vatNumber?: string | undefined;
  readonly phone: string;
  readonly email: string;
  readonly recipientCode?: string | undefined;
  readonly certifiedEmail?: string | undefined;
  readonly publicAdministration: boolean;
}

/** The columns that tables of parties share. */
export interface PartyRecord {
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
  recipient_code: string | null;
  certified_email: string | null;
  public_administration: boolean;
}

export function partyColumns(party: Party): PartyRecord {
  const { street, postalCode, city, province, country } = party.address;
  return {
    first_name: party.firstName ?? null,
    last_name: party.lastName ?? null,
    company_name: party.companyName ?? null,
    street,
    postal_code: postalCode,
    city,
    province,
    country,
    tax_code: party.taxCode ?? null,
    vat_number: party.vatNumber ?? null,
    phone: party.phone,
    email: party.email,
    recipient_code: party.recipientCode ?? null,
    certified_email: party.certifiedEmail ?? null,
    public_administration: party.publicAdministration,
  };
}

export function partyOf(row: PartyRecord): Party {
  const { street, city, province, country } = row;
  return {
    ...(row.first_name === null ? {} : { firstName: row.first_name }),
    ...(row.last_name === null ? {} : { lastName: row.last_name }),
    ...(row.company_name === null ? {} : { companyName: row.company_name }),
    address: { street, postalCode: row.postal_code, city, province, country },
    ...(row.tax_code === null ? {} : { taxCode: row.tax_code }),
    ...(row.vat_number === null ? {} : { vatNumber: row.vat_number }),
    phone: row.phone,
    email: row.email,
    ...(row.recipient_code === null ? {} : { recipientCode: row.recipient_code }),
    ...(row.certified_email === null ? {} : { certifiedEmail: row.certified_email }),
    publicAdministration: row.public_administration,
  };
}

/** How a party is addressed: a company by its own name, a person by first and last name. */
export function nameOf({ companyName, firstName, lastName }: Party): string {
  return companyName ?? [firstName, lastName].filter((part) => part !== undefined).join(' ');
}
