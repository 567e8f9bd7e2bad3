import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSettings, parseSettings } from '../../config/settings.ts';
import { DEFAULT_SETTINGS } from '../../domain/subscription.ts';

describe('the settings new lives begin with', () => {
  it('are the defaults without a file', () => {
    assert.deepStrictEqual(loadSettings(undefined), DEFAULT_SETTINGS);
  });

  it('take from a file what it gives, and the rest from the defaults', () => {
    assert.deepStrictEqual(parseSettings('{"graceDays": 90, "chargeDays": [10, 2]}', 'mine.json'), {
      ...DEFAULT_SETTINGS,
      graceDays: 90,
      chargeDays: [10, 2],
    });
  });

  for (const [text, fault] of [
    ['{"graceDays": 0}', /mine\.json.*graceDays/],
    ['{"chargeDays": []}', /mine\.json.*chargeDays/],
    ['{"gracedays": 60}', /mine\.json.*gracedays/],
    ['{"reactivationStart": "later"}', /mine\.json.*reactivationStart/],
    ['{"graceDays": 30}', /mine\.json.*lastCallDay/],
    ['grace', /mine\.json.*not JSON/],
  ] as const) {
    it(`refuse ${text}, naming the file and the field`, () => {
      assert.throws(() => parseSettings(text, 'mine.json'), fault);
    });
  }
});
