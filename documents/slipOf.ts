import type { PostalSlip } from './slip.ts';

/** What a slip needs of whom it is for. */
interface Payer {
  readonly companyName?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly address: {
    readonly street: string;
    readonly postalCode: string;
    readonly city: string;
    readonly province: string;
  };
}

/** The slip of an order's rest, made out by its holder. */
export function slipOf(
  { number, dueMinor }: { readonly number: string; readonly dueMinor: number },
  { companyName, firstName, lastName, address }: Payer,
  {
    postalSlip,
    placeholder,
  }: {
    readonly postalSlip: { readonly holder: string; readonly accountNumber: string };
    readonly placeholder: boolean;
  },
): PostalSlip {
  return {
    orderNumber: number,
    amountMinor: dueMinor,
    account: postalSlip.accountNumber,
    holder: postalSlip.holder,
    payer: {
      name: companyName ?? `${firstName ?? ''} ${lastName ?? ''}`.trim(),
      street: address.street,
      place: `${address.postalCode} ${address.city} (${address.province})`,
    },
    placeholder,
  };
}
