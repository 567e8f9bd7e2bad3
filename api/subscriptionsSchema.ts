import { z } from 'zod';
import { formed, text } from './parsing.ts';
import { because, REASONS } from './reasons.ts';

/** More than anyone stores, and well inside exact integers: a petabyte. */
const MAX_USED_BYTES = 1_000_000_000_000_000;

export const autoRenewalRequest = z.strictObject({ on: z.boolean() });

export const usageRequest = z.strictObject({ usedBytes: z.int().min(0).max(MAX_USED_BYTES) });

export const activationRequest = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('retry') }),
  z.strictObject({
    action: z.literal('confirm'),
    username: formed(/^[\w.@-]{3,64}$/, REASONS.username),
  }),
  z.strictObject({ action: z.literal('abandon'), reason: text(200) }),
]);

const LONGEST_PAGE = 500;
const page = z
  .string()
  .refine((value) => /^\d{1,9}$/.test(value), because(REASONS.whole_number))
  .transform(Number);

export const timelineQuery = z.strictObject({
  after: page.default(0),
  limit: page.pipe(z.int().min(1).max(LONGEST_PAGE)).default(LONGEST_PAGE),
});
export type TimelineQuery = z.output<typeof timelineQuery>;
