/** Reading, trying and publishing price lists: for operators. */
import { isDeepStrictEqual } from 'node:util';
import type { Response, Router } from 'express';
import { z } from 'zod';
import { catalogueDocument } from '../config/catalogue.ts';
import { latest, publish, type PublishedCatalogue } from '../db/catalogues.ts';
import { dateAt } from '../domain/calendar.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { publishingFaults } from '../domain/publishing.ts';
import { callerOf, operatorsOnly } from './access.ts';
import { answerDryRun } from './catalogueDryRun.ts';
import type { Context } from './context.ts';
import { instantText } from './present.ts';
import { ProblemError } from './problem.ts';
import { bodyOf, resource } from './routing.ts';

const proposal = z.strictObject({ document: catalogueDocument });
const publication = z.strictObject({ basedOn: z.int().min(1), document: catalogueDocument });

export function catalogueManagement(router: Router, context: Context): void {
  resource(router, '/catalog/document', {
    get: operatorsOnly(async (_request, response) => {
      response.json(presentPublished(await published(context)));
    }),
    put: operatorsOnly(async (request, response) => {
      const wanted = bodyOf(request, publication);
      response.json(presentPublished(await publishOver(context, wanted, callerName(response))));
    }),
  });
  resource(router, '/catalog/dry-run', {
    post: operatorsOnly(async (request, response) => {
      const { document } = bodyOf(request, proposal);
      const current = await published(context);
      demandPublishable(context, current.document, document);
      await answerDryRun(context, { current, proposed: document }, request, response);
    }),
  });
}

async function publishOver(
  context: Context,
  { basedOn, document }: z.output<typeof publication>,
  publishedBy: string,
): Promise<PublishedCatalogue> {
  const current = await published(context);
  // Nothing to do, or done already by this very request whose answer was lost.
  if (isDeepStrictEqual(current.document, document)) return current;
  if (basedOn !== current.revision) throw moved(current.revision);
  demandPublishable(context, current.document, document);
  const fresh = await publish(context.db, { basedOn, document, publishedBy });
  if (fresh === null) throw moved((await published(context)).revision);
  context.log.info({ revision: fresh.revision, publishedBy }, 'a price list was published');
  return fresh;
}

/** What is in force, with its revision; the first reading publishes the file. */
async function published({ db, catalogue }: Context): Promise<PublishedCatalogue> {
  await catalogue();
  const current = await latest(db);
  if (current === null) throw new Error('No price list is published.');
  return current;
}

/** @throws ProblemError catalogue_refused, naming everything that keeps the document from being published. */
function demandPublishable({ now }: Context, current: Catalogue, proposed: Catalogue): void {
  const errors = publishingFaults(current, proposed, dateAt(now()));
  if (errors.length > 0) throw new ProblemError('catalogue_refused', { errors });
}

function moved(revision: number): ProblemError {
  return new ProblemError('catalogue_moved', { extra: { revision } });
}

function callerName(response: Response): string {
  const caller = callerOf(response);
  return caller.kind === 'operator' ? caller.name : caller.id;
}

function presentPublished({ revision, document, publishedAt, publishedBy }: PublishedCatalogue) {
  return { revision, publishedAt: instantText(publishedAt), publishedBy, document };
}
