import type { RequestHandler } from 'express';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { Caller } from './access.ts';

/** Where secrets and personal data might stand if someone logged a whole object one day. Bodies are never logged. */
const REDACTED = [
  'authorization',
  'cookie',
  'token',
  'password',
  'email',
  'certifiedEmail',
  'phone',
  'taxCode',
  'vatNumber',
];

export function createLogger(level: string, destination: DestinationStream = pino.destination(2)): Logger {
  return pino(
    {
      level,
      base: { process: 'api' },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[redacted]',
      },
      serializers: { error: describeError },
    },
    destination,
  );
}

interface DescribedError {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly constraint?: unknown;
  readonly stack?: string | undefined;
  readonly cause?: DescribedError;
}

/**
 * What may be said of an error in a log. Postgres puts the values at fault into an error's detail, and query builders
 * the whole statement before its message: neither is kept.
 */
function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { name: typeof error, message: 'Something was thrown that is no error.' };
  const { code, constraint, severity } = error as Error & Record<'code' | 'constraint' | 'severity', unknown>;
  const isFromPostgres = severity !== undefined;
  const message = isFromPostgres ? (error.message.split(' - ').at(-1) ?? '') : error.message;
  return {
    name: error.name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(constraint === undefined ? {} : { constraint }),
    stack: isFromPostgres ? error.stack?.slice(error.stack.indexOf('\n    at ')) : error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/** One line for each answered request: who, what, how it went, how long. Paths hold ids only; queries are left out. */
export function logRequests(log: Logger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    response.on('close', () => {
      const caller = response.locals['caller'] as Caller | undefined;
      log.info(
        {
          requestId: response.locals['requestId'] as string,
          method: request.method,
          path: pathWithoutSecrets(request.originalUrl),
          status: response.writableEnded ? response.statusCode : 'aborted',
          milliseconds: Math.round(performance.now() - startedAt),
          key: caller?.kind === 'operator' ? caller.name : undefined,
          account: caller?.kind === 'customer' ? caller.id : undefined,
        },
        'request',
      );
    });
    next();
  };
}

/** The token of a mailed link opens an account: it is the one path that is a secret. */
function pathWithoutSecrets(url: string): string | undefined {
  return url.split('?', 1)[0]?.replace(/(\/password-resets\/)[^/]+/i, '$1[redacted]');
}
