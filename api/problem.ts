import { REFUSALS, RefusedError, type RefusalCode } from '../domain/errors.ts';

/** One input at fault: where it is, in dotted form, and what is wrong with it in plain words. */
export interface FieldError {
  readonly field: string;
  readonly reason: string;
}

/** What the API itself refuses, beside the domain's refusals. Codes are added, never renamed. */
const API_PROBLEMS = {
  invalid_input: [400, 'The request holds values that cannot be accepted.'],
  malformed_json: [400, 'The body is not valid JSON.'],
  malformed_request: [400, 'The request cannot be read.'],
  unauthorized: [401, 'A valid key is needed: send "Authorization: Bearer <key>".'],
  route_unknown: [404, 'There is nothing at this address.'],
  customer_unknown: [404, 'There is no such customer.'],
  subscription_unknown: [404, 'There is no such subscription.'],
  payment_unknown: [404, 'There is no such payment.'],
  confirmation_unknown: [404, 'There is no such payment to confirm.'],
  method_not_allowed: [405, 'This address does not take that method.'],
  service_already_active: [
    409,
    'Già attivo su questo codice fiscale o partita IVA: a live service exists for this tax code or VAT number.',
  ],
  purchase_in_progress: [
    409,
    'A purchase for this tax code or VAT number is under way: repeat it with its Idempotency-Key, or wait some minutes.',
  ],
  payment_conflict: [409, 'This payment was registered before with other content; the first content stands.'],
  clock_already_moving: [409, 'The clock of this subscription is being moved by another request.'],
  body_too_large: [413, 'The body is larger than 100 kB.'],
  unsupported_media_type: [415, 'Send the body as application/json in UTF-8.'],
  idempotency_key_reused: [422, 'This Idempotency-Key was used before with another request.'],
  internal_error: [500, 'Something went wrong on our side. It was logged with the request id.'],
  temporarily_unavailable: [503, 'Part of the service cannot be reached just now: try again in a moment.'],
} as const satisfies Record<string, readonly [status: number, detail: string]>;

/** Where a refusal is about what was asked and not about the state it met, it is 422; an order named by path is 404. */
const REFUSAL_STATUS: Record<RefusalCode, number> = {
  subscription_ended: 409,
  not_allowed_in_state: 409,
  notice_given: 409,
  order_out_of_date: 409,
  unpaid_order_exists: 409,
  auto_renewal_on: 409,
  years_not_offered: 422,
  product_unknown: 422,
  extra_not_offered: 422,
  quantity_out_of_range: 422,
  module_already_owned: 409,
  nothing_ordered: 422,
  space_in_use: 409,
  agreement_unknown: 422,
  agreement_expired: 422,
  agreement_not_applicable: 422,
  amount_too_large: 422,
  order_unknown: 404,
  order_not_unpaid: 409,
  charge_in_progress: 409,
  payment_method_missing: 409,
  registered_in_future: 422,
};

export type ProblemCode = keyof typeof API_PROBLEMS | RefusalCode;

/** Seconds after which a request that met an outage may be tried again. */
const RETRY_AFTER_SECONDS = 5;

interface ProblemOptions {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body, e.g. a fresh quote. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** A reference in the body to something that does not exist is 422, not 404. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** A problem on its way to the client. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly status: number;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  readonly extra: Readonly<Record<string, unknown>>;
  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? detailOf(code), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
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

function detailOf(code: ProblemCode): string {
  return isRefusal(code) ? REFUSALS[code] : API_PROBLEMS[code][1];
}

/** A dependency does not answer: 503, and when to try again. */
export function unavailable(what: string, cause?: unknown): ProblemError {
  return new ProblemError('temporarily_unavailable', {
    detail: `${what} cannot be reached just now: try again in a moment.`,
    headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
    cause,
  });
}

/** One input at fault. */
export function invalid(field: string, reason: string): ProblemError {
  return new ProblemError('invalid_input', { detail: `${field} ${reason}`, errors: [{ field, reason }] });
}

/** A subscription of a path that never was. */
export function subscriptionUnknown(): ProblemError {
  return new ProblemError('subscription_unknown', { errors: [{ field: 'id', reason: 'names no subscription.' }] });
}

/** What a thrown thing means to the client; null where it is nobody's fault but ours. */
export function problemOf(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return error;
  if (error instanceof RefusedError) {
    const { code, detail, field } = error.refusal;
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
export function problemBody(problem: ProblemError, requestId: string): Record<string, unknown> {
  return {
    type: 'about:blank',
    title: TITLES[problem.status] ?? 'Error',
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    errors: problem.errors,
    instance: `urn:uuid:${requestId}`,
    ...problem.extra,
  };
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
