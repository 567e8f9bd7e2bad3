import { ApplicationFailure } from '@temporalio/activity';
import type { Logger } from 'pino';

/**
 * Lets an activity fail without telling Temporal more than it should: a driver's message may quote what a customer
 * entered, and histories are kept. Every failure is tried again, a programmer's mistake too: a corrected release then
 * takes over where the life stands.
 */
export function guarded<Input, Output>(
  name: string,
  log: Logger,
  activity: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    try {
      return await activity(input);
    } catch (error) {
      const { type, code, said, stack } = traitsOf(error);
      log.error({ activity: name, type, code, said, stack }, 'activity failed');
      throw ApplicationFailure.create({ type, message: code === undefined ? type : `${type} ${code}` });
    }
  };
}

interface Traits {
  readonly type: string;
  readonly code?: string;
  readonly said?: string;
  readonly stack?: string | undefined;
}

/** What may be logged. A driver's error has a code, and its message and the head of its stack may quote values. */
function traitsOf(error: unknown): Traits {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name: type, message, stack } = error;
  if (!('code' in error) || typeof error.code !== 'string') return { type, said: message, stack };
  const calls = stack?.split('\n').filter((line) => line.startsWith('    at '));
  return { type, code: error.code, stack: calls?.join('\n') };
}
