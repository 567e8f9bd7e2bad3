/**
 * Where things are when there are no containers. The compose file speaks of hosts named after services, of ports inside
 * containers and of mounted folders; here all hosts are the loopback, the ports are free ones and the folders are the
 * repository's own.
 */
import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { requireFreePorts } from '../../local/ports.ts';
import type { ComposeFile, Service } from './compose.ts';

const LOOPBACK = '127.0.0.1';
/** Temporal keeps its members' ports in columns of 16 bits with a sign; the system's own choice is mostly above that. */
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_767;

export class Places {
  readonly #root: string;
  readonly #hosts: readonly string[];
  /** Port inside the container to port here; a replica's own come on top. */
  readonly #ports = new Map<number, number>();
  readonly #files = new Map<string, string>();

  constructor(root: string, { services }: ComposeFile) {
    this.#root = root;
    this.#hosts = Object.keys(services);
  }

  /** Gives each of the ports a free one, or answers the one it has already. */
  async take(...ports: readonly number[]): Promise<void> {
    for (const port of ports) if (!this.#ports.has(port)) this.#ports.set(port, await lowPort());
  }

  /** Says where a file is whose path is known in a container only. */
  put(pathInContainer: string, path: string): void {
    this.#files.set(pathInContainer, path);
  }

  portFor(port: number): number {
    const found = this.#ports.get(port);
    if (found === undefined) throw new Error(`Nobody serves port ${port}`);
    return found;
  }

  /** Rewrites one value of a service's environment, command or health check. */
  localise(value: string, { volumes }: Service, own: ReadonlyMap<number, number> = new Map()): string {
    const path = this.#localisePath(value, volumes);
    if (path !== undefined) return path;
    if (this.#hosts.includes(value) || value === '0.0.0.0') return LOOPBACK;
    const port = own.get(Number(value)) ?? this.#ports.get(Number(value));
    if (port !== undefined) return String(port);
    const hosts = [...this.#hosts, LOOPBACK, 'localhost'].join('|');
    return value.replace(new RegExp(`\\b(?:${hosts}):(\\d+)\\b`, 'g'), (_, inside: string) => {
      return `${LOOPBACK}:${own.get(Number(inside)) ?? this.#ports.get(Number(inside)) ?? inside}`;
    });
  }

  #localisePath(value: string, volumes: readonly string[]): string | undefined {
    if (!value.startsWith('/')) return undefined;
    const file = this.#files.get(value);
    if (file !== undefined) return file;
    for (const volume of volumes) {
      const [source = '', target = ''] = volume.split(':');
      if (value === target) return resolve(this.#root, source);
      if (value.startsWith(`${target}/`)) return resolve(this.#root, source, value.slice(target.length + 1));
    }
    return undefined;
  }
}

export async function lowPort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT + 1);
    try {
      await requireFreePorts([{ port, use: '', variable: '' }]);
      return port;
    } catch {
      // Taken: another one.
    }
  }
}
