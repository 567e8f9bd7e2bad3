/** A report as JSON with totals, or as a CSV file where that is what is accepted; row by row, never held as a whole. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { Language, Words } from '../domain/words.ts';
import { csvFile, recordOf, type Cell } from './csv.ts';
import { languageOf } from './language.ts';

/** Characters sent together: a stream of single lines would cost more than the rows. */
const CHUNK = 32_768;

export interface Column<Row> {
  readonly header: Words;
  of(row: Row, language: Language): Cell;
}

export interface Report<Row> {
  /** The file's, without its ending. */
  readonly name: string;
  /** What comes before the rows, in JSON. */
  readonly head: Readonly<Record<string, unknown>>;
  readonly rows: AsyncIterable<Row>;
  present(row: Row): Readonly<Record<string, unknown>>;
  readonly columns: readonly Column<Row>[];
  /** Takes note of a row; asked for what came of all when the last one is out. */
  count(row: Row): void;
  totals(): Readonly<Record<string, unknown>>;
}

export async function answerReport<Row>(report: Report<Row>, request: Request, response: Response): Promise<void> {
  const isFile = request.accepts(['application/json', 'text/csv']) === 'text/csv';
  response.vary('Accept').type(isFile ? 'text/csv' : 'application/json');
  try {
    if (isFile) {
      const language = languageOf(request);
      response.vary('Accept-Language').set('Content-Language', language).attachment(`${report.name}.csv`);
      const headers = report.columns.map(({ header }) => header[language]);
      await pipeline(Readable.from(recordsOf(report, language)), csvFile(headers), response);
    } else {
      await pipeline(Readable.from(jsonOf(report)), response);
    }
  } catch (error) {
    // The client went away: nobody is left to be answered.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

async function* jsonOf<Row>(report: Report<Row>): AsyncGenerator<string> {
  let chunk = `${JSON.stringify(report.head).slice(0, -1)}${Object.keys(report.head).length === 0 ? '' : ','}"rows":[`;
  let separator = '';
  for await (const row of report.rows) {
    report.count(row);
    chunk += separator + JSON.stringify(report.present(row));
    separator = ',';
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}],"totals":${JSON.stringify(report.totals())}}`;
}

async function* recordsOf<Row>(
  { rows, columns }: Report<Row>,
  language: Language,
): AsyncGenerator<ReturnType<typeof recordOf>> {
  for await (const row of rows) yield recordOf(columns.map(({ of }) => of(row, language)));
}
