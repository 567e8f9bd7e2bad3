import { electronicFormatIBAN, isSEPACountry, isValidIBAN } from 'ibantools';
import { z } from 'zod';
import { REFUND_STATUSES } from '../db/refunds.ts';
import { formed, id, money, text } from './parsing.ts';
import { because, REASONS } from './reasons.ts';

/** An account that a SEPA transfer reaches, without blanks. */
const iban = text(64)
  .transform((value) => electronicFormatIBAN(value) ?? '')
  .refine((value) => isValidIBAN(value), because(REASONS.iban))
  .refine((value) => !isValidIBAN(value) || isSEPACountry(value.slice(0, 2)), because(REASONS.iban_elsewhere));
/** Whose account it is. */
const holder = text(70);

const SOURCES = ['orderNumber', 'paymentKey', 'customerId'] as const;

export const newRefund = z
  .strictObject({
    orderNumber: text(64).exactOptional(),
    paymentKey: formed(/^[\x21-\x7e]+$/, REASONS.payment_unknown, 200).exactOptional(),
    customerId: id.exactOptional(),
    amount: money,
    way: z.enum(['original', 'transfer']).exactOptional(),
    iban: iban.exactOptional(),
    holder: holder.exactOptional(),
    effect: z.enum(['keep', 'end']).exactOptional(),
    reason: text(500),
  })
  .superRefine((given, context) => {
    const wrong = (field: string, reason: Parameters<typeof because>[0], input: unknown): void =>
      context.addIssue({ code: 'custom', path: [field], ...because(reason), input });
    if (SOURCES.filter((source) => given[source] !== undefined).length !== 1)
      wrong('orderNumber', REASONS.one_refund_source, given.orderNumber ?? '');
    if (given.effect !== undefined && given.orderNumber === undefined)
      wrong('effect', REASONS.effect_of_orders, given.effect);
    if (given.way === 'original' && given.iban !== undefined) wrong('iban', REASONS.iban_of_transfers, given.iban);
    if (given.way === 'original' && given.holder !== undefined)
      wrong('holder', REASONS.iban_of_transfers, given.holder);
  });
export type RefundRequest = z.output<typeof newRefund>;

/** Where a refund goes that its gateway refused. */
export const transferRequest = z.strictObject({ iban, holder: holder.exactOptional() });

const LONGEST_PAGE = 200;
const limit = z
  .string()
  .refine((value) => /^\d{1,9}$/.test(value), because(REASONS.whole_number))
  .transform(Number)
  .pipe(z.int().min(1).max(LONGEST_PAGE))
  .default(LONGEST_PAGE);

export const refundsQuery = z.strictObject({
  status: z.enum(REFUND_STATUSES).exactOptional(),
  orderNumber: text(64).exactOptional(),
  customerId: id.exactOptional(),
  listId: id.exactOptional(),
  after: id.exactOptional(),
  limit,
});
export const listsQuery = z.strictObject({ limit });
