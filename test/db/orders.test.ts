import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createCustomer } from '../../db/customers.ts';
import {
  chooseWayToPay,
  findOrder,
  listOrders,
  listOrdersOf,
  nextOrderNumber,
  refuseReservation,
  reserveOrder,
  reserveRenewalOrder,
  staleReservations,
  TaxIdentityTakenError,
} from '../../db/orders.ts';
import { listSubscriptionsOf, liveServiceOf } from '../../db/subscriptions.ts';
import { latestCharges, listCharges } from '../../db/timeline.ts';
import { plainDate, type Instant } from '../../domain/calendar.ts';
import { refusal } from '../../domain/errors.ts';
import { isOrderNumber } from '../../domain/orderNumber.ts';
import { aCustomer, Life, openFresh, type TestDatabase } from './support/life.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());

const EARLIER = (Date.now() - 3_600_000) as Instant;
const LATER = (Date.now() + 3_600_000) as Instant;

async function reservation(life: Life) {
  const { number, priced } = await life.quote('first_purchase');
  return { number, subscriptionId: life.id, customerId: life.customer.id, priced };
}

describe('order numbers', () => {
  it('start at ten million and one, with check digits, each once', async () => {
    const other = await openFresh();
    try {
      assert.strictEqual(await nextOrderNumber(other.db), '1000000161');
      const numbers = await Promise.all(Array.from({ length: 20 }, () => nextOrderNumber(other.db)));
      assert.strictEqual(new Set(numbers).size, 20);
      assert.ok(numbers.every(isOrderNumber));
    } finally {
      await other.close();
    }
  });
});

describe('a reservation', () => {
  it('holds the order and the tax code until it is taken', async () => {
    const life = await Life.begin(fresh.db);
    const reserved = await reservation(life);
    await reserveOrder(fresh.db, reserved);
    const { createdAt, ...row } = (await findOrder(fresh.db, reserved.number)) ?? { createdAt: 0 };
    assert.ok(Math.abs(createdAt - Date.now()) < 60_000);
    assert.deepStrictEqual(row, {
      ...reserved,
      status: 'reserved',
      origin: 'customer',
      acceptances: null,
      paymentMethod: null,
      receivedMinor: 0,
      refundedMinor: 0,
      dueMinor: 3050,
      placedAt: null,
      completedOn: null,
      cancelledWhy: null,
      refusal: null,
    });
    assert.strictEqual(await liveServiceOf(fresh.db, [life.customer.taxCode ?? '']), life.id);
  });

  it('changes nothing when it is made again', async () => {
    const life = await Life.begin(fresh.db);
    const reserved = await reservation(life);
    await Promise.all([reserveOrder(fresh.db, reserved), reserveOrder(fresh.db, reserved)]);
    await reserveOrder(fresh.db, reserved);
    assert.strictEqual((await listOrders(fresh.db, life.id)).length, 1);
  });

  it('is made once by many at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const life = await Life.begin(fresh.db);
      const reserved = await reservation(life);
      await Promise.all(Array.from({ length: 8 }, () => reserveOrder(fresh.db, reserved)));
      assert.strictEqual((await listOrders(fresh.db, life.id)).length, 1);
    }
  });

  it('is the only first order of its subscription', async () => {
    const life = await Life.begin(fresh.db);
    await reserveOrder(fresh.db, await reservation(life));
    await assert.rejects(async () => reserveOrder(fresh.db, await reservation(life)), TypeError);
  });

  it('never takes the number of another subscription', async () => {
    const life = await Life.begin(fresh.db);
    const reserved = await reservation(life);
    await reserveOrder(fresh.db, reserved);
    await assert.rejects(reserveOrder(fresh.db, { ...reserved, subscriptionId: 'sub_other' }), TypeError);
  });

  it('is refused with the reason, and frees the tax code', async () => {
    const life = await Life.begin(fresh.db);
    const reserved = await reservation(life);
    await reserveOrder(fresh.db, reserved);
    const why = refusal('order_out_of_date');
    assert.strictEqual(await refuseReservation(fresh.db, reserved.number, why), true);
    assert.strictEqual(await refuseReservation(fresh.db, reserved.number, why), false);
    const order = await findOrder(fresh.db, reserved.number);
    assert.deepStrictEqual([order?.status, order?.refusal], ['refused', why]);
    assert.strictEqual(await liveServiceOf(fresh.db, [life.customer.taxCode ?? '']), null);
  });

  it('cannot be refused once the order was placed', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    assert.strictEqual(await refuseReservation(fresh.db, number, refusal('order_out_of_date')), false);
    assert.strictEqual((await findOrder(fresh.db, number))?.status, 'awaiting_payment');
    assert.strictEqual(await liveServiceOf(fresh.db, [life.customer.taxCode ?? '']), life.id);
  });

  it('is stale when nobody took it for long', async () => {
    const life = await Life.begin(fresh.db);
    const reserved = await reservation(life);
    await reserveOrder(fresh.db, reserved);
    const stale = (await staleReservations(fresh.db, LATER)).map(({ number }) => number);
    assert.ok(stale.includes(reserved.number));
    assert.deepStrictEqual(await staleReservations(fresh.db, EARLIER), []);
  });
});

