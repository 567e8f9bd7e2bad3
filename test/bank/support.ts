import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DATA = join(import.meta.dirname, '../data/bank');

/** The bank files of others, by name. */
export function bankFiles(format: 'camt' | 'mt940'): string[] {
  return readdirSync(join(DATA, format)).filter((name) => !name.endsWith('.json'));
}

export function bytesOf(format: 'camt' | 'mt940', name: string): Uint8Array {
  return readFileSync(join(DATA, format, name));
}

/** What an independent reader made of a file, or null where there is none. */
export function expectedOf<T>(format: 'camt' | 'mt940', name: string): T | null {
  const ending = format === 'camt' ? 'expected.json' : 'mt940py.json';
  const path = join(DATA, format, name.replace(/\.[a-z0-9]+$/, `.${ending}`));
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return null;
  }
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
