/** Who may import whom: the table of rooms in the README, enforced. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { importsOf } from './support/imports.ts';

const ROOT = join(import.meta.dirname, '..');
const CONTRACT = 'workflows/contract.ts';

interface Rule {
  /** Rooms, or single files of a room, of this repository. */
  own: string[];
  /** The same, when only types are taken. */
  types?: string[];
  /** The only packages allowed, Node's own modules included; without it, all that are not forbidden. */
  onlyPackages?: string[];
  forbiddenPackages?: string[];
}

const DATABASE = ['knex', 'pg'];
const TEMPORAL = ['@temporalio/'];

const RULES: Record<string, Rule> = {
  domain: { own: ['domain/'], onlyPackages: ['temporal-polyfill'] },
  workflows: {
    own: ['domain/', 'workflows/'],
    types: ['activities/'],
    onlyPackages: ['@temporalio/workflow', '@temporalio/common'],
  },
  activities: {
    own: ['activities/', 'domain/', 'db/', 'config/', 'documents/', CONTRACT],
    forbiddenPackages: [...DATABASE, 'express'],
  },
  api: { own: ['api/', 'domain/', 'db/', 'config/', 'documents/', 'bank/', CONTRACT], forbiddenPackages: DATABASE },
  db: { own: ['db/', 'domain/'], types: ['documents/'], forbiddenPackages: [...TEMPORAL, 'express'] },
  config: { own: ['config/', 'domain/'], forbiddenPackages: DATABASE },
  bank: { own: ['bank/', 'domain/'], onlyPackages: ['fast-xml-parser', 'csv-parse'] },
  documents: { own: ['documents/', 'domain/'], forbiddenPackages: [...DATABASE, ...TEMPORAL, 'express'] },
  web: { own: ['web/'], forbiddenPackages: [...DATABASE, ...TEMPORAL] },
  bench: { own: ['bench/', 'local/'], forbiddenPackages: DATABASE },
  local: { own: ['local/'] },
  deploy: { own: ['deploy/', 'local/', CONTRACT] },
  scripts: { own: ['scripts/'] },
};

/** What the file imports against the rule of its room, one sentence each. */
function violations(file: string, source: string): string[] {
  const rule = RULES[file.split('/')[0] ?? ''];
  if (rule === undefined) return [`${file} is in no room of the table`];
  return importsOf(file, source)
    .filter(({ specifier, typeOnly }) => !isAllowed(rule, file, specifier, typeOnly))
    .map(({ specifier }) => `${file} imports ${specifier}`);
}

function isAllowed(rule: Rule, file: string, specifier: string, typeOnly: boolean): boolean {
  if (specifier.startsWith('.')) {
    const target = new URL(specifier, `file:///${file}`).pathname.slice(1);
    const places = typeOnly ? [...rule.own, ...(rule.types ?? [])] : rule.own;
    return places.some((place) => (place.endsWith('/') ? target.startsWith(place) : target === place));
  }
  const named = (names: string[]) => names.some((name) => specifier === name || specifier.startsWith(slashed(name)));
  if (rule.onlyPackages !== undefined) return !isBuiltin(specifier) && named(rule.onlyPackages);
  return !named(rule.forbiddenPackages ?? []);
}

function slashed(name: string): string {
  return name.endsWith('/') ? name : `${name}/`;
}

const FILES = globSync('**/*.{ts,mjs}', { cwd: ROOT, exclude: ['node_modules/**', '.rinnovo/**', 'test/**'] });

describe('the rooms', () => {
  it('import only what the table allows', () => {
    const found = FILES.flatMap((file) => violations(file, readFileSync(join(ROOT, file), 'utf8')));
    assert.deepStrictEqual(found, []);
  });

  for (const room of ['domain', 'workflows', 'activities', 'api', 'db', 'config', 'local', 'web']) {
    it(`have been looked at: ${room}/`, () => {
      assert.ok(FILES.some((file) => file.startsWith(`${room}/`)));
    });
  }
});

describe('a bad import', () => {
  const bad: [file: string, source: string][] = [
    ['domain/money.ts', "import { readFileSync } from 'node:fs';"],
    ['domain/money.ts', "import type { Client } from '@temporalio/client';"],
    ['domain/money.ts', "export { pool } from '../db/database.ts';"],
    ['domain/deciding/life.ts', "import { commit } from '../../activities/commit.ts';"],
    ['workflows/subscription.ts', "import { commit } from '../activities/commit.ts';"],
    ['workflows/subscription.ts', "import { type Commit } from '../activities/commit.ts';"],
    ['workflows/subscription.ts', "import { z } from 'zod';"],
    ['workflows/subscription.ts', "const fs = await import('node:fs');"],
    ['activities/commit.ts', "import { presentOrder } from '../api/orders.ts';"],
    ['activities/commit.ts', "import { subscription } from '../workflows/subscription.ts';"],
    ['api/orders.ts', "import knex from 'knex';"],
    ['api/orders.ts', "import { life } from '../workflows/life.ts';"],
    ['api/orders.ts', "import type { Commit } from '../activities/contract.ts';"],
    ['db/orders.ts', "type Handle = import('@temporalio/client').WorkflowHandle;"],
    ['db/orders.ts', "import { present } from '../api/orders.ts';"],
    ['config/catalogue.ts', "import { findOrder } from '../db/orders.ts';"],
    ['local/start.ts', "import { decide } from '../domain/decide.ts';"],
    ['bench/cost.ts', "import { decide } from '../domain/decide.ts';"],
    ['web/page.ts', "import { decide } from '../domain/decide.ts';"],
    ['web/api.ts', "import type { ProblemCode } from '../api/problem.ts';"],
    ['web/pages/services.ts', "import pg from 'pg';"],
    ['web/pages/services.ts', "import { Client } from '@temporalio/client';"],
    ['helpers/money.ts', ''],
  ];
  for (const [file, source] of bad) {
    it(`is found: ${file}: ${source || '(no such room)'}`, () => {
      assert.strictEqual(violations(file, source).length, 1);
    });
  }
});

describe('a good import', () => {
  const good: [file: string, source: string][] = [
    ['domain/deciding/life.ts', "import { addDays } from '../calendar.ts';"],
    ['domain/calendar.ts', "import { Temporal } from 'temporal-polyfill';"],
    ['workflows/subscription.ts', "import type { Activities } from '../activities/contract.ts';"],
    ['workflows/subscription.ts', "import { condition } from '@temporalio/workflow';"],
    ['api/orders.ts', "import { placeOrder } from '../workflows/contract.ts';"],
    ['activities/commit.ts', "import { commit } from '../db/commit.ts';"],
    ['db/database.ts', "import knex from 'knex';"],
    ['api/orders.ts', "// import knex from 'knex';\nconst text = \"import 'knex'\";"],
  ];
  for (const [file, source] of good) {
    it(`is allowed: ${file}: ${source}`, () => {
      assert.deepStrictEqual(violations(file, source), []);
    });
  }
});
