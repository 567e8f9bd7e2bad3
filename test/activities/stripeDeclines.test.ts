/** Every code with which Stripe declines, as published, in our words, and whether the card is tried again after it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asksForCustomer, reasonOf, STRIPE_REASONS } from '../../activities/gateway/stripeDeclines.ts';
import { chargeReason, isHardDecline } from '../../domain/chargeReasons.ts';

/** https://docs.stripe.com/declines/codes; those of card readers (PINs, offline) are left out: we have none. */
const PUBLISHED: Readonly<Record<'hard' | 'soft' | 'customer', readonly string[]>> = {
  hard: [
    'card_not_supported',
    'currency_not_supported',
    'do_not_try_again',
    'expired_card',
    'fraudulent',
    'highest_risk_level',
    'incorrect_number',
    'invalid_account',
    'invalid_expiry_month',
    'invalid_expiry_year',
    'invalid_number',
    'live_mode_test_card',
    'lost_card',
    'merchant_blacklist',
    'new_account_information_available',
    'pickup_card',
    'restricted_card',
    'revocation_of_all_authorizations',
    'revocation_of_authorization',
    'service_not_allowed',
    'stolen_card',
    'stop_payment_order',
    'transaction_not_allowed',
  ],
  soft: [
    'approve_with_id',
    'call_issuer',
    'card_velocity_exceeded',
    'do_not_honor',
    'duplicate_transaction',
    'generic_decline',
    'incorrect_address',
    'incorrect_cvc',
    'incorrect_zip',
    'insufficient_funds',
    'invalid_amount',
    'invalid_cvc',
    'issuer_not_available',
    'no_action_taken',
    'not_permitted',
    'processing_error',
    'reenter_transaction',
    'security_violation',
    'testmode_decline',
    'try_again_later',
    'withdrawal_count_limit_exceeded',
  ],
  customer: ['authentication_required', 'authentication_not_handled'],
};

describe('a code with which Stripe declines', () => {
  it('is hard or soft as Stripe and the card networks have it', () => {
    for (const code of PUBLISHED.hard)
      assert.ok(isHardDecline(reasonOf({ code: 'card_declined', decline_code: code })), code);
    for (const code of PUBLISHED.soft)
      assert.ok(!isHardDecline(reasonOf({ code: 'card_declined', decline_code: code })), code);
    for (const code of PUBLISHED.customer)
      assert.ok(asksForCustomer({ code: 'card_declined', decline_code: code }), code);
  });

  it('is hard where the bank advises never to try again, however it is called, and keeps a reason that says more', () => {
    const advised = { code: 'card_declined', advice_code: 'do_not_try_again' };
    assert.equal(reasonOf({ ...advised, decline_code: 'generic_decline' }), 'do_not_try_again');
    assert.equal(reasonOf({ ...advised, decline_code: 'insufficient_funds' }), 'do_not_try_again');
    assert.equal(reasonOf({ ...advised, decline_code: 'stolen_card' }), 'card_stolen');
    assert.equal(
      reasonOf({ code: 'card_declined', decline_code: 'do_not_honor', advice_code: 'try_again_later' }),
      'declined',
    );
  });

  it('has words in both languages, of its own, whatever it comes to', () => {
    const untold = chargeReason('nobody ever heard of it');
    const told = [...STRIPE_REASONS, 'do_not_try_again', 'unknown_token', 'card_expired', 'card_stolen'].map(
      chargeReason,
    );
    for (const [index, words] of told.entries()) {
      assert.notEqual(words, untold, [...STRIPE_REASONS][index]);
      assert.ok(words.it.endsWith('.') && words.en.endsWith('.') && words.it !== words.en);
    }
    assert.equal(new Set(told.map(({ en }) => en)).size, STRIPE_REASONS.size);
  });
});
