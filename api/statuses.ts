import type { RefusalCode } from '../domain/errors.ts';

/** Where a refusal is about what was asked and not about the state it met, it is 422; an order named by path is 404. */
export const REFUSAL_STATUS: Record<RefusalCode, number> = {
  subscription_ended: 409,
  not_allowed_in_state: 409,
  notice_given: 409,
  order_out_of_date: 409,
  unpaid_order_exists: 409,
  auto_renewal_on: 409,
  years_not_offered: 422,
  product_unknown: 422,
  extra_not_offered: 422,
  product_retired: 422,
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
  method_expired: 422,
  registered_in_future: 422,
};

/** The names of HTTP's statuses are the standard's own, in its language. */
export const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
