import { randomUUID } from 'node:crypto';
import express, { Router, type ErrorRequestHandler, type Express } from 'express';
import helmet from 'helmet';
import { authenticate } from './authentication.ts';
import { catalogue } from './catalogue.ts';
import { clock } from './clock.ts';
import { confirmations } from './confirmations.ts';
import type { Context } from './context.ts';
import { customers } from './customers.ts';
import { health } from './health.ts';
import { logRequests } from './logging.ts';
import { orders } from './orders.ts';
import { payments } from './payments.ts';
import { ProblemError, problemBody, problemOf } from './problem.ts';
import { quotes } from './quotes.ts';
import { jsonBody } from './routing.ts';
import { subscriptions } from './subscriptions.ts';

/** The whole API as one request handler; it listens nowhere by itself. */
export function createApp(context: Context): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
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
  if (context.sandbox) confirmations(open, context);
  app.use(open);

  const keyed = Router();
  keyed.use(authenticate(context), ...jsonBody());
  for (const noun of [customers, quotes, orders, payments, subscriptions]) noun(keyed, context);
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
  return (error: unknown, _request, response, _next) => {
    const requestId = response.locals['requestId'] as string;
    const problem = problemOf(error);
    if (problem === null) log.error({ error, requestId }, 'unexpected error');
    else if (problem.status >= 500) log.warn({ error: problem, requestId }, 'unavailable');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const answer = problem ?? new ProblemError('internal_error');
    response
      .status(answer.status)
      .set(answer.headers)
      .type('application/problem+json')
      .send(JSON.stringify(problemBody(answer, requestId)));
  };
}
