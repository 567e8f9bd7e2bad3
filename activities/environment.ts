import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { GATEWAY_VARIABLES, gatewaySettings, type GatewaySettings } from '../config/gateway.ts';

/** What the worker process is told by its environment. Temporal's own variables are read by its SDK. */
export interface Environment {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly smtpUrl: string;
  /** `Name <address>`. */
  readonly mailFrom: string;
  /** Where customers find their area: linked in messages. */
  readonly publicUrl: string;
  /** Sandbox: provisioning, and unless told otherwise charges, answer as the test values say. */
  readonly sandbox: boolean;
  readonly gateway: GatewaySettings;
  /** A price list other than the one that came with the program. */
  readonly cataloguePath: string | undefined;
  /** Where money goes, other than the placeholders that came with the program. */
  readonly instructionsPath: string | undefined;
  /** Who sells, other than the placeholder that came with the program. */
  readonly sellerPath: string | undefined;
  /** How invoices leave: into a folder, or by certified mail to the exchange system. */
  readonly invoices: InvoiceSettings;
  /** Workflow code bundled beforehand; without it, it is bundled at start. */
  readonly bundlePath: string | undefined;
  /** Seconds between two looks for what a crash left open; without it, 30. */
  readonly sweepSeconds: number | undefined;
  readonly logLevel: string;
}

export type InvoiceSettings =
  | { readonly channel: 'folder'; readonly path: string }
  | { readonly channel: 'certified mail'; readonly smtpUrl: string; readonly from: string; readonly to: string };

const DEFAULT_INVOICE_FOLDER = '.rinnovo/invoices';
const DEFAULT_POOL_SIZE = 10;
const DEFAULT_MAIL_FROM = 'Rinnovo <noreply@rinnovo.example>';
const DEFAULT_PUBLIC_URL = 'http://127.0.0.1:3001';

/** An empty variable is one that is not given. */
const given = <T extends z.ZodType>(variable: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), variable.optional());

const mailAddress = z.string().regex(/^[^@]*[^@\s<]+@[^@\s>]+>?$/, 'is no mail address');

const variables = z.object({
  DATABASE_URL: z.string('is missing').regex(/^postgres(ql)?:\/\//, 'is no postgres:// address'),
  RINNOVO_WORKER_POOL_SIZE: given(z.coerce.number('is no number').int('is no whole number').min(2).max(200)),
  SMTP_URL: z.string('is missing').regex(/^smtps?:\/\//, 'is no smtp:// address'),
  MAIL_FROM: given(mailAddress),
  RINNOVO_PUBLIC_URL: given(z.string().regex(/^https?:\/\//, 'is no http:// address')),
  RINNOVO_MODE: given(z.enum(['sandbox', 'production'], 'is neither "sandbox" nor "production"')),
  ...GATEWAY_VARIABLES,
  RINNOVO_CATALOGUE: given(z.string()),
  RINNOVO_INSTRUCTIONS: given(z.string()),
  RINNOVO_SELLER: given(z.string()),
  RINNOVO_INVOICE_FOLDER: given(z.string()),
  RINNOVO_INVOICE_PEC_TO: given(z.string().regex(/^[^@\s<>]+@[^@\s<>]+$/, 'is no mail address')),
  RINNOVO_INVOICE_PEC_FROM: given(mailAddress),
  RINNOVO_INVOICE_PEC_SMTP_URL: given(z.string().regex(/^smtps?:\/\//, 'is no smtp:// address')),
  RINNOVO_WORKFLOW_BUNDLE: given(z.string()),
  RINNOVO_SWEEP_SECONDS: given(z.coerce.number('is no number').int('is no whole number').min(1).max(3600)),
  RINNOVO_LOG_LEVEL: given(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'is no log level')),
});

/** Reads and checks the environment once, at start. Throws an Error naming every variable that is wrong. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const result = variables.safeParse(env);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new Error(`The environment is wrong: ${faults.join('; ')}.`);
  }
  const { data } = result;
  return {
    databaseUrl: data.DATABASE_URL,
    poolSize: data.RINNOVO_WORKER_POOL_SIZE ?? DEFAULT_POOL_SIZE,
    smtpUrl: data.SMTP_URL,
    mailFrom: data.MAIL_FROM ?? DEFAULT_MAIL_FROM,
    publicUrl: data.RINNOVO_PUBLIC_URL ?? DEFAULT_PUBLIC_URL,
    sandbox: data.RINNOVO_MODE === 'sandbox',
    gateway: gatewaySettings(data, ['STRIPE_SECRET_KEY']),
    cataloguePath: data.RINNOVO_CATALOGUE,
    instructionsPath: data.RINNOVO_INSTRUCTIONS,
    sellerPath: data.RINNOVO_SELLER,
    invoices: invoiceSettings(data),
    bundlePath: data.RINNOVO_WORKFLOW_BUNDLE,
    sweepSeconds: data.RINNOVO_SWEEP_SECONDS,
    logLevel: data.RINNOVO_LOG_LEVEL ?? 'info',
  };
}

/** Certified mail where it is told whom to write to; the folder otherwise. */
function invoiceSettings(data: z.output<typeof variables>): InvoiceSettings {
  const { RINNOVO_INVOICE_PEC_TO: to, RINNOVO_INVOICE_PEC_FROM: from, RINNOVO_INVOICE_PEC_SMTP_URL: smtpUrl } = data;
  if (to === undefined) return { channel: 'folder', path: data.RINNOVO_INVOICE_FOLDER ?? DEFAULT_INVOICE_FOLDER };
  if (from === undefined || smtpUrl === undefined)
    throw new Error(
      'The environment is wrong: RINNOVO_INVOICE_PEC_TO needs RINNOVO_INVOICE_PEC_FROM and RINNOVO_INVOICE_PEC_SMTP_URL.',
    );
  return { channel: 'certified mail', smtpUrl, from, to };
}

export const WORKFLOWS_PATH = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

/** Address, TLS and key of Temporal: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the SDK's other variables, or its profile file. */
export function temporalSettings(): {
  readonly connection: ClientConnectConfig['connectionOptions'];
  readonly namespace: string;
} {
  const { connectionOptions: connection, namespace = 'default' } = loadClientConnectConfig();
  return { connection, namespace };
}
