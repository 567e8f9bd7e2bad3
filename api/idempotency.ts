import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { claim, complete, remember, type IdempotencyKey } from '../db/idempotency.ts';
import { callerOf } from './access.ts';
import type { Context } from './context.ts';
import type { Words } from '../domain/words.ts';
import { invalid, ProblemError, problemOf, type FieldError, type ProblemCode } from './problem.ts';
import { REASONS } from './reasons.ts';

/** An answer that can be given again. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly location?: string;
}

/**
 * Keeps what a request begins with (its order's number, say) before it begins, and returns what it has to go on with:
 * the same again where an earlier try got as far.
 */
export type Keep = <Begun extends object>(begun: Begun) => Promise<Begun>;

interface Work {
  readonly keep: Keep;
  /** Names this request towards others: the same at each replay. */
  readonly requestId: string;
}

/**
 * Does a request once per Idempotency-Key: replays get the first answer, a try that died half-way is gone on with, and
 * the key for another request is refused. Refusals are answers too; outages are not. Without the header it is just done.
 */
export async function answerOnce(
  { db, log }: Context,
  request: Request,
  response: Response,
  work: (work: Work) => Promise<Answer>,
): Promise<void> {
  const header = readKey(request);
  if (header === null) {
    const requestId = response.locals['requestId'] as string;
    return send(response, await work({ keep: (begun) => Promise.resolve(begun), requestId }));
  }
  const key: IdempotencyKey = { owner: callerOf(response).id, key: header };
  const claimed = await claim(db, { ...key, requestHash: hashOf(request) });
  if (claimed.kind === 'mismatch') throw new ProblemError('idempotency_key_reused');
  if (claimed.kind === 'replay') {
    response.set('Idempotency-Replayed', 'true');
    return send(response, restored(claimed.body));
  }
  const answer = await outcomeOf(() =>
    work({ keep: (begun) => remember(db, key, begun), requestId: digest(`${key.owner} ${key.key}`) }),
  );
  await complete(db, key, { status: answer.status, body: answer });
  if (claimed.kind === 'in_progress') log.info({ requestId: response.locals['requestId'] as string }, 'resumed');
  send(response, restored(answer));
}

type Outcome = (Answer & { readonly kind: 'answer' }) | StoredProblem;

interface StoredProblem {
  readonly kind: 'problem';
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: Words;
  readonly errors: readonly FieldError[];
  readonly extra: Readonly<Record<string, unknown>>;
}

/** What is final is returned, so that it can be kept; what may go otherwise next time is thrown. */
async function outcomeOf(work: () => Promise<Answer>): Promise<Outcome> {
  try {
    return { kind: 'answer', ...(await work()) };
  } catch (error) {
    const problem = problemOf(error);
    if (problem === null || problem.status >= 500) throw error;
    const { status, code, detail, errors, extra } = problem;
    return { kind: 'problem', status, code, detail, errors, extra };
  }
}

function restored(stored: unknown): Answer {
  const outcome = stored as Outcome;
  if (outcome.kind === 'answer') return outcome;
  const { code, detail, errors, ...options } = outcome;
  throw new ProblemError(code, {
    ...options,
    detail: inBoth(detail),
    errors: errors.map(({ field, reason }) => ({ field, reason: inBoth(reason) })),
  });
}

/** What was kept before problems had two languages was English alone. */
function inBoth(kept: Words | string): Words {
  return typeof kept === 'string' ? { it: kept, en: kept } : kept;
}

function send(response: Response, { status, body, location }: Answer): void {
  if (location !== undefined) response.set('Location', location);
  response.status(status).json(body);
}

const MAX_KEY_LENGTH = 255;

/** The header's value: a quoted string as the standard has it (RFC 9651), or the bare characters many clients send. */
function readKey(request: Request): string | null {
  const value = request.get('Idempotency-Key');
  if (value === undefined) return null;
  const quoted = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(value.trim())?.[1];
  const key = quoted === undefined ? value.trim() : quoted.replaceAll(/\\(.)/g, '$1');
  const isBare = /^[\x21\x23-\x7e][\x21-\x7e]*$/.test(key);
  if ((quoted === undefined && !isBare) || key === '' || key.length > MAX_KEY_LENGTH) {
    throw invalid('Idempotency-Key', REASONS.idempotency_key);
  }
  return key;
}

/** Two requests are the same when they ask the same of the same address, however their JSON was written. */
function hashOf(request: Request): string {
  return digest(`${request.method} ${request.originalUrl}\n${canonical(request.body)}`);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
