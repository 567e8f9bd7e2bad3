/**
 * Why a request was refused: the catalogue every boundary answers from. Codes are added, never renamed.
 * Within one command they are checked in this order.
 */
export const REFUSALS = {
  subscription_ended: 'This service has ended and can no longer be changed; a new purchase makes a new one.',
  not_allowed_in_state: 'The service does not allow this in its present state.',
  notice_given: 'Notice of termination was given: no further orders are taken.',
  unpaid_order_exists: 'An order of this kind is still unpaid: pay it or cancel it first.',
  auto_renewal_on: 'Auto-renewal is on: switch it off to renew by hand.',
  order_out_of_date: 'The service or the price list changed since this was quoted: ask for a fresh quote.',
  years_not_offered: 'This service is not sold for that number of years.',
  product_unknown: 'The catalogue has no such product.',
  extra_not_offered: 'This extra is not sold with this product.',
  quantity_out_of_range: 'The quantity is not one that can be ordered.',
  module_already_owned: 'This module is already part of the service.',
  nothing_ordered: 'The order holds nothing to buy.',
  space_in_use: 'Less space than what is used cannot be ordered.',
  agreement_unknown: 'There is no such agreement code.',
  agreement_expired: 'The agreement code is not valid on this day.',
  agreement_not_applicable: 'The agreement code does not apply to this order.',
  amount_too_large: 'The order exceeds the largest amount accepted.',
  order_unknown: 'This service has no such order.',
  order_not_unpaid: 'Only an unpaid order allows this.',
  charge_in_progress: 'A charge for this order is under way: try again once it settles.',
  payment_method_missing: 'No payment method is stored.',
  registered_in_future: 'The registration date lies in the future.',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** A refused request. `field` names the input at fault where there is one. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly detail: string;
  readonly field?: string;
}

export function refusal(code: RefusalCode, options: { field?: string; detail?: string } = {}): Refusal {
  const detail = options.detail ?? REFUSALS[code];
  return options.field === undefined ? { code, detail } : { code, detail, field: options.field };
}

/** Thrown by pure functions that price or plan; `decide` and the API turn it into a refusal. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly refusal: Refusal;
  constructor(refused: Refusal) {
    super(refused.detail);
    this.refusal = refused;
  }
}

export function refuse(code: RefusalCode, options?: { field?: string; detail?: string }): never {
  throw new RefusedError(refusal(code, options));
}
