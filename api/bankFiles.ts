/** Bank files: sent as they are, read whole or refused whole, and told of entry by entry. */
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';
import { UnreadableFileError } from '../bank/statement.ts';
import { findEntry } from '../db/bankEntries.ts';
import { countEntries, findFile, listEntries, listFiles } from '../db/bankFiles.ts';
import type { BankFileRow, EntryRow } from '../db/bankRows.ts';
import { callerOf, operatorsOnly } from './access.ts';
import { importFile, registerAsTold, resume, tryFile } from './bankImport.ts';
import { LARGEST_FILE_BYTES } from './bankReading.ts';
import { presentEntry, presentFile, presentReport, toldOf } from './bankReports.ts';
import { REGISTRABLE } from './bankWords.ts';
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
      const given = { bytes, name, receivedBy: callerName(response) };
      if (dryRun === 'true') return void response.json(await tried(context, given));
      const { file, isNew } = await importFile(context, given);
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
  resource(router, '/bank-entries/:id/registration', {
    post: operatorsOnly(async (request, response) => {
      const entry = await findEntry(context.db, pathOf(request, 'id'));
      if (entry === null || !isRegistrable(entry))
        throw new ProblemError('queue_item_unknown', { errors: [{ field: 'id', reason: REASONS.queue_item_unknown }] });
      await registerAsTold(context, entry);
      const { fileId } = entry;
      const [told] = (await listEntries(context.db, fileId, entry.id)).map((one) => presentEntry(toldOf(one, fileId)));
      response.json(told);
    }),
  });
}

/** What may be told twice, or has been booked. */
function isRegistrable({ outcome, why }: EntryRow): boolean {
  return outcome === 'matched' || outcome === 'unmatched' || (outcome === 'waiting' && REGISTRABLE.includes(why ?? ''));
}

function queryOf<T>(schema: z.ZodType<T>, response: Response): T {
  return parse(schema, response.locals['query']);
}

/** Takes the bytes of a file, of operators alone; what is sent as anything else is refused. Mounted before `jsonBody`. */
export function fileBody(): RequestHandler {
  const read = express.raw({ type: SENT_AS, limit: LARGEST_FILE_BYTES, inflate: false });
  return (request, response, next) => {
    if (request.method !== 'POST') return next();
    if (callerOf(response).kind !== 'operator') throw new ProblemError('operators_only');
    if (request.path === '/' && request.is(SENT_AS) === false) throw notAFile();
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
  throw notAFile();
}

function notAFile(): ProblemError {
  return new ProblemError('unsupported_media_type', {
    detail: {
      it: 'Invia il file così com’è, e non vuoto, come application/octet-stream, text/xml o text/plain.',
      en: 'Send the file as it is, and not empty, as application/octet-stream, text/xml or text/plain.',
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

async function tried(context: Context, given: Parameters<typeof tryFile>[1]): Promise<Record<string, unknown>> {
  const { file, id, entries } = await tryFile(context, given);
  return presentReport(
    null,
    file,
    entries.map((entry) => toldOf(entry, id)),
  );
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
