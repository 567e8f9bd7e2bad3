import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLogger } from '../../api/logging.ts';

function logged(say: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  say(createLogger('info', { write: (line) => void lines.push(line) }));
  return lines.join('');
}

describe('a logged error', () => {
  it('of Postgres loses the statement and the values at fault', () => {
    const error = Object.assign(
      new Error('insert into "customers" ("email") values (\'very.private@example.com\') - duplicate key value'),
      {
        severity: 'ERROR',
        code: '23505',
        constraint: 'customers_pkey',
        detail: 'Key (email)=(very.private@example.com)',
      },
    );
    const line = logged((log) => log.error({ error }, 'unexpected error'));
    assert.match(line, /"message":"duplicate key value","code":"23505","constraint":"customers_pkey"/);
    assert.doesNotMatch(line, /very\.private/);
  });

  it('says what caused it', () => {
    const error = new Error('outer', { cause: new TypeError('inner') });
    assert.match(
      logged((log) => log.error({ error }, 'x')),
      /"cause":\{"name":"TypeError","message":"inner"/,
    );
  });

  it('that is no error at all is said to be none', () => {
    assert.match(
      logged((log) => log.error({ error: 'very private' }, 'x')),
      /no error/,
    );
    assert.doesNotMatch(
      logged((log) => log.error({ error: 'very private' }, 'x')),
      /very private/,
    );
  });
});

describe('a logged object', () => {
  it('loses what must not be kept, one and two levels down', () => {
    const secret = { authorization: 'Bearer rk_secret', token: 'tok_secret', email: 'secret@example.com' };
    const line = logged((log) => log.info({ ...secret, headers: secret, request: { headers: secret } }, 'x'));
    assert.doesNotMatch(line, /secret/);
    assert.match(line, /\[redacted\]/);
  });
});