describe('a customer’s orders', () => {
  it('come newest first, in pages by number, all of them or those of one service', async () => {
    const customer = await createCustomer(fresh.db, aCustomer());
    const [one, two] = ['a', 'b'].map((name) => new Life(fresh.db, customer, `sub_${name}_${customer.id}`));
    assert.ok(one && two);
    const numbers: string[] = [];
    const place = async (life: Life): Promise<void> => {
      numbers.unshift(await life.order('first_purchase'));
      await life.commit();
    };
    await place(one);
    one.do({ type: 'CancelOrder', number: numbers[0] ?? '' });
    await one.commit();
    await place(two);
    await reserveOrder(fresh.db, {
      ...(await reservation(await Life.begin(fresh.db))),
      customerId: customer.id,
      holder: aCustomer(),
    });
    const owner = { customerId: customer.id };
    const page = async (options: { after?: string; limit: number }, of = owner): Promise<string[]> =>
      (await listOrdersOf(fresh.db, of, options)).map(({ number }) => number);
    assert.deepStrictEqual(await page({ limit: 10 }), numbers);
    assert.deepStrictEqual(await page({ limit: 1 }), numbers.slice(0, 1));
    assert.deepStrictEqual(await page({ limit: 1, after: numbers[0] ?? '' }), numbers.slice(1));
    assert.deepStrictEqual(await page({ limit: 10, after: numbers[1] ?? '' }), []);
    assert.deepStrictEqual(await page({ limit: 10 }, { ...owner, subscriptionId: one.id } as typeof owner), [
      numbers[1],
    ]);
    assert.deepStrictEqual(await page({ limit: 10 }, { customerId: 'cus_nobody' }), []);
    assert.deepStrictEqual((await listSubscriptionsOf(fresh.db, owner)).toSorted(), [one.id, two.id]);
    assert.deepStrictEqual(await listSubscriptionsOf(fresh.db, { ...owner, subscriptionId: two.id }), [two.id]);
  });

  it('are remembered to be paid another way while something is due', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    assert.strictEqual(await chooseWayToPay(fresh.db, number, 'postal_slip'), true);
    assert.strictEqual((await findOrder(fresh.db, number))?.paymentMethod, 'postal_slip');
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
    await life.commit();
    assert.strictEqual(await chooseWayToPay(fresh.db, number, 'bank_transfer'), false);
    assert.strictEqual(await chooseWayToPay(fresh.db, '1000000000', 'bank_transfer'), false);
    const reserved = await reservation(await Life.begin(fresh.db));
    await reserveOrder(fresh.db, reserved);
    assert.strictEqual(await chooseWayToPay(fresh.db, reserved.number, 'bank_transfer'), false);
  });

  it('each have the latest of their charges', async () => {
    const life = await Life.active(fresh.db);
    const method = { methodId: 'pm_1', kind: 'card' } as const;
    const number = await life.order('renewal');
    life.do({ type: 'PayOrder', number, method });
    const attemptId = life.state.attempt?.attemptId ?? '';
    const outcome = { kind: 'declined', reason: 'insufficient_funds' } as const;
    life.do({ type: 'RecordChargeOutcome', attemptId, outcome });
    const upgrade = await life.order('upgrade', { user: 1 });
    await life.commit();
    const orders = await listOrdersOf(fresh.db, { customerId: life.customer.id }, { limit: 10 });
    const charges = await latestCharges(fresh.db, orders);
    assert.deepStrictEqual([...charges.keys()], [number]);
    assert.deepStrictEqual(charges.get(number), (await listCharges(fresh.db, life.id, number)).at(-1));
    assert.strictEqual(charges.get(upgrade), undefined);
    assert.strictEqual((await latestCharges(fresh.db, [])).size, 0);
  });
});

