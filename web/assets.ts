/** Style and script, read once and named by their content, so that a browser keeps them until they change. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Router } from 'express';

interface Asset {
  readonly path: string;
  readonly type: string;
  readonly content: Buffer;
}

const YEAR_MS = 31_536_000_000;
const packaged = createRequire(import.meta.url);

function asset(name: string, type: string, file: string): Asset {
  const content = readFileSync(file);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return { path: `/assets/${hash}/${name}`, type, content };
}

const ours = (name: string): string => join(import.meta.dirname, 'public', name);

export const ASSETS = {
  pico: asset('pico.css', 'text/css; charset=utf-8', packaged.resolve('@picocss/pico/css/pico.min.css')),
  css: asset('area.css', 'text/css; charset=utf-8', ours('area.css')),
  js: asset('area.js', 'text/javascript; charset=utf-8', ours('area.js')),
  icon: asset('icon.svg', 'image/svg+xml', ours('icon.svg')),
};

export function serveAssets(router: Router): void {
  for (const { path, type, content } of Object.values(ASSETS)) {
    router.get(path, (_request, response) => {
      response.set({ 'Content-Type': type, 'Cache-Control': `public, max-age=${YEAR_MS / 1000}, immutable` });
      response.send(content);
    });
  }
}
