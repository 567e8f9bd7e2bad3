import { randomInt } from 'node:crypto';
import { hashPassword } from '../../db/passwords.ts';

/** Without letters and digits that look alike. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 4;

export interface TemporaryPassword {
  /** To be mailed and then forgotten: it is never stored or logged. */
  readonly clear: string;
  readonly hash: string;
}

/** A random password of 79 bits, in four groups that can be typed from paper. */
export async function temporaryPassword(): Promise<TemporaryPassword> {
  const group = (): string => Array.from({ length: 4 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  const clear = Array.from({ length: GROUPS }, group).join('-');
  return { clear, hash: await hashPassword(clear) };
}
