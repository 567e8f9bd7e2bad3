import type { Cookies } from './cookies.ts';
import type { Gateway } from './contract.ts';

/** What everything in this area is built on. */
export interface Context {
  /** Where the API is, without `/v1`. */
  readonly apiUrl: string;
  /** Where customers find this area. */
  readonly publicUrl: string;
  readonly cookies: Cookies;
  readonly gateway: () => Promise<Gateway | null>;
  /** One JSON line for whoever runs this; never with what a customer typed. */
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
}
