import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { parse } from './parsing.ts';
import { ProblemError } from './problem.ts';

export type Handler = (request: Request, response: Response) => Promise<void> | void;

const METHODS = ['get', 'post', 'put', 'delete'] as const;
export type Method = (typeof METHODS)[number];

const NO_QUERY = z.strictObject({});

/**
 * Puts a resource at a path. Methods it does not have are answered 405 with those it has, and query parameters nobody
 * reads are refused: a misspelt one must not pass for a filter.
 */
export function resource(
  router: Router,
  path: string,
  handlers: Partial<Record<Method, Handler>>,
  { query = NO_QUERY }: { query?: z.ZodType } = {},
): void {
  const route = router.route(path);
  for (const method of METHODS) {
    const handler = handlers[method];
    if (handler === undefined) continue;
    route[method](async (request, response) => {
      response.locals['query'] = parse(query, { ...request.query });
      await handler(request, response);
    });
  }
  const allowed = METHODS.filter((method) => handlers[method] !== undefined).flatMap((method) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  route.all(() => {
    throw new ProblemError('method_not_allowed', {
      detail: {
        it: `Questo indirizzo accetta ${allowed.join(', ')}.`,
        en: `This address takes ${allowed.join(', ')}.`,
      },
      headers: { Allow: allowed.join(', ') },
    });
  });
}

const BODY_LIMIT = '100kb';

/** Reads JSON bodies; anything else that carries a body is refused as such, and no body counts as an empty object. */
export function jsonBody(): express.RequestHandler[] {
  const parser = express.json({ limit: BODY_LIMIT, strict: false });
  return [
    (request, _response, next) => {
      const carriesBody =
        request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
      const isRead = Buffer.isBuffer(request.body);
      if (carriesBody && !isRead && !request.is('application/json')) throw new ProblemError('unsupported_media_type');
      next();
    },
    parser,
  ];
}

/** The body against its schema, or a problem that names each field at fault. */
export function bodyOf<T>(request: Request, schema: z.ZodType<T>): T {
  const body: unknown = request.body;
  return parse(schema, body === undefined ? {} : body);
}

/** A path parameter; express decodes it to a text. */
export function pathOf(request: Request, name: string): string {
  return String(request.params[name]);
}
