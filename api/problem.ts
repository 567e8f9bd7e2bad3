import { REFUSALS, RefusedError, wordsOf, type RefusalCode } from '../domain/errors.ts';
import type { Language, Words } from '../domain/words.ts';
import { API_PROBLEMS } from './problems.ts';
import { REFUSAL_STATUS, TITLES } from './statuses.ts';
import { REASONS } from './reasons.ts';

/** One input at fault: where it is, in dotted form, and what is wrong with it in plain words that follow its name. */
export interface FieldError {
  readonly field: string;
  readonly reason: Words;
}

export type ProblemCode = keyof typeof API_PROBLEMS | RefusalCode;

/** Seconds after which a request that met an outage may be tried again. */
const RETRY_AFTER_SECONDS = 5;

interface ProblemOptions {
  readonly detail?: Words;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body, e.g. a fresh quote. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** A reference in the body to something that does not exist is 422, not 404. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** A problem on its way to the client. It is told in the reader's language; its `message` is for our log, in English. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly status: number;
  readonly detail: Words;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  readonly extra: Readonly<Record<string, unknown>>;
  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    const detail = options.detail ?? detailOf(code);
    super(detail.en, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.status = options.status ?? statusOf(code);
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
    this.extra = options.extra ?? {};
  }
}

function isRefusal(code: ProblemCode): code is RefusalCode {
  return Object.hasOwn(REFUSALS, code);
}

function statusOf(code: ProblemCode): number {
  return isRefusal(code) ? REFUSAL_STATUS[code] : API_PROBLEMS[code][0];
}

function detailOf(code: ProblemCode): Words {
  return isRefusal(code) ? REFUSALS[code] : API_PROBLEMS[code][1];
}

const DEPENDENCIES = {
  'The subscription': 'Il servizio',
  'The database': 'Il database',
  'The payment gateway': 'Il gateway di pagamento',
} as const;

/** A dependency does not answer: 503, and when to try again. */
export function unavailable(what: keyof typeof DEPENDENCIES, cause?: unknown): ProblemError {
  return new ProblemError('temporarily_unavailable', {
    detail: {
      it: `${DEPENDENCIES[what]} non è raggiungibile in questo momento: riprova tra poco.`,
      en: `${what} cannot be reached just now: try again in a moment.`,
    },
    headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
    cause,
  });
}

/** One input at fault. */
export function invalid(field: string, reason: Words): ProblemError {
  return new ProblemError('invalid_input', { detail: detailOn({ field, reason }), errors: [{ field, reason }] });
}

/** A field's reason as a sentence of its own. */
export function detailOn({ field, reason }: FieldError): Words {
  return { it: `${field} ${reason.it}`, en: `${field} ${reason.en}` };
}

/** A subscription of a path that never was. */
export function subscriptionUnknown(): ProblemError {
  return new ProblemError('subscription_unknown', {
    errors: [{ field: 'id', reason: REASONS.subscription_unknown }],
  });
}

/** What a thrown thing means to the client; null where it is nobody's fault but ours. */
export function problemOf(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return error;
  if (error instanceof RefusedError) {
    const { code, field } = error.refusal;
    const detail = wordsOf(error.refusal);
    return new ProblemError(code, { detail, errors: field === undefined ? [] : [{ field, reason: detail }] });
  }
  if (!(error instanceof Error)) return null;
  if (isDatabaseOutage(error)) return unavailable('The database', error);
  return bodyProblem(error);
}

/** What reading the request threw (express and its body parser mark such errors with a type or a status). */
function bodyProblem(error: Error & { type?: unknown; status?: unknown }): ProblemError | null {
  switch (error.type) {
    case 'entity.parse.failed':
      return new ProblemError('malformed_json');
    case 'entity.too.large':
      return new ProblemError('body_too_large');
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new ProblemError('unsupported_media_type');
    default:
      return error.status === 400 ? new ProblemError('malformed_request') : null;
  }
}

/** SQLSTATEs and socket errors that mean Postgres is away, starting, stopping, full, or had to give a statement up. */
const OUTAGE_CODES =
  /^(08...|57P0[1-5]|57014|55P03|25P03|40001|40P01|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENOENT|EHOSTUNREACH)$/;

function isDatabaseOutage(error: Error & { code?: unknown }): boolean {
  if (typeof error.code === 'string' && OUTAGE_CODES.test(error.code)) return true;
  if (error instanceof AggregateError)
    return error.errors.some((inner) => inner instanceof Error && isDatabaseOutage(inner));
  return (
    error.name === 'KnexTimeoutError' ||
    /^Connection terminated|timeout exceeded when trying to connect/.test(error.message)
  );
}

/** The body of an RFC 9457 answer. `instance` names this one occurrence, and is the request id of our log. */
export function problemBody(problem: ProblemError, requestId: string, language: Language): Record<string, unknown> {
  return {
    type: 'about:blank',
    title: TITLES[problem.status] ?? 'Error',
    status: problem.status,
    code: problem.code,
    detail: problem.detail[language],
    errors: problem.errors.map(({ field, reason }) => ({ field, reason: reason[language] })),
    instance: `urn:uuid:${requestId}`,
    ...problem.extra,
  };
}
