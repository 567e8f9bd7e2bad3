import type { RequestHandler, Response } from 'express';
import { verifyApiKey } from '../db/apiKeys.ts';
import { useSession, type Session } from '../db/sessions.ts';
import type { Caller } from './access.ts';
import type { Context } from './context.ts';
import { ProblemError } from './problem.ts';

const CHALLENGE = 'Bearer realm="rinnovo"';

/** Lets pass who holds a key of ours or is logged in; `callerOf(response)` then says who it is. */
export function authenticate(context: Context): RequestHandler {
  return async (request, response, next) => {
    const header = request.headers.authorization;
    if (header === undefined) throw new ProblemError('unauthorized', { headers: { 'WWW-Authenticate': CHALLENGE } });
    // No key or token of ours is longer, or holds anything else.
    const secret = /^Bearer +([\w-]{1,128}) *$/i.exec(header)?.[1];
    const caller = secret === undefined ? null : await identify(context, response, secret);
    if (caller === null) {
      throw new ProblemError('unauthorized', {
        detail: {
          it: 'Questa chiave non è nota, o la sessione è terminata.',
          en: 'This key is not known, or the session has ended.',
        },
        headers: { 'WWW-Authenticate': `${CHALLENGE}, error="invalid_token"` },
      });
    }
    response.locals['caller'] = caller;
    next();
  };
}

async function identify({ db, now }: Context, response: Response, secret: string): Promise<Caller | null> {
  if (!secret.startsWith('rs_')) {
    const key = await verifyApiKey(db, secret);
    return key === null ? null : { kind: 'operator', ...key };
  }
  const session = await useSession(db, secret, now());
  if (session === null) return null;
  response.locals['session'] = session;
  const { accountId: id, customerId, subscriptionId } = session;
  return { kind: 'customer', id, customerId, subscriptionId };
}

/** The caller's session. Throws session_needed for a caller with an API key. */
export function sessionOf(response: Response): Session {
  const session = response.locals['session'] as Session | undefined;
  if (session === undefined) throw new ProblemError('session_needed');
  return session;
}

/** Stops whoever still has a temporary password. What they need to choose their own is to be mounted before this. */
export const demandOwnPassword: RequestHandler = (_request, response, next) => {
  const session = response.locals['session'] as Session | undefined;
  if (session?.mustChangePassword === true) throw new ProblemError('password_change_required');
  next();
};
