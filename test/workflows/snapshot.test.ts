import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant } from '../../domain/calendar.ts';
import { newSubscription, SCHEMA_VERSION } from '../../domain/subscription.ts';
import { readSnapshot } from '../../workflows/snapshot.ts';

const start = { id: 'sub_1', customerRef: 'cus_1', product: 'fe', splitPayment: false } as const;
const state = newSubscription(start, instant('2040-04-02T10:00:00+02:00'));

describe('a snapshot handed from run to run', () => {
  it('of this version is taken as it is', () => {
    assert.deepEqual(readSnapshot(JSON.parse(JSON.stringify(state))), state);
  });

  it('of an earlier version is brought up step by step', () => {
    const upcasters = {
      [SCHEMA_VERSION]: (old: Readonly<Record<string, unknown>>) => ({ ...old, colour: 'red' }),
      [SCHEMA_VERSION + 1]: (old: Readonly<Record<string, unknown>>) => ({
        ...old,
        colour: `dark ${String(old['colour'])}`,
      }),
    };
    const raised: unknown = readSnapshot(state, upcasters, SCHEMA_VERSION + 2);
    assert.deepEqual(raised, { ...state, colour: 'dark red', schemaVersion: SCHEMA_VERSION + 2 });
  });

  it('of a version that is not known is refused loudly', () => {
    for (const schemaVersion of [SCHEMA_VERSION + 1, 0, '1', undefined]) {
      assert.throws(() => readSnapshot({ ...state, schemaVersion }), /reads snapshots up to version/);
    }
    assert.throws(() => readSnapshot(null), /not an object/);
  });
});
