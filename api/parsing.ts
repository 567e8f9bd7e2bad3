import { z } from 'zod';
import { instant, isPlainDate, type Instant, type PlainDate } from '../domain/calendar.ts';
import { CURRENCY, MAX_AMOUNT_MINOR } from '../domain/money.ts';
import { ProblemError, type FieldError } from './problem.ts';

/** Reads what came from outside, or answers with every field that is wrong and why. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap(fieldErrors);
  const [first] = errors;
  const detail = first === undefined ? {} : { detail: `${first.field} ${first.reason}` };
  throw new ProblemError('invalid_input', { ...detail, errors });
}

type Issue = z.core.$ZodIssue;

function fieldErrors(issue: Issue): FieldError[] {
  const field = fieldOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: fieldOf([...issue.path, key]), reason: 'is not a known field here.' }));
  }
  return [{ field, reason: reasonOf(issue) }];
}

function fieldOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'body' : path.map(String).join('.');
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

function reasonOf(issue: Issue): string {
  if (issue.code !== 'custom' && issue.input === undefined) return 'is missing.';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}.`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}.`;
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? `must be ${oneOf(issue.options)}.`
        : 'has none of the accepted forms.';
    case 'too_small':
      if (issue.origin !== 'string') return `must be at least ${issue.minimum}.`;
      return issue.minimum === 1 ? 'must not be empty.' : `must have at least ${issue.minimum} characters.`;
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters.`
        : `must be at most ${issue.maximum}.`;
    case 'invalid_format':
      return issue.format === 'email' ? 'is not an e-mail address.' : `is not written as expected: ${issue.message}`;
    case 'custom':
    case 'unrecognized_keys':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
      return issue.message;
  }
}

function oneOf(values: readonly unknown[]): string {
  const names = values.map((value) => JSON.stringify(value));
  return names.length === 1 ? String(names[0]) : `one of ${names.join(', ')}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a number with decimals';
  return KINDS[typeof value] ?? typeof value;
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
    .refine((value) => !CONTROL.test(value) && value.isWellFormed(), 'must not hold control characters.');
}

/** A text of one fixed form; `hint` says in words what the form is. */
export function formed(pattern: RegExp, hint: string, maximum = 64) {
  return text(maximum).refine((value) => pattern.test(value), hint);
}

export const plainDate = z
  .string()
  .refine(isPlainDate, 'must be a date that exists, written YYYY-MM-DD.')
  .transform((value) => value as PlainDate);

/** A moment with its offset; a time without one would mean another moment on each machine. */
export const moment = z.string().transform((value, context): Instant => {
  try {
    return instant(value);
  } catch {
    context.addIssue({
      code: 'custom',
      message: 'must be a moment with its offset, e.g. 2027-03-04T09:00:00+01:00.',
      input: value,
    });
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
export const id = formed(ID, 'is not an id of ours.');
