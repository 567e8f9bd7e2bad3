import { z } from 'zod';
import { isOrderNumber } from '../domain/orderNumber.ts';
import { newMethod } from './ordersSchema.ts';
import { formed, money, plainDate, text } from './parsing.ts';
import { because, REASONS } from './reasons.ts';

const [card] = newMethod.options;

/** A number written with blanks or dashes between its digits is still that number. Anything else is kept as it came. */
const orderNumber = text(64).transform((value) => {
  const digits = value.replaceAll(/[ .-]/g, '');
  return isOrderNumber(digits) ? digits : value;
});

/** Money that waits, or part of it, is for an order, or for what a customer owes. */
export const assignmentRequest = z
  .strictObject({
    orderNumber: orderNumber.exactOptional(),
    customerId: text(64).exactOptional(),
    amount: money.exactOptional(),
  })
  .superRefine(({ orderNumber: order, customerId }, context) => {
    if (order === undefined && customerId === undefined)
      context.addIssue({ code: 'custom', path: ['orderNumber'], ...because(REASONS.missing), input: order });
    if (order !== undefined && customerId !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['customerId'],
        ...because(REASONS.order_or_customer),
        input: customerId,
      });
  });

export const externalId = formed(/^[\x21-\x7e]+$/, REASONS.external_id, 160);

/** Payments that we make ourselves, or keep apart, are named by these: nobody else's may be taken for one. */
const RESERVED_SOURCES: ReadonlySet<string> = new Set([
  'gateway',
  'bank_file',
  'stripe',
  'operator',
  'disputed',
  'credit',
  'part',
]);

/** Who names a payment or reversal by an external id. */
export const source = formed(/^[a-z0-9][a-z0-9_-]*$/, REASONS.source, 32)
  .default('api')
  .superRefine((value, context) => {
    if (RESERVED_SOURCES.has(value)) {
      context.addIssue({ code: 'custom', ...because(REASONS.reserved_source), input: value });
    }
  });

/** Money that was registered somewhere: only its shape can be refused. */
export const newPayment = z
  .strictObject({
    orderNumber,
    amount: money,
    method: z.enum(['bank_transfer', 'postal_slip', 'card', 'paypal']),
    registeredOn: plainDate,
    externalId,
    source,
    /** The gateway's token of the card or account that paid: it is stored, and auto-renewal may use it. */
    token: card.shape.token.exactOptional(),
  })
  .superRefine(({ method, token }, context) => {
    if (token !== undefined && method !== 'card' && method !== 'paypal') {
      context.addIssue({ code: 'custom', path: ['token'], ...because(REASONS.token_without_method), input: token });
    }
  });
