/** Bank files: sent as they are, read whole or refused whole, and told of entry by entry. */
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';
import { UnreadableFileError } from '../bank/statement.ts';
import { knownEntries } from '../db/bankEntries.ts';
import { countEntries, findFile, listEntries, listFiles } from '../db/bankFiles.ts';
import type { BankFileRow } from '../db/bankRows.ts';
import { callerOf, operatorsOnly } from './access.ts';
import { decideEntry, lengthsInUse } from './bankDeciding.ts';
import { importFile, readFile, resume } from './bankImport.ts';
import { LARGEST_FILE_BYTES } from './bankReading.ts';
import { presentFile, presentReport, toldAsKnown, toldAsTried, toldOf } from './bankReports.ts';
import type { Context } from './context.ts';
import { id as idText, parse, text } from './parsing.ts';
import { ProblemError } from './problem.ts';
import { because, REASONS } from './reasons.ts';
import { pathOf, resource } from './routing.ts';

const LONGEST_PAGE = 200;
const SENT_AS = ['application/octet-stream', 'text/xml', 'application/xml', 'text/plain', 'text/csv'];

const sending = z.strictObject({
  dryRun: z.enum(['true', 'false']).default('false'),
  name: text(200).exactOptional(),
});
const listing = z.strictObject({
  after: idText.exactOptional(),
  limit: z
    .string()
    .refine((value) => /^\d{1,9}$/.test(value), because(REASONS.whole_number))
    .transform(Number)
    .pipe(z.int().min(1).max(LONGEST_PAGE))
    .default(LONGEST_PAGE),
});

export function bankFiles(router: Router, context: Context): void {
  const send = operatorsOnly(async (request, response) => {
    const { dryRun, name = null } = queryOf(sending, response);
    const bytes = bytesOf(request);
    try {
      if (dryRun === 'true') return void response.json(await tried(context, bytes, name));
      const { file, isNew } = await importFile(context, { bytes, name, receivedBy: callerName(response) });
      response.status(isNew ? 201 : 200).location(`/v1/bank-files/${file.id}`);
      response.json(await reportOf(context, file.id));
    } catch (error) {
      if (error instanceof UnreadableFileError) throw unreadable(error);
      throw error;
    }
  });
  const list = operatorsOnly(async (_request, response) => {
    const { after, limit } = queryOf(listing, response);
    const files = await listFiles(context.db, { after, limit: limit + 1 });
    const page = files.slice(0, limit);
    const counts = await countEntries(
      context.db,
      page.map(({ id }) => id),
    );
    response.json({
      files: page.map((file) => presentFile(file, counts.get(file.id) ?? [])),
      next: files.length > limit ? page.at(-1)?.id : null,
    });
  });
  // What a query may hold depends on the method.
  resource(router, '/bank-files', { get: list, post: send }, { query: z.looseObject({}) });
  resource(router, '/bank-files/:id', {
    get: operatorsOnly(async (request, response) => {
      response.json(await reportOf(context, (await fileNamed(context, request)).id));
    }),
  });
  resource(router, '/bank-files/:id/resumption', {
    post: operatorsOnly(async (request, response) => {
      const { id, finishedAt } = await fileNamed(context, request);
      if (finishedAt === null) await resume(context, id);
      response.json(await reportOf(context, id));
    }),
  });
}

function queryOf<T>(schema: z.ZodType<T>, response: Response): T {
  return parse(schema, response.locals['query']);
}

/** Takes the bytes of a file, of operators alone; JSON and the like are left to be refused. Mounted before `jsonBody`. */
export function fileBody(): RequestHandler {
  const read = express.raw({ type: SENT_AS, limit: LARGEST_FILE_BYTES, inflate: false });
  return (request, response, next) => {
    if (request.method !== 'POST') return next();
    if (callerOf(response).kind !== 'operator') throw new ProblemError('operators_only');
    read(request, response, (error?: unknown) => {
      const isTooLarge = (error as { type?: unknown } | undefined)?.type === 'entity.too.large';
      next(isTooLarge ? tooLarge() : error);
    });
  };
}

function tooLarge(): ProblemError {
  const most = `${LARGEST_FILE_BYTES / 1024 / 1024} MB`;
  return new ProblemError('body_too_large', {
    detail: {
      it: `Il file supera ${most}: invialo in più parti.`,
      en: `The file is larger than ${most}: send it in parts.`,
    },
  });
}

function bytesOf({ body }: Request): Uint8Array {
  if (Buffer.isBuffer(body) && body.length > 0) return body;
  throw new ProblemError('unsupported_media_type', {
    detail: {
      it: 'Invia il file così com’è, come application/octet-stream, text/xml o text/plain.',
      en: 'Send the file as it is, as application/octet-stream, text/xml or text/plain.',
    },
  });
}

function unreadable({ reason, line, message }: UnreadableFileError): ProblemError {
  const where = line === null ? '' : ` (riga ${line})`;
  return new ProblemError('bank_file_unreadable', {
    detail: { it: `Il file non si può leggere${where}, e nulla ne è stato preso: ${reason}`, en: message },
    extra: { line, reason },
  });
}

/** What an import would do, one entry by itself: what an earlier one of the same file would change is not foreseen. */
async function tried(context: Context, bytes: Uint8Array, name: string | null): Promise<Record<string, unknown>> {
  const { read, entries } = await readFile(context, bytes);
  const lengths = await lengthsInUse(context);
  const known = await knownEntries(
    context.db,
    entries.map(({ id }) => id),
  );
  const told = [];
  for (const entry of entries) {
    const there = known.get(entry.id);
    if (there !== undefined) told.push(toldAsKnown(there, entry.place));
    else if (entry.ignored !== null)
      told.push(toldAsTried(entry, { outcome: 'ignored', why: entry.ignored, candidates: [] }));
    else told.push(toldAsTried(entry, await decideEntry(context, entry, lengths)));
  }
  const { format, version, statements, warnings } = read;
  return presentReport(null, { name, format, version, statements: statements.length, warnings }, told);
}

async function reportOf({ db }: Context, id: string): Promise<Record<string, unknown>> {
  const file = await findFile(db, id);
  if (file === null) throw fileUnknown();
  const entries = await listEntries(db, id);
  return presentReport(
    file,
    file,
    entries.map((entry) => toldOf(entry, id)),
  );
}

async function fileNamed({ db }: Context, request: Request): Promise<BankFileRow> {
  const id = pathOf(request, 'id');
  const file = /^[\w-]{1,64}$/.test(id) ? await findFile(db, id) : null;
  if (file === null) throw fileUnknown();
  return file;
}

function fileUnknown(): ProblemError {
  return new ProblemError('bank_file_unknown', { errors: [{ field: 'id', reason: REASONS.bank_file_unknown }] });
}

function callerName(response: Response): string {
  const caller = callerOf(response);
  return caller.kind === 'operator' ? caller.name : caller.id;
}
