/** The dry run of a price list: every living subscription's next renewal as it is and as it would be, page by page. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { PublishedCatalogue } from '../db/catalogues.ts';
import type { Db } from '../db/database.ts';
import { listLiving, type SubscriptionRow } from '../db/subscriptions.ts';
import { dateAt, type PlainDate } from '../domain/calendar.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { euros } from '../domain/money.ts';
import {
  addForecast,
  forecastRenewal,
  NO_TOTALS,
  type ForecastTotals,
  type NoRenewal,
  type RenewalForecast,
} from '../domain/nextRenewal.ts';
import { entriesOf } from '../domain/planning.ts';
import type { Context } from './context.ts';
import { csvFile, recordOf, type Cell } from './csv.ts';

/** Lives are read by so many at a time: the whole of them is never held. */
const PAGE = 100;
/** Characters sent together: a stream of single lines would cost more than the prices. */
const CHUNK = 32_768;

interface Lists {
  readonly current: PublishedCatalogue;
  readonly proposed: Catalogue;
}

interface Row {
  readonly subscription: SubscriptionRow;
  readonly forecast: RenewalForecast | NoRenewal;
}

/** As JSON with totals, or as a CSV file where that is what is accepted. */
export async function answerDryRun(
  { db, now }: Context,
  lists: Lists,
  request: Request,
  response: Response,
): Promise<void> {
  const today = dateAt(now());
  const isFile = request.accepts(['application/json', 'text/csv']) === 'text/csv';
  response.vary('Accept').type(isFile ? 'text/csv' : 'application/json');
  try {
    if (isFile) {
      response.attachment('dry-run.csv');
      await pipeline(Readable.from(recordsOf(rowsOf(db, lists, today))), csvFile(COLUMNS), response);
    } else {
      await pipeline(Readable.from(jsonOf(db, lists, today)), response);
    }
  } catch (error) {
    // The client went away: nobody is left to be answered.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

async function* rowsOf(db: Db, { current, proposed }: Lists, today: PlainDate): AsyncGenerator<Row> {
  const lists = { now: current.document, proposed };
  for (let after = ''; ;) {
    const page = await listLiving(db, { after, limit: PAGE });
    for (const subscription of page) {
      // A life in the sandbox may be ahead of the wall's clock: its last event tells how far at least.
      const last = dateAt(subscription.updatedAt);
      const forecast = forecastRenewal(subscription.state, lists, last > today ? last : today);
      yield { subscription, forecast };
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}

async function* jsonOf(db: Db, lists: Lists, today: PlainDate): AsyncGenerator<string> {
  let totals = NO_TOTALS;
  let chunk = `{"basedOn":${lists.current.revision},"today":"${today}","subscriptions":[`;
  for await (const row of rowsOf(db, lists, today)) {
    const separator = totals.subscriptions === 0 ? '' : ',';
    totals = addForecast(totals, row.forecast);
    chunk += `${separator}${JSON.stringify(presentRow(row))}`;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}],"totals":${JSON.stringify(presentTotals(totals))}}`;
}

function presentRow({ subscription, forecast }: Row): Record<string, unknown> {
  const { id, customerId, product, autoRenewal } = subscription;
  const whose = { subscriptionId: id, customerId, product, autoRenewal };
  if (typeof forecast === 'string') return { ...whose, notRenewable: forecast };
  const { on, way, extras, years, nowMinor, proposedMinor } = forecast;
  return {
    ...whose,
    notRenewable: null,
    on,
    way,
    extras,
    years,
    now: euros(nowMinor),
    proposed: euros(proposedMinor),
    difference: euros(proposedMinor - nowMinor),
  };
}

function presentTotals({ nowMinor, proposedMinor, ...counts }: ForecastTotals): Record<string, unknown> {
  return {
    ...counts,
    now: euros(nowMinor),
    proposed: euros(proposedMinor),
    difference: euros(proposedMinor - nowMinor),
  };
}

const COLUMNS = [
  'subscription',
  'customer',
  'composition',
  'auto_renewal',
  'not_renewable',
  'on',
  'way',
  'years_now',
  'years_proposed',
  'now_eur',
  'proposed_eur',
  'difference_eur',
] as const;

async function* recordsOf(rows: AsyncIterable<Row>): AsyncGenerator<ReturnType<typeof recordOf>> {
  for await (const row of rows) {
    const cells = cellsOf(row);
    yield recordOf(COLUMNS.map((column) => cells[column]));
  }
}

/** One line of the file. */
function cellsOf({ subscription, forecast }: Row): Record<(typeof COLUMNS)[number], Cell> {
  const { id, customerId, product, autoRenewal } = subscription;
  const known = typeof forecast === 'string' ? null : forecast;
  const extras = entriesOf(known?.extras ?? {}).map(([sku, quantity]) => `${quantity} ${sku}`);
  return {
    subscription: id,
    customer: customerId,
    composition: [product, ...extras].join(' + '),
    auto_renewal: autoRenewal ? 'yes' : 'no',
    not_renewable: typeof forecast === 'string' ? forecast : null,
    on: known?.on ?? null,
    way: known?.way ?? null,
    years_now: known?.years.now ?? null,
    years_proposed: known?.years.proposed ?? null,
    now_eur: known === null ? null : { amountMinor: known.nowMinor },
    proposed_eur: known === null ? null : { amountMinor: known.proposedMinor },
    difference_eur: known === null ? null : { amountMinor: known.proposedMinor - known.nowMinor },
  };
}
