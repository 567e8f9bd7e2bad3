import { randomBytes, randomInt, scrypt } from 'node:crypto';
import { promisify } from 'node:util';

const derive: (password: string, salt: Buffer, length: number, options: object) => Promise<Buffer> = promisify(scrypt);

/** Without letters and digits that look alike. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 };

export interface TemporaryPassword {
  /** To be mailed and then forgotten: it is never stored or logged. */
  readonly clear: string;
  /** `scrypt$N$r$p$salt$key`, salt and key in base64. */
  readonly hash: string;
}

/** A random password of 79 bits, in four groups that can be typed from paper. */
export async function temporaryPassword(): Promise<TemporaryPassword> {
  const group = (): string => Array.from({ length: 4 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  const clear = Array.from({ length: GROUPS }, group).join('-');
  const salt = randomBytes(16);
  const key = await derive(clear, salt, 32, COST);
  const { N, r, p } = COST;
  return { clear, hash: ['scrypt', N, r, p, salt.toString('base64'), key.toString('base64')].join('$') };
}
