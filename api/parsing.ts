import { z } from 'zod';
import { instant, isPlainDate, type Instant, type PlainDate } from '../domain/calendar.ts';
import { CURRENCY, MAX_AMOUNT_MINOR } from '../domain/money.ts';
import type { Words } from '../domain/words.ts';
import { detailOn, ProblemError, type FieldError } from './problem.ts';
import { atLeast, atLeastCharacters, atMost, atMostCharacters, because, ofKind, oneOf, REASONS } from './reasons.ts';

/** Reads what came from outside, or answers with every field that is wrong and why. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap(fieldErrors);
  const [first] = errors;
  const detail = first === undefined ? {} : { detail: detailOn(first) };
  throw new ProblemError('invalid_input', { ...detail, errors });
}

type Issue = z.core.$ZodIssue;

function fieldErrors(issue: Issue): FieldError[] {
  const field = fieldOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: fieldOf([...issue.path, key]), reason: REASONS.field_unknown }));
  }
  return [{ field, reason: reasonOf(issue) }];
}

function fieldOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'body' : path.map(String).join('.');
}

function reasonOf(issue: Issue): Words {
  if (issue.code !== 'custom' && issue.input === undefined) return REASONS.missing;
  switch (issue.code) {
    case 'invalid_type':
      return ofKind(issue.expected, issue.input);
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options) ? oneOf(issue.options) : REASONS.no_form;
    case 'too_small':
      if (issue.origin !== 'string') return atLeast(issue.minimum);
      return issue.minimum === 1 ? REASONS.empty : atLeastCharacters(issue.minimum);
    case 'too_big':
      return issue.origin === 'string' ? atMostCharacters(issue.maximum) : atMost(issue.maximum);
    case 'invalid_format':
      return issue.format === 'email' ? REASONS.email : REASONS.not_acceptable;
    case 'custom':
      return (issue.params as { words?: Words } | undefined)?.words ?? REASONS.not_acceptable;
    case 'unrecognized_keys':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
      return REASONS.not_acceptable;
  }
}

/** Control characters have no place in names and numbers, and Postgres refuses some of them outright. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** A bounded line of text, trimmed. */
export function text(maximum: number, minimum = 1) {
  return z
    .string()
    .trim()
    .min(minimum)
    .max(maximum)
    .refine((value) => !CONTROL.test(value) && value.isWellFormed(), because(REASONS.control_characters));
}

/** A text of one fixed form; `hint` says in words what the form is. */
export function formed(pattern: RegExp, hint: Words, maximum = 64) {
  return text(maximum).refine((value) => pattern.test(value), because(hint));
}

export const plainDate = z
  .string()
  .refine(isPlainDate, because(REASONS.date))
  .transform((value) => value as PlainDate);

/** A moment with its offset; a time without one would mean another moment on each machine. */
export const moment = z.string().transform((value, context): Instant => {
  try {
    return instant(value);
  } catch {
    context.addIssue({ code: 'custom', ...because(REASONS.moment), input: value });
    return z.NEVER;
  }
});

/** An amount someone paid or expects to pay: whole cents, euro only. */
export const money = z.strictObject({
  amountMinor: z.int().min(1).max(MAX_AMOUNT_MINOR),
  currency: z.literal(CURRENCY),
});

/** As `money`, where nothing at all is an amount too. */
export const moneyOrNothing = money.extend({ amountMinor: z.int().min(0).max(MAX_AMOUNT_MINOR) });

/** An id of ours in a path or body: anything else names nothing we have, and never reaches Postgres. */
export const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
export const id = formed(ID, REASONS.id);
