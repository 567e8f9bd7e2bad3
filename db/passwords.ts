/** Passwords are hashed with scrypt, which takes memory as well as time; what a hash was made with stands in it. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

const derive: (password: string, salt: Buffer, length: number, options: object) => Promise<Buffer> = promisify(scrypt);

/** What OWASP's password storage guidance asks of scrypt: 64 MiB, twice. */
const COST: Cost = { N: 2 ** 16, r: 8, p: 2 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** Of no password: it takes as long to compare with as any other. */
const NOBODYS = written(COST, Buffer.alloc(SALT_BYTES, 'rinnovo'), Buffer.alloc(KEY_BYTES));

/** `scrypt$N$r$p$salt$key`, salt and key in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return written(COST, salt, await keyOf(password, salt, KEY_BYTES, COST));
}

/** Whether the hash is of this password. Without a hash it is not, and takes the same work to say so. */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  const { cost, salt, key } = read(hash ?? NOBODYS);
  const isSame = timingSafeEqual(await keyOf(password, salt, key.length, cost), key);
  return isSame && hash !== null;
}

/** Whether the hash was made with less than is asked today, so that it is to be made anew when the password is next seen. */
export function isWeaker(hash: string): boolean {
  const { cost } = read(hash);
  return cost.N * cost.r * cost.p < COST.N * COST.r * COST.p || cost.N < COST.N;
}

/** The same characters count as the same, however a keyboard puts them together. */
async function keyOf(password: string, salt: Buffer, length: number, { N, r, p }: Cost): Promise<Buffer> {
  const memory = 128 * r * (N + p);
  return derive(password.normalize('NFKC'), salt, length, { N, r, p, maxmem: 2 * memory });
}

function written({ N, r, p }: Cost, salt: Buffer, key: Buffer): string {
  return ['scrypt', N, r, p, salt.toString('base64'), key.toString('base64')].join('$');
}

function read(hash: string): { cost: Cost; salt: Buffer; key: Buffer } {
  const [kind, N, r, p, salt, key] = hash.split('$');
  if (kind !== 'scrypt' || salt === undefined || key === undefined) throw new TypeError('This is no password hash.');
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  };
}
