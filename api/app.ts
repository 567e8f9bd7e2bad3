import { randomUUID } from 'node:crypto';
import express, { Router, type ErrorRequestHandler, type Express } from 'express';
import helmet from 'helmet';
import { assignments } from './assigning.ts';
import { authenticate, demandOwnPassword } from './authentication.ts';
import { bankFiles, fileBody } from './bankFiles.ts';
import { catalogue } from './catalogue.ts';
import { catalogueManagement } from './catalogueManagement.ts';
import { chargeConfirmations } from './chargeConfirmations.ts';
import { clock } from './clock.ts';
import { confirmations } from './confirmations.ts';
import type { Context } from './context.ts';
import { credit } from './credit.ts';
import { customers } from './customers.ts';
import { gateway } from './gateway.ts';
import { customerLists } from './customerLists.ts';
import { explain } from './explain.ts';
import { health } from './health.ts';
import { holders } from './holders.ts';
import { invoices } from './invoices.ts';
import { languageOf } from './language.ts';
import { logRequests } from './logging.ts';
import { methodSetups } from './methodSetups.ts';
import { orders } from './orders.ts';
import { passwordLinks } from './passwordLinks.ts';
import { paymentMethods } from './paymentMethods.ts';
import { payingLater } from './payingLater.ts';
import { payments } from './payments.ts';
import { ProblemError, problemBody, problemOf } from './problem.ts';
import { queue } from './queue.ts';
import { quotes } from './quotes.ts';
import { refunds } from './refunds.ts';
import { registrations } from './registrations.ts';
import { reports } from './reports.ts';
import { returns } from './returns.ts';
import { reversals } from './reversals.ts';
import { jsonBody } from './routing.ts';
import { ownSession, sessions } from './sessions.ts';
import { stripeCatchUp } from './stripeCatchUp.ts';
import { stripeWebhooks } from './stripeWebhooks.ts';
import { subscriptions } from './subscriptions.ts';
import { transferLists } from './transferLists.ts';

/** The whole API as one request handler; it listens nowhere by itself. */
export function createApp(context: Context): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  // The customer area calls from elsewhere on behalf of many: attempts are counted by who is behind it.
  app.set('trust proxy', context.trustedProxies ?? 'loopback');
  app.use((_request, response, next) => {
    const requestId = randomUUID();
    response.locals['requestId'] = requestId;
    response.set({ 'X-Request-Id': requestId, 'Cache-Control': 'no-store' });
    next();
  });
  app.use(logRequests(context.log));
  app.use(helmet());

  const open = Router();
  health(open, context);
  catalogue(open, context);
  gateway(open, context);
  if (context.sandbox) confirmations(open, context);
  stripeWebhooks(open, context);
  app.use(open);

  const entrance = Router();
  entrance.use(['/registrations', '/sessions', '/password-resets', '/username-reminders'], ...jsonBody());
  for (const noun of [registrations, sessions, passwordLinks]) noun(entrance, context);
  app.use('/v1', entrance);

  const keyed = Router();
  keyed.use(authenticate(context));
  keyed.use('/bank-files', fileBody());
  keyed.use(...jsonBody());
  ownSession(keyed, context);
  keyed.use(demandOwnPassword);
  for (const noun of [catalogueManagement, customers, quotes, orders, payments, paymentMethods, subscriptions, holders])
    noun(keyed, context);
  methodSetups(keyed, context);
  chargeConfirmations(keyed, context);
  stripeCatchUp(keyed, context);
  for (const noun of [bankFiles, payingLater, customerLists, explain, assignments, reversals, credit, queue])
    noun(keyed, context);
  invoices(keyed, context);
  for (const noun of [transferLists, refunds, returns]) noun(keyed, context);
  reports(keyed, context);
  if (context.sandbox) clock(keyed, context);
  app.use('/v1', keyed);

  app.use(() => {
    throw new ProblemError('route_unknown');
  });
  app.use(answerProblem(context));
  return app;
}

/** Every error ends here. What is not ours to say is logged and answered without a word of it. */
function answerProblem({ log }: Context): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    const requestId = response.locals['requestId'] as string;
    const problem = problemOf(error);
    if (problem === null) log.error({ error, requestId }, 'unexpected error');
    else if (problem.status >= 500) log.warn({ error: problem, requestId }, 'unavailable');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const answer = problem ?? new ProblemError('internal_error');
    const language = languageOf(request);
    response
      .status(answer.status)
      .set({ ...answer.headers, 'Content-Language': language })
      .vary('Accept-Language')
      .type('application/problem+json')
      .send(JSON.stringify(problemBody(answer, requestId, language)));
  };
}
