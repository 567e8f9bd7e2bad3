import { z } from 'zod';
import { GATEWAY_VARIABLES, gatewaySettings, type GatewaySettings } from '../config/gateway.ts';

/** What the API process is told by its environment. Temporal's own variables are read by its SDK. */
export interface Environment {
  readonly databaseUrl: string;
  readonly host: string;
  readonly port: number;
  /** Sandbox: test clocks can be moved and the sandbox gateway's confirmations answered. */
  readonly sandbox: boolean;
  readonly gateway: GatewaySettings;
  /** Where customers find their area: where they come back to from a gateway's own pages. */
  readonly publicUrl: string;
  /** A price list other than the one that came with the program. */
  readonly cataloguePath: string | undefined;
  /** Where money goes, other than the placeholders that came with the program. */
  readonly instructionsPath: string | undefined;
  /** Further bank accounts of ours, beside those of the instructions. */
  readonly bankAccounts: readonly string[];
  /** Settings for new lives, other than the defaults. */
  readonly settingsPath: string | undefined;
  readonly poolSize: number;
  /** Proxies whose X-Forwarded-For is believed: addresses, nets, or `loopback`, `linklocal`, `uniquelocal`. */
  readonly trustedProxies: string;
  readonly logLevel: string;
}

const DEFAULT_PORT = 3000;
const DEFAULT_POOL_SIZE = 10;
const DEFAULT_PUBLIC_URL = 'http://127.0.0.1:3001';

const given = (variable: z.ZodType<string>) =>
  z.preprocess((value) => (value === '' ? undefined : value), variable.optional());
const whole = (minimum: number, maximum: number, otherwise: number) =>
  z.preprocess(
    (value) => (value === undefined || value === '' ? otherwise : Number(value)),
    z.int(`is no whole number from ${minimum} to ${maximum}`).min(minimum).max(maximum),
  );

const variables = z.object({
  DATABASE_URL: z.string('is missing').regex(/^postgres(ql)?:\/\//, 'is no postgres:// address'),
  RINNOVO_API_HOST: given(z.string()),
  RINNOVO_API_PORT: whole(0, 65_535, DEFAULT_PORT),
  RINNOVO_MODE: given(z.enum(['sandbox', 'production'], 'is neither "sandbox" nor "production"')),
  ...GATEWAY_VARIABLES,
  RINNOVO_PUBLIC_URL: given(z.string().regex(/^https?:\/\//, 'is no http:// address')),
  RINNOVO_CATALOGUE: given(z.string()),
  RINNOVO_INSTRUCTIONS: given(z.string()),
  RINNOVO_BANK_ACCOUNTS: given(z.string().regex(/^[\w /-]+(,[\w /-]+)*$/, 'is no list of account numbers')),
  RINNOVO_SETTINGS: given(z.string()),
  RINNOVO_API_POOL_SIZE: whole(1, 200, DEFAULT_POOL_SIZE),
  RINNOVO_TRUSTED_PROXIES: given(z.string().regex(/^[\w.:/]+( *, *[\w.:/]+)*$/, 'is no list of addresses')),
  RINNOVO_LOG_LEVEL: given(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'is no log level')),
});

/** Reads and checks the environment once, at start. Throws an Error naming every variable that is wrong. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const result = variables.safeParse(env);
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new Error(`The environment is wrong: ${faults.join('; ')}.`);
  }
  const { data } = result;
  return {
    databaseUrl: data.DATABASE_URL,
    // Loopback unless told otherwise: nothing is offered to a network by accident.
    host: data.RINNOVO_API_HOST ?? '127.0.0.1',
    port: data.RINNOVO_API_PORT,
    sandbox: data.RINNOVO_MODE === 'sandbox',
    gateway: gatewaySettings(data, ['STRIPE_SECRET_KEY', 'STRIPE_PUBLISHABLE_KEY', 'STRIPE_WEBHOOK_SECRET']),
    publicUrl: data.RINNOVO_PUBLIC_URL ?? DEFAULT_PUBLIC_URL,
    cataloguePath: data.RINNOVO_CATALOGUE,
    instructionsPath: data.RINNOVO_INSTRUCTIONS,
    bankAccounts: data.RINNOVO_BANK_ACCOUNTS?.split(',').map((account) => account.trim()) ?? [],
    settingsPath: data.RINNOVO_SETTINGS,
    poolSize: data.RINNOVO_API_POOL_SIZE,
    trustedProxies: data.RINNOVO_TRUSTED_PROXIES ?? 'loopback',
    logLevel: data.RINNOVO_LOG_LEVEL ?? 'info',
  };
}
