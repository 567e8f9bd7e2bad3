import { join, resolve } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** Every port of the local system: what it serves, the variable that moves it, and where it is without that. */
const PORTS = {
  api: { use: 'API', variable: 'RINNOVO_API_PORT', port: 3000 },
  web: { use: 'customer area', variable: 'RINNOVO_WEB_PORT', port: 3001 },
  temporalUi: { use: 'Temporal UI', variable: 'RINNOVO_TEMPORAL_UI_PORT', port: 8233 },
  inbox: { use: 'mail inbox', variable: 'RINNOVO_INBOX_PORT', port: 8025 },
  temporal: { use: 'Temporal', variable: 'RINNOVO_TEMPORAL_PORT', port: 7233 },
  postgres: { use: 'Postgres', variable: 'RINNOVO_POSTGRES_PORT', port: 54329 },
  smtp: { use: 'SMTP', variable: 'RINNOVO_SMTP_PORT', port: 1025 },
} as const;

export type PortName = keyof typeof PORTS;

export interface Settings {
  dataDir: string;
  ports: Record<PortName, number>;
}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const names = Object.keys(PORTS) as PortName[];
  return {
    dataDir: resolve(ROOT, env['RINNOVO_DATA_DIR'] || '.rinnovo'),
    ports: Object.fromEntries(names.map((name) => [name, readPort(name, env)])) as Record<PortName, number>,
  };
}

function readPort(name: PortName, env: NodeJS.ProcessEnv): number {
  const { variable, port } = PORTS[name];
  const text = env[variable];
  if (!text) return port;
  const given = Number(text);
  if (Number.isInteger(given) && given > 0 && given < 65_536) return given;
  throw new Error(`${variable} is no port number: ${text}`);
}

/** How an error names a port: what it is for, and how to move it. */
export function portUse(name: PortName, settings: Settings): { port: number; use: string; variable: string } {
  const { use, variable } = PORTS[name];
  return { port: settings.ports[name], use, variable };
}
