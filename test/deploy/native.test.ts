import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readEnvironment as readWorkerEnvironment } from '../../activities/environment.ts';
import { readEnvironment as readApiEnvironment } from '../../api/environment.ts';
import {
  fillIn,
  inStartOrder,
  interpolate,
  milliseconds,
  readCompose,
  readVariables,
  variablesOf,
} from '../../deploy/native/compose.ts';
import { Places } from '../../deploy/native/places.ts';
import { readEnvironment as readWebEnvironment } from '../../web/environment.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const COMPOSE_FILE = join(ROOT, 'docker-compose.yml');
const COMPOSE = readCompose(COMPOSE_FILE, {
  POSTGRES_PASSWORD: 'x',
  RINNOVO_DB_PASSWORD: 'x',
  TEMPORAL_DB_PASSWORD: 'x',
  SMTP_URL: 'smtp://inbox:1025',
  COMPOSE_PROFILES: 'sandbox',
});

describe('a variable in the compose file', () => {
  it('takes the value it is given, or its default', () => {
    assert.equal(interpolate('a ${ONE} ${TWO:-2} ${THREE:-}', { ONE: '1' }), 'a 1 2 ');
    assert.equal(interpolate('${TWO:-2}', { TWO: '' }), '2');
  });

  it('is missed by name when it is required', () => {
    assert.throws(() => interpolate('${ONE:?see the example}', {}), { message: 'ONE is missing: see the example' });
  });

  it('is refused in a form that Compose knows and we do not', () => {
    assert.throws(() => interpolate('${ONE-1}', {}), /not understood/);
    assert.throws(() => interpolate('$ONE', { ONE: '1' }), /not understood/);
  });
});

describe('the example of the variables', () => {
  const example = readVariables(join(ROOT, 'deploy', 'env.example'));
  const filled = fillIn(example, { own: { MAIL_FROM: 'Io <io@example.com>' }, known: variablesOf(COMPOSE_FILE), password: () => 's' });

  it('gets a password where one is insisted on, the own choices, and nothing else', () => {
    const made = Object.keys(filled).filter((name) => filled[name] !== example[name]);
    assert.deepStrictEqual(made, ['POSTGRES_PASSWORD', 'RINNOVO_DB_PASSWORD', 'TEMPORAL_DB_PASSWORD', 'MAIL_FROM']);
  });

  it('filled in gives each of our processes an environment that it takes', () => {
    const { services } = readCompose(COMPOSE_FILE, filled);
    const given = (name: string) => services[name]?.environment ?? {};
    assert.equal(readWorkerEnvironment(given('worker')).mailFrom, 'Io <io@example.com>');
    assert.equal(readApiEnvironment(given('api')).gateway.name, 'sandbox');
    assert.equal(readWebEnvironment(given('web')).apiUrl, 'http://api:3000');
  });
});

describe('the order of the services', () => {
  const service = (...needs: string[]) => ({
    ...COMPOSE.services['worker']!,
    depends_on: Object.fromEntries(needs.map((name) => [name, { condition: 'service_healthy' as const }])),
  });
  const file = (services: Record<string, ReturnType<typeof service>>) => ({ name: 'test', services });

  it('puts each after what it needs', () => {
    assert.deepStrictEqual(inStartOrder(file({ c: service('b', 'a'), b: service('a'), a: service() })), ['a', 'b', 'c']);
  });

  it('names a circle', () => {
    const circle = file({ a: service('b'), b: service('a') });
    assert.throws(() => inStartOrder(circle), { message: 'Services depend on each other: a -> b -> a' });
  });

  it('names a service that is not there', () => {
    assert.throws(() => inStartOrder(file({ a: service('b') })), { message: 'a depends on b, which is not there' });
  });
});

describe('a value of the compose file on this machine', () => {
  it('keeps its meaning', async () => {
    const places = new Places(ROOT, COMPOSE);
    await places.take(5432, 7233, 1025);
    places.put('/app/workflow-bundle.cjs', '/tmp/bundle.cjs');
    const [postgres, temporal, smtp] = [5432, 7233, 1025].map((port) => places.portFor(port));
    const worker = COMPOSE.services['worker']!;
    const here = (value: string) => places.localise(value, worker, new Map([[3000, 20_001]]));
    assert.equal(here('postgres://rinnovo:x@database:5432/rinnovo'), `postgres://rinnovo:x@127.0.0.1:${postgres}/rinnovo`);
    assert.equal(here('temporal-server:7233'), `127.0.0.1:${temporal}`);
    assert.equal(here('smtp://inbox:1025'), `smtp://127.0.0.1:${smtp}`);
    assert.equal(here('database'), '127.0.0.1');
    assert.equal(here('5432'), String(postgres));
    assert.equal(here('0.0.0.0'), '127.0.0.1');
    assert.equal(here('3000'), '20001');
    assert.equal(here('/app/workflow-bundle.cjs'), '/tmp/bundle.cjs');
    assert.equal(here('/etc/rinnovo/catalogue.json'), join(ROOT, 'catalogue.json'));
    assert.equal(here('sandbox'), 'sandbox');
  });
});

describe('a duration', () => {
  it('is read in minutes and seconds', () => {
    assert.deepStrictEqual(['90s', '1m30s', '5m'].map(milliseconds), [90_000, 90_000, 300_000]);
    assert.throws(() => milliseconds('soon'), /not understood/);
  });
});
