/** How often one may try: by the name that is tried and by the address it comes from, whether the name exists or not. */
import { isIPv6 } from 'node:net';
import type { Request } from 'express';
import { AttemptCounter, type Limit } from '../db/attempts.ts';
import type { Context } from './context.ts';
import { ProblemError } from './problem.ts';

export interface AttemptLimits {
  /** Wrong passwords for one username. */
  readonly username: Limit;
  /** Wrong passwords from one address. */
  readonly address: Limit;
  /** Mails asked for by one username or e-mail address. */
  readonly mail: Limit;
  /** Mails asked for from one address. */
  readonly mailFrom: Limit;
  /** Registrations from one address. */
  readonly registration: Limit;
}

const QUARTER = 15 * 60;
const HOUR = 60 * 60;

/** An office behind one address may mistype more often than one person. */
export const DEFAULT_LIMITS: AttemptLimits = {
  username: { tries: 10, seconds: QUARTER },
  address: { tries: 100, seconds: QUARTER },
  mail: { tries: 5, seconds: HOUR },
  mailFrom: { tries: 50, seconds: HOUR },
  registration: { tries: 100, seconds: HOUR },
};

export class Attempts {
  readonly #counters: Readonly<Record<keyof AttemptLimits, AttemptCounter>>;

  constructor({ db, limits = DEFAULT_LIMITS }: Pick<Context, 'db' | 'limits'>) {
    const counter = (name: keyof AttemptLimits): AttemptCounter => new AttemptCounter(db, name, limits[name]);
    this.#counters = {
      username: counter('username'),
      address: counter('address'),
      mail: counter('mail'),
      mailFrom: counter('mailFrom'),
      registration: counter('registration'),
    };
  }

  /** Before a password is looked at: a right one waits as well as a wrong one. Throws too_many_attempts. */
  async ofPassword(request: Request, username: string): Promise<void> {
    await this.#count('address', addressOf(request));
    await this.#count('username', username);
  }

  /** The password was right: nothing is held against the username, and this try not against the address. */
  async succeeded(request: Request, username: string): Promise<void> {
    await this.#counters.address.takeBack(addressOf(request));
    await this.#counters.username.forget(username);
  }

  /** A password was set by a mailed link: who read the mail need not wait any more. */
  async forget(username: string): Promise<void> {
    await this.#counters.username.forget(username);
  }

  /** Before a mail is asked for. Throws too_many_attempts. */
  async ofMail(request: Request, name: string): Promise<void> {
    await this.#count('mailFrom', addressOf(request));
    await this.#count('mail', name);
  }

  /** Throws too_many_attempts. */
  async ofRegistration(request: Request): Promise<void> {
    await this.#count('registration', addressOf(request));
  }

  async #count(counter: keyof AttemptLimits, who: string): Promise<void> {
    const waitMs = await this.#counters[counter].count(who);
    if (waitMs === 0) return;
    throw new ProblemError('too_many_attempts', { headers: { 'Retry-After': String(Math.ceil(waitMs / 1000)) } });
  }
}

/** Who has one IPv6 address has 2^64 of them: they count as one. */
function addressOf({ ip = '' }: Request): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(ip) ? networkOf(ip) : ip;
}

function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const filled =
    tail === undefined ? front : [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return filled
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
