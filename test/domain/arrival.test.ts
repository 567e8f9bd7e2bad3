import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addDays } from '../../domain/calendar.ts';
import { EXTRA_SKUS } from '../../domain/catalogue.ts';
import type { PaymentFact } from '../../domain/commands.ts';
import { composition, quantityOn } from '../../domain/entitlements.ts';
import { dueMinor } from '../../domain/orders.ts';
import { CARD, Life, PAYPAL } from './builders.ts';
import { Ledger } from './randomLedger.ts';

/** How one order is paid: in parts, each so many days ago, some by card; and then too much. */
const parts = fc.record({
  shares: fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(12), fc.boolean()), { minLength: 1, maxLength: 4 }),
  // Whether the last part is missing, and whether somebody paid once more.
  incomplete: fc.boolean(),
  extraMinor: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9000 })),
});
type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never;

const stories = fc.record({
  years: fc.integer({ min: 1, max: 3 }),
  reactivationStart: fc.constantFrom('expiry', 'payment'),
  // Days after activation on which the orders are placed: long before the expiry, or shortly before it.
  orderedAfter: fc.integer({ min: 20, max: 1000 }),
  expired: fc.boolean(),
  renewal: fc.record({ years: fc.integer({ min: 1, max: 3 }), user: fc.nat(3), parts }),
  upgrade: fc.record({ user: fc.nat(2), parts }),
  strays: fc.nat(2),
  repeat: fc.boolean(),
});
type Story = typeof stories extends fc.Arbitrary<infer T> ? T : never;

/** A life with an unpaid renewal (a reactivation once expired), an upgrade that runs alone, and a cancelled order. */
function opened({ years, reactivationStart, orderedAfter, expired, renewal, upgrade }: Story) {
  const life = Life.active('2027-01-31', { years, extras: { user: 2, space: 1 }, settings: { reactivationStart } });
  const expiry = life.expiresOn ?? assert.fail('Nothing expires.');
  const ordered = addDays(life.today, orderedAfter);
  life.until(!expired && ordered < expiry ? ordered : addDays(expiry, -2));
  const cancelled = life.renew();
  life.do({ type: 'CancelOrder', number: cancelled });
  const upgraded = life.upgrade({ user: upgrade.user, space: 1 }, { coTerm: false });
  if (expired) life.until(addDays(expiry, 12));
  const renewed = life.renew({ years: renewal.years, extras: { user: renewal.user } });
  return { life, renewed, upgraded, cancelled };
}

/** Parts that add up to what is due; what is too much was registered last, so that no other day completes the order. */
function partsOf(life: Life, number: string, { shares, incomplete, extraMinor }: Parts): PaymentFact[] {
  const due = dueMinor(life.state.orders.find((order) => order.number === number) ?? assert.fail());
  const whole = shares.reduce((sum, [share]) => sum + share, 0);
  let left = due;
  const payments = shares.map(([share, daysAgo, byCard], index): PaymentFact => {
    const isLast = index === shares.length - 1;
    const amountMinor = isLast ? left : Math.floor((due * share) / whole);
    left -= amountMinor;
    const payment = life.payment(number, { amountMinor, registeredOn: addDays(life.today, -daysAgo) });
    return byCard ? { ...payment, method: 'card', storedMethod: CARD } : payment;
  });
  if (incomplete) return payments.slice(0, -1);
  if (extraMinor === 0) return payments;
  const registeredOn =
    payments
      .map((payment) => payment.registeredOn)
      .toSorted()
      .at(-1) ?? life.today;
  return [...payments, life.payment(number, { amountMinor: extraMinor, registeredOn, storedMethod: PAYPAL })];
}

/** All that one can see of a life once its payments are in. */
function outcome(life: Life, numbers: readonly string[], watchMethod: boolean): unknown {
  const ledger = new Ledger();
  for (const event of life.events) ledger.post(event);
  ledger.check(life.state);
  const { entitlements, orders, finishedOrders, termYears, autoRenewal, method } = life.state;
  const days = Array.from({ length: 110 }, (_, month) => addDays(life.today, month * 30 - 400));
  return {
    status: life.status,
    expiresOn: life.expiresOn,
    termYears,
    orders: numbers.map((number) => [
      orders.find((order) => order.number === number)?.status,
      finishedOrders.find((order) => order.number === number)?.outcome,
      ledger.appliedTo(number),
    ]),
    owned: days.map((day) => (['fe', ...EXTRA_SKUS] as const).map((sku) => quantityOn(entitlements, sku, day))),
    goesOn: composition(entitlements, life.today),
    totals: (['received', 'applied', 'credited', 'unmatched'] as const).map((of) => ledger.total(of)),
    ...(watchMethod ? { autoRenewal, method } : {}),
  };
}

describe('payments heard on one day', () => {
  it('end in the same place in any order of arrival', () => {
    const arrivals = stories.chain((story) => fc.tuple(fc.constant(story), fc.infiniteStream(fc.nat())));
    fc.assert(
      fc.property(arrivals, ([story, random]) => {
        const { life, renewed, upgraded, cancelled } = opened(story);
        const payments = [
          ...partsOf(life, renewed, story.renewal.parts),
          ...partsOf(life, upgraded, story.upgrade.parts),
          ...[cancelled, '1000009937'].slice(0, story.strays).map((number) => life.payment(number)),
        ];
        const heard = story.repeat ? [...payments, ...payments.slice(0, 2)] : payments;
        const other = heard.map((payment) => ({ payment, place: random.next().value ?? 0 }));
        const shuffled = other.toSorted((a, b) => a.place - b.place).map(({ payment }) => payment);
        // Which payment of too many completed the order is the one thing that hindsight would judge differently.
        const watchMethod = story.renewal.parts.extraMinor === 0;
        const [one, two] = [heard, shuffled].map((order) => {
          const here = new Life(life.state, life.now);
          here.events.push(...life.events);
          for (const payment of order) here.do({ type: 'RecordPayment', payment });
          return outcome(here, [renewed, upgraded, cancelled], watchMethod);
        });
        assert.deepStrictEqual(two, one);
      }),
      { numRuns: 150 },
    );
  });
});
