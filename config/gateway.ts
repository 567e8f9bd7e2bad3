/** Through which gateway cards and PayPal accounts are charged, as the environment of the worker and of the API says. */
import { z } from 'zod';
import type { StripeAccess } from './stripe.ts';

export type GatewaySettings =
  | { readonly name: 'sandbox' }
  | ({ readonly name: 'stripe'; readonly webhookSecret: string; readonly publishableKey: string } & StripeAccess)
  /** No automatic charge is made, and no card can be registered. */
  | { readonly name: 'none' };

const given = <T extends z.ZodType>(variable: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), variable.optional());

/** To be spread into a process's variables. Empty is not given. */
export const GATEWAY_VARIABLES = {
  RINNOVO_GATEWAY: given(z.enum(['sandbox', 'stripe', 'none'], 'is neither "sandbox", "stripe" nor "none"')),
  STRIPE_SECRET_KEY: given(z.string().regex(/^(sk|rk)_(test|live)_\w+$/, 'is no secret key of Stripe (sk_…)')),
  STRIPE_PUBLISHABLE_KEY: given(z.string().regex(/^pk_(test|live)_\w+$/, 'is no publishable key of Stripe (pk_…)')),
  /** Two, with a comma between them, while one replaces the other. */
  STRIPE_WEBHOOK_SECRET: given(
    z.string().regex(/^whsec_[^\s,]+(,whsec_[^\s,]+)?$/, 'is no webhook secret of Stripe (whsec_…)'),
  ),
  /** For tests: a mock instead of Stripe's own servers. */
  STRIPE_API_BASE: given(
    z.string().regex(/^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost|\[::1\])(?=[:/]|$))/, 'is no https:// address'),
  ),
};

type GatewayVariables = z.output<z.ZodObject<typeof GATEWAY_VARIABLES>>;
type StripeVariable = 'STRIPE_SECRET_KEY' | 'STRIPE_PUBLISHABLE_KEY' | 'STRIPE_WEBHOOK_SECRET';

/**
 * What these variables come to. Without a choice: the sandbox gateway in the sandbox, none in production.
 *
 * @param needed what this process cannot be without where Stripe is chosen; the rest may be missing, and is then empty.
 * @throws Error naming each variable that is missing or does not fit. No value is repeated: they are secrets.
 */
export function gatewaySettings(
  variables: GatewayVariables & { RINNOVO_MODE?: string | undefined },
  needed: readonly StripeVariable[],
): GatewaySettings {
  const isSandbox = variables.RINNOVO_MODE === 'sandbox';
  const name = variables.RINNOVO_GATEWAY ?? (isSandbox ? 'sandbox' : 'none');
  if (name === 'none') return { name };
  if (name === 'sandbox') {
    if (isSandbox) return { name };
    throw wrong(['RINNOVO_GATEWAY is "sandbox", whose money is none: only with RINNOVO_MODE "sandbox"']);
  }
  const { STRIPE_SECRET_KEY: secretKey = '', STRIPE_PUBLISHABLE_KEY: publishableKey = '' } = variables;
  const faults = needed.filter((each) => variables[each] === undefined).map((each) => `${each} is missing`);
  // Clocks that can be moved must not move real money.
  if (isSandbox && secretKey.includes('_live_'))
    faults.push('STRIPE_SECRET_KEY is of live mode, and RINNOVO_MODE "sandbox"');
  if (publishableKey !== '' && publishableKey.includes('_live_') !== secretKey.includes('_live_'))
    faults.push('STRIPE_PUBLISHABLE_KEY is of another mode than STRIPE_SECRET_KEY');
  if (faults.length > 0) throw wrong(faults);
  const webhookSecret = variables.STRIPE_WEBHOOK_SECRET ?? '';
  return { name, secretKey, publishableKey, webhookSecret, apiBase: variables.STRIPE_API_BASE };
}

function wrong(faults: readonly string[]): Error {
  return new Error(`The environment is wrong: ${faults.join('; ')}.`);
}
