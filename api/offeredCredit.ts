import type { Response } from 'express';
import { creditOf } from '../db/ledger.ts';
import { euros } from '../domain/money.ts';
import { callerOf } from './access.ts';
import type { Context } from './context.ts';

/** The credit that an order of a price could ask for: said where there is any, to whoever may spend it. */
export async function offeredCredit(
  { db }: Context,
  response: Response,
  { customerId, payableMinor }: { readonly customerId: string | undefined; readonly payableMinor: number },
): Promise<Record<string, unknown>> {
  const caller = callerOf(response);
  const maySpend = caller.kind === 'operator' || (caller.customerId === customerId && caller.subscriptionId === null);
  const availableMinor = customerId === undefined || !maySpend ? 0 : await creditOf(db, customerId);
  if (availableMinor === 0) return {};
  const usableMinor = Math.min(availableMinor, payableMinor);
  const rest = euros(payableMinor - usableMinor);
  return { credit: { available: euros(availableMinor), usable: euros(usableMinor), rest } };
}
