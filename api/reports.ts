/** Reports for operators: what money came and went, what is owed, what is held, and what will come. */
import type { Router } from 'express';
import { z } from 'zod';
import { expiringWithin, held, movementsOn, receivables } from '../db/reports.ts';
import { dateAt } from '../domain/calendar.ts';
import { operatorsOnly } from './access.ts';
import type { Context } from './context.ts';
import { plainDate } from './parsing.ts';
import { because, REASONS } from './reasons.ts';
import { heldReport } from './reporting/held.ts';
import { movementsReport } from './reporting/movements.ts';
import { receivablesReport } from './reporting/receivables.ts';
import { renewalsReport } from './reporting/renewals.ts';
import { answerReport } from './reportStream.ts';
import { resource } from './routing.ts';

const MOST_DAYS = 366;
const dayQuery = z.strictObject({ on: plainDate.exactOptional() });
const daysQuery = z.strictObject({
  days: z
    .string()
    .refine((value) => /^\d{1,4}$/.test(value), because(REASONS.whole_number))
    .transform(Number)
    .pipe(z.int().min(0).max(MOST_DAYS))
    .default(90),
});

export function reports(router: Router, context: Context): void {
  const { db, now } = context;
  const payments = operatorsOnly(async (request, response) => {
    const { on = dateAt(now()) } = response.locals['query'] as z.output<typeof dayQuery>;
    await answerReport(movementsReport(movementsOn(db, on), on), request, response);
  });
  resource(router, '/reports/payments', { get: payments }, { query: dayQuery });

  const owed = operatorsOnly(async (request, response) =>
    answerReport(receivablesReport(receivables(db), dateAt(now())), request, response),
  );
  resource(router, '/reports/receivables', { get: owed });

  const kept = operatorsOnly(async (request, response) =>
    answerReport(heldReport(held(db), dateAt(now())), request, response),
  );
  resource(router, '/reports/held', { get: kept });

  const renewals = operatorsOnly(async (request, response) => {
    const { days } = response.locals['query'] as z.output<typeof daysQuery>;
    const today = dateAt(now());
    const list = await context.catalogue();
    await answerReport(renewalsReport(expiringWithin(db, days, today), { list, today, days }), request, response);
  });
  resource(router, '/reports/renewals', { get: renewals }, { query: daysQuery });
}