describe('a tax code or VAT number', () => {
  it('goes to exactly one of those who reserve for it at the same time', async () => {
    const person = aCustomer();
    const customers = await Promise.all(Array.from({ length: 6 }, () => createCustomer(fresh.db, person)));
    const lives = customers.map((customer) => new Life(fresh.db, customer, `sub_${customer.id}`));
    const reservations = await Promise.all(lives.map(reservation));
    const answers = await Promise.allSettled(reservations.map((reserved) => reserveOrder(fresh.db, reserved)));
    const winners = reservations.filter((_, index) => answers[index]?.status === 'fulfilled');
    assert.strictEqual(winners.length, 1);
    for (const answer of answers) {
      if (answer.status === 'fulfilled') continue;
      assert.ok(answer.reason instanceof TaxIdentityTakenError, String(answer.reason));
      assert.strictEqual(answer.reason.subscriptionId, winners[0]?.subscriptionId);
    }
    assert.strictEqual(await liveServiceOf(fresh.db, [person.taxCode ?? '']), winners[0]?.subscriptionId);
    const orders = await Promise.all(reservations.map(({ number }) => findOrder(fresh.db, number)));
    assert.strictEqual(orders.filter((order) => order !== null).length, 1);
  });

  it('is one name, however it is written and whichever of the two it is', async () => {
    const company = { companyName: 'Ada & figli', taxCode: '12345678903', vatNumber: undefined };
    const life = await Life.begin(fresh.db, company);
    await reserveOrder(fresh.db, await reservation(life));
    for (const vatNumber of ['12345678903', 'IT12345678903', 'it 123 456 78903']) {
      const other = await Life.begin(fresh.db, { taxCode: undefined, vatNumber });
      await assert.rejects(reserveOrder(fresh.db, await reservation(other)), TaxIdentityTakenError);
      assert.strictEqual(await liveServiceOf(fresh.db, [vatNumber]), life.id);
    }
  });

  it('never makes two customers who share both wait for each other', async () => {
    const a = { taxCode: 'BBBDAA80A41H501X', vatNumber: '00000000019' };
    for (let round = 0; round < 5; round += 1) {
      const lives = await Promise.all([Life.begin(fresh.db, a), Life.begin(fresh.db, a)]);
      const reservations = await Promise.all(lives.map(reservation));
      const answers = await Promise.allSettled(reservations.map((reserved) => reserveOrder(fresh.db, reserved)));
      const won = answers.findIndex(({ status }) => status === 'fulfilled');
      const lost = answers[1 - won];
      assert.ok(lost?.status === 'rejected' && lost.reason instanceof TaxIdentityTakenError);
      await refuseReservation(fresh.db, reservations[won]?.number ?? '', refusal('order_out_of_date'));
    }
  });

  it('is asked for by any of several', async () => {
    const life = await Life.begin(fresh.db);
    await reserveOrder(fresh.db, await reservation(life));
    assert.strictEqual(await liveServiceOf(fresh.db, ['nobody', life.customer.taxCode ?? '']), life.id);
    assert.strictEqual(await liveServiceOf(fresh.db, ['nobody']), null);
    assert.strictEqual(await liveServiceOf(fresh.db, []), null);
  });
});

describe("auto-renewal's order", () => {
  async function renewalOf(life: Life, cycleKey: string) {
    const { priced } = await life.quote('renewal');
    return { subscriptionId: life.id, expiresOn: plainDate('2028-03-04'), cycleKey, priced };
  }

  it('gets the same number again while it waits to be taken, and one number for a cycle', async () => {
    const life = await Life.active(fresh.db);
    const renewal = await renewalOf(life, '2028-03-04:1');
    const first = await reserveRenewalOrder(fresh.db, renewal);
    assert.deepStrictEqual(await reserveRenewalOrder(fresh.db, renewal), first);
    const together = await Promise.all([1, 2, 3].map(() => reserveRenewalOrder(fresh.db, renewal)));
    assert.deepStrictEqual(together, [first, first, first]);
    const other = await reserveRenewalOrder(fresh.db, await renewalOf(life, '2028-03-04:2'));
    assert.notStrictEqual(other.number, first.number);
    const order = await findOrder(fresh.db, first.number);
    assert.deepStrictEqual(
      [order?.status, order?.origin, order?.customerId],
      ['reserved', 'auto_renewal', life.customer.id],
    );
  });

  it('carries the price given last', async () => {
    const life = await Life.active(fresh.db);
    const renewal = await renewalOf(life, 'cycle');
    const first = await reserveRenewalOrder(fresh.db, renewal);
    const dearer = { ...renewal, priced: { ...renewal.priced, payableMinor: 9999 } };
    assert.deepStrictEqual(await reserveRenewalOrder(fresh.db, dearer), {
      number: first.number,
      priced: dearer.priced,
    });
    assert.strictEqual((await findOrder(fresh.db, first.number))?.dueMinor, 9999);
  });

  it('gets a new number once the last one was taken', async () => {
    const life = await Life.active(fresh.db);
    const renewal = await renewalOf(life, 'cycle');
    const first = await reserveRenewalOrder(fresh.db, renewal);
    life.do({ type: 'PlaceOrder', order: first, pay: null });
    life.do({ type: 'CancelOrder', number: first.number });
    await life.commit();
    assert.notStrictEqual((await reserveRenewalOrder(fresh.db, renewal)).number, first.number);
  });

  it('needs a subscription', async () => {
    const life = await Life.active(fresh.db);
    const renewal = await renewalOf(life, 'cycle');
    await assert.rejects(reserveRenewalOrder(fresh.db, { ...renewal, subscriptionId: 'sub_none' }), TypeError);
  });
});
