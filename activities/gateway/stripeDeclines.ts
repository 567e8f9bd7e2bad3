import { isHardDecline } from '../../domain/chargeReasons.ts';

/**
 * Stripe's decline codes (https://docs.stripe.com/declines/codes) in ours, whose words are in `domain/chargeReasons.ts`.
 * The few that are about a payment as a whole are error codes (https://docs.stripe.com/error-codes).
 */
const REASONS: Readonly<Record<string, string>> = {
  // The card or account will not do again, whatever is tried.
  stolen_card: 'card_stolen',
  lost_card: 'card_lost',
  pickup_card: 'pick_up_card',
  restricted_card: 'pick_up_card',
  expired_card: 'card_expired',
  expired_payment_method: 'card_expired',
  invalid_expiry_month: 'card_expired',
  invalid_expiry_year: 'card_expired',
  invalid_account: 'account_closed',
  new_account_information_available: 'account_closed',
  account_closed: 'account_closed',
  fraudulent: 'fraudulent',
  merchant_blacklist: 'fraudulent',
  do_not_try_again: 'do_not_try_again',
  revocation_of_authorization: 'authorization_revoked',
  revocation_of_all_authorizations: 'authorization_revoked',
  stop_payment_order: 'authorization_revoked',
  payment_intent_mandate_invalid: 'authorization_revoked',
  billing_invalid_mandate: 'authorization_revoked',
  highest_risk_level: 'fraudulent',
  incorrect_number: 'card_number_wrong',
  invalid_number: 'card_number_wrong',
  card_not_supported: 'card_not_supported',
  currency_not_supported: 'card_not_supported',
  transaction_not_allowed: 'card_not_supported',
  service_not_allowed: 'card_not_supported',
  live_mode_test_card: 'card_not_supported',
  resource_missing: 'unknown_token',

  // Another day it may.
  insufficient_funds: 'insufficient_funds',
  card_velocity_exceeded: 'limit_exceeded',
  withdrawal_count_limit_exceeded: 'limit_exceeded',
  amount_too_large: 'limit_exceeded',
  invalid_amount: 'limit_exceeded',
  amount_too_small: 'amount_too_small',
  processing_error: 'try_again_later',
  issuer_not_available: 'try_again_later',
  reenter_transaction: 'try_again_later',
  duplicate_transaction: 'try_again_later',
  approve_with_id: 'try_again_later',
  try_again_later: 'try_again_later',
  payment_method_provider_timeout: 'try_again_later',
  incorrect_cvc: 'card_data_wrong',
  invalid_cvc: 'card_data_wrong',
  incorrect_zip: 'card_data_wrong',
};

/** Codes with which a bank asks for its customer (strong customer authentication) instead of declining. */
const ASKS_FOR_CUSTOMER: ReadonlySet<string> = new Set([
  'authentication_required',
  'authentication_not_handled',
  'payment_intent_action_required',
]);

interface StripeFailure {
  readonly code?: string | undefined;
  readonly decline_code?: string | undefined;
  /** What the bank advises beside the code, e.g. `do_not_try_again` (https://docs.stripe.com/declines/card). */
  readonly advice_code?: string | undefined;
}

/**
 * Our reason. What a bank does not explain (`do_not_honor`, `generic_decline`, …), or Stripe adds one day, is `declined`:
 * it may be tried again, unless the bank advises against it.
 */
export function reasonOf({ code, decline_code: declineCode, advice_code: advice }: StripeFailure): string {
  const known = [declineCode, code].find((each) => each !== undefined && Object.hasOwn(REASONS, each));
  const reason = (known === undefined ? undefined : REASONS[known]) ?? 'declined';
  return advice === 'do_not_try_again' && !isHardDecline(reason) ? 'do_not_try_again' : reason;
}

/** Every reason that can come of a decline here: each has its words in `domain/chargeReasons.ts`. */
export const STRIPE_REASONS: ReadonlySet<string> = new Set([...Object.values(REASONS), 'declined']);

export function asksForCustomer({ code, decline_code: declineCode }: StripeFailure): boolean {
  return [code, declineCode].some((each) => each !== undefined && ASKS_FOR_CUSTOMER.has(each));
}
