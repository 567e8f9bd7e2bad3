/** Reads docker-compose.yml the way Compose does, as far as this project's file goes: anchors, merges and variables. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

export type Variables = Readonly<Record<string, string | undefined>>;

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const words = z.array(scalar).min(1);
const CONDITIONS = ['service_started', 'service_healthy', 'service_completed_successfully'] as const;

const service = z.object({
  image: z.string(),
  /** Without one it is always started. */
  profiles: z.array(z.string()).default([]),
  build: z.string().optional(),
  command: words.optional(),
  environment: z.record(z.string(), scalar).default({}),
  /** `source:target` or `source:target:ro`. */
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.object({ host_ip: z.string(), published: scalar, target: z.int() })).default([]),
  restart: z.string(),
  stop_grace_period: z.string().optional(),
  healthcheck: z.object({ test: words }).optional(),
  deploy: z.object({ replicas: z.coerce.number().int().min(0) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.enum(CONDITIONS) })).default({}),
});

const composeFile = z.object({ name: z.string(), services: z.record(z.string(), service) });

export type Service = z.output<typeof service>;
export type ComposeFile = z.output<typeof composeFile>;

/**
 * The services of the profiles in COMPOSE_PROFILES, and those of none.
 *
 * @param variables stand in for the file's `${NAME}`: what Compose would take from its environment and from `.env`.
 */
export function readCompose(path: string, variables: Variables): ComposeFile {
  const document: unknown = parse(readFileSync(path, 'utf8'), { merge: true });
  const { name, services } = composeFile.parse(replaceAll(document, variables));
  const active = (variables['COMPOSE_PROFILES'] ?? '').split(',');
  const wanted = ({ profiles }: Service) => profiles.length === 0 || profiles.some((profile) => active.includes(profile));
  return { name, services: Object.fromEntries(Object.entries(services).filter(([, each]) => wanted(each))) };
}

/** The `NAME=value` lines of an environment file. */
export function readVariables(path: string): Record<string, string> {
  const lines = readFileSync(path, 'utf8').matchAll(/^([A-Z_]+)=(.*)$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
}

/** As in Compose, variables are replaced in values, after the file was understood, never in its keys. */
function replaceAll(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return interpolate(value, variables);
  if (Array.isArray(value)) return value.map((item) => replaceAll(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceAll(item, variables)]));
}

const VARIABLE = /\$\{(?<name>[A-Z_]+)(?:(?<kind>:-|:\?)(?<text>[^}]*))?\}/g;

/** `${NAME}`, `${NAME:-default}` and `${NAME:?why it is needed}`: the forms this project uses. */
export function interpolate(text: string, variables: Variables): string {
  const replaced = text.replace(VARIABLE, (...found) => {
    const { name, kind, text: rest = '' } = found.at(-1) as { name: string; kind?: string; text?: string };
    const value = variables[name];
    if (value !== undefined && value !== '') return value;
    if (kind === ':-') return rest;
    if (kind === ':?') throw new Error(`${name} is missing: ${rest}`);
    return '';
  });
  if (text.replace(VARIABLE, '').includes('$')) throw new Error(`A variable in a form that is not understood: ${text}`);
  return replaced;
}

/** Every variable the file can be told, and whether it insists on it. */
export function variablesOf(path: string): Map<string, { required: boolean }> {
  const found = new Map<string, { required: boolean }>();
  for (const { groups } of readFileSync(path, 'utf8').matchAll(VARIABLE)) {
    const { name = '', kind } = groups ?? {};
    found.set(name, { required: kind === ':?' || (found.get(name)?.required ?? false) });
  }
  return found;
}

/**
 * An example of the variables filled in: with the caller's own choices, and with a password for each that the compose file
 * insists on and the example leaves open. What the file does not insist on stays open.
 */
export function fillIn(
  example: Readonly<Record<string, string>>,
  { own, known, password }: { own: Variables; known: ReturnType<typeof variablesOf>; password: () => string },
): Variables {
  const chosen = ([name, value]: [string, string]): [string, string] => {
    const isNeeded = value === '' && known.get(name)?.required === true;
    return [name, own[name] ?? (isNeeded ? password() : value)];
  };
  return Object.fromEntries(Object.entries(example).map(chosen));
}

/** The services, each after those it depends on. Throws an Error naming a circle, or a service that is not there. */
export function inStartOrder({ services }: ComposeFile): string[] {
  const ordered: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) throw new Error(`Services depend on each other: ${[...path, name].join(' -> ')}`);
    const found = services[name];
    if (found === undefined) throw new Error(`${path.at(-1)} depends on ${name}, which is not there`);
    if (ordered.includes(name)) return;
    for (const needed of Object.keys(found.depends_on)) visit(needed, [...path, name]);
    ordered.push(name);
  };
  for (const name of Object.keys(services)) visit(name, []);
  return ordered;
}

/** `1m30s`, `90s` or `5m` in milliseconds. */
export function milliseconds(duration: string): number {
  const { minutes = '0', seconds = '0' } = /^(?:(?<minutes>\d+)m)?(?:(?<seconds>\d+)s)?$/.exec(duration)?.groups ?? {};
  const total = (Number(minutes) * 60 + Number(seconds)) * 1000;
  if (total === 0) throw new Error(`A duration that is not understood: ${duration}`);
  return total;
}

/** The variables that the last stage of a Dockerfile sets: what every container of the image starts from. */
export function imageEnvironment(path: string): Record<string, string> {
  const lastStage = readFileSync(path, 'utf8').split(/^FROM /m).at(-1) ?? '';
  const statement = /^ENV ((?:.*\\\n)*.*)$/m.exec(lastStage)?.[1] ?? '';
  const pairs = statement.replaceAll('\\\n', ' ').trim().split(/\s+/).filter(Boolean);
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}
