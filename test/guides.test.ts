/** docs/guides.md says where each sentence of the guides lives and what shows it: here that what it names exists. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

const TABLE = join(import.meta.dirname, '..', 'docs', 'guides.md');
const LINES = readFileSync(TABLE, 'utf8').split('\n');
const ROWS = LINES.filter((line) => /^\| (?!Frase)/.test(line)).map((line) =>
  line.split('|').map((cell) => cell.trim()),
);
/** What marks a sentence that nothing does yet, or no page's test shows yet. */
const UNDONE = /OPEN|\(web\)/;

const linked = (text: string): string[] => [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target ?? '');
const fileOf = (target: string): string => join(dirname(TABLE), target);

describe('the table of the guides', () => {
  it('has a row for the sentences of each of the five', () => {
    const guides = LINES.filter((line) => line.startsWith('## ')).map((line) => line.slice(3, 6));
    assert.deepStrictEqual(guides, ['000', '001', '002', '003', '004']);
    assert.ok(ROWS.length > 80);
    for (const [, claim, where, shown, ...rest] of ROWS) {
      assert.ok(claim && where && shown && rest.length === 1, `row of ${claim}`);
    }
  });

  it('leaves none open', () => {
    const open = ROWS.filter((cells) => cells.some((cell) => UNDONE.test(cell)));
    assert.deepStrictEqual(open, []);
  });

  it('names files that exist', () => {
    const named = LINES.flatMap(linked);
    assert.deepStrictEqual(
      named.filter((target) => !existsSync(fileOf(target))),
      [],
    );
  });

  it('names tests by their titles', () => {
    const missing = ROWS.flatMap(([, , , shown = '']) => shown.split('<br>')).filter((test) => {
      const [, target, title] = /\]\(([^)]+)\) “(.+)”$/.exec(test) ?? [];
      if (target === undefined || title === undefined) return !test.startsWith('as guide 000');
      return !readFileSync(fileOf(target), 'utf8').includes(title);
    });
    assert.deepStrictEqual(missing, []);
  });
});
