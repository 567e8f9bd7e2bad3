import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { hashPassword, isWeaker, verifyPassword } from '../../db/passwords.ts';

/** As hashes were made before: less memory, one round. */
function olderHash(password: string): string {
  const salt = Buffer.from('0123456789abcdef');
  const key = scryptSync(password, salt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 });
  return `scrypt$32768$8$1$${salt.toString('base64')}$${key.toString('base64')}`;
}

describe('a password’s hash', () => {
  it('is of that password alone, and another each time', async () => {
    const [first, second] = [await hashPassword('correct horse'), await hashPassword('correct horse')];
    assert.match(first, /^scrypt\$65536\$8\$2\$[\w+/]{22}==\$[\w+/]{43}=$/);
    assert.notStrictEqual(first, second);
    assert.strictEqual(await verifyPassword('correct horse', first), true);
    assert.strictEqual(await verifyPassword('Correct horse', first), false);
    assert.strictEqual(isWeaker(first), false);
  });

  it('made with less than today’s cost still opens, and is known to be weaker', async () => {
    const hash = olderHash('correct horse');
    assert.strictEqual(await verifyPassword('correct horse', hash), true);
    assert.strictEqual(await verifyPassword('wrong horse', hash), false);
    assert.strictEqual(isWeaker(hash), true);
  });

  it('takes characters of any kind, however a keyboard composes them', async () => {
    const hash = await hashPassword('perché 🐎 \u0000 日本 \ud800');
    assert.strictEqual(await verifyPassword('perche\u0301 🐎 \u0000 日本 \ud800', hash), true);
  });

  it('that is missing takes as much work as any, and opens nothing', async () => {
    const hash = await hashPassword('correct horse');
    const timed = async (of: string | null): Promise<number> => {
      const startedAt = performance.now();
      assert.strictEqual(await verifyPassword('wrong horse', of), false);
      return performance.now() - startedAt;
    };
    const [there, missing] = [await timed(hash), await timed(null)];
    // The same work; a busy machine may well need some times longer for one of them.
    assert.ok(missing > there / 5, `${missing} ms, ${there} ms`);
  });

  it('of another kind is a fault of ours', async () => {
    await assert.rejects(verifyPassword('x', 'md5$1$2'), TypeError);
  });
});
