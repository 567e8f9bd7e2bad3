import { ApplicationFailure } from '@temporalio/workflow';
import type { Refusal } from '../domain/errors.ts';

/** A refusal on its way out, as `submitRequest` in the contract says. */
export function failureOf({ code, detail, detailInItalian, field }: Refusal): ApplicationFailure {
  const inItalian = detailInItalian === undefined ? [] : [detailInItalian];
  return ApplicationFailure.nonRetryable(detail, code, field ?? null, ...inItalian);
}

/** What was asked has not the shape of a request. */
export function misshapen(field: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`"${field}" is missing or wrong.`, 'invalid_request', field);
}
