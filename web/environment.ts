/** What the process of the customer area is told by its environment. */
export interface Environment {
  readonly host: string;
  readonly port: number;
  /** Where the API is, as this process reaches it. */
  readonly apiUrl: string;
  /** Where customers find this area: its https makes cookies secure, its origin is the one forms come from. */
  readonly publicUrl: string;
  /** Proxies whose X-Forwarded-For is believed: addresses, nets, or `loopback`, `linklocal`, `uniquelocal`. */
  readonly trustedProxies: string;
}

const DEFAULT_PORT = 3001;
const DEFAULT_API_URL = 'http://127.0.0.1:3000';

/** Reads and checks the environment once, at start. Throws an Error naming every variable that is wrong. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const faults: string[] = [];
  const port = env['RINNOVO_WEB_PORT'] ? Number(env['RINNOVO_WEB_PORT']) : DEFAULT_PORT;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    faults.push('RINNOVO_WEB_PORT is no whole number from 0 to 65535');
  const address = (variable: string, otherwise: string): string => {
    const given = env[variable] || otherwise;
    if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
      faults.push(`${variable} is no http:// or https:// address`);
    return given.replace(/\/+$/, '');
  };
  const trustedProxies = env['RINNOVO_TRUSTED_PROXIES'] || 'loopback';
  if (!/^[\w.:/]+( *, *[\w.:/]+)*$/.test(trustedProxies))
    faults.push('RINNOVO_TRUSTED_PROXIES is no list of addresses');
  // Loopback unless told otherwise: nothing is offered to a network by accident.
  const host = env['RINNOVO_WEB_HOST'] || '127.0.0.1';
  const apiUrl = address('RINNOVO_API_URL', DEFAULT_API_URL);
  const publicUrl = address('RINNOVO_PUBLIC_URL', `http://127.0.0.1:${port}`);
  if (faults.length > 0) throw new Error(`The environment is wrong: ${faults.join('; ')}.`);
  return { host, port, apiUrl, publicUrl, trustedProxies };
}
