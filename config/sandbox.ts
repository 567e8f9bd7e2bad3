/** Test values of the sandbox: what a customer can enter to see every way a charge or an activation can go. */

/** What the sandbox gateway does with each token; any other token is declined. */
export const SANDBOX_TOKENS = {
  tok_approved: 'Every charge is captured.',
  tok_declined: 'Every charge is declined.',
  tok_declined_once: 'The first charge of each order is declined, later ones are captured.',
  tok_needs_customer: 'Each charge waits until the customer confirms it (strong customer authentication).',
  tok_timeout_after_capture: 'Each charge is captured, but its first answer is lost on the way.',
  tok_outage: 'The gateway does not answer to a charge.',
} as const;

export type SandboxToken = keyof typeof SANDBOX_TOKENS;

export function isSandboxToken(token: string): token is SandboxToken {
  return Object.hasOwn(SANDBOX_TOKENS, token);
}

/** A customer with this telephone number, however it is spaced, is refused provisioning: the activation fails. */
export const SANDBOX_REFUSED_PHONE = '+390000000000';

/** The sandbox gateway's name: part of the identity of each payment it takes, so it never changes. */
export const SANDBOX_GATEWAY = 'gateway';
