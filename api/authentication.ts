import type { RequestHandler } from 'express';
import { verifyApiKey } from '../db/apiKeys.ts';
import type { Context } from './context.ts';
import { ProblemError } from './problem.ts';

/** Whose key a request came with. */
export interface Caller {
  readonly id: string;
  readonly name: string;
}

const CHALLENGE = 'Bearer realm="rinnovo"';

/** Lets pass who holds a key of ours; `response.locals.caller` then says which. */
export function authenticate({ db }: Context): RequestHandler {
  return async (request, response, next) => {
    const header = request.headers.authorization;
    if (header === undefined) throw new ProblemError('unauthorized', { headers: { 'WWW-Authenticate': CHALLENGE } });
    // No key of ours is longer, or holds anything else.
    const key = /^Bearer +([\w-]{1,128}) *$/i.exec(header)?.[1];
    const caller = key === undefined ? null : await verifyApiKey(db, key);
    if (caller === null) {
      throw new ProblemError('unauthorized', {
        detail: 'This key is not known.',
        headers: { 'WWW-Authenticate': `${CHALLENGE}, error="invalid_token"` },
      });
    }
    response.locals['caller'] = caller;
    next();
  };
}
