/**
 * What sets the service up for a customer who has paid. Asked again after crashes, it must not set it up twice. A refusal
 * needs a person's checks; whatever else goes wrong is thrown, and tried again for as long as it takes.
 */
export interface Provisioning {
  provision(service: {
    readonly subscriptionId: string;
    readonly customerId: string;
  }): Promise<{ readonly kind: 'provisioned' } | { readonly kind: 'refused'; readonly reason: string }>;
}

/** A service that is all here: its account in Postgres is enough. */
export const ACCOUNT_ONLY: Provisioning = {
  provision: () => Promise.resolve({ kind: 'provisioned' }),
};
