/**
 * The customer area's buttons, situation by situation, over HTTP with the sandbox's clock: what a view shows is carried
 * out, and what it hides is refused with the reason [guide: customer area; domain rules: button table and its edges].
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SANDBOX_REFUSED_PHONE } from '../../config/sandbox.ts';
import { eventually, startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import { ACCEPTED, activeService, createCustomer, firstOrder, transfer, untilStatus } from './support/customers.ts';

let api: TestApi;
let release: () => void;
/** Activations wait for this while a test holds them up. */
let held: Promise<void> = Promise.resolve();

before(async () => {
  api = await startApi({
    provisioning: {
      async provision({ customerId }) {
        await held;
        const { phone } = (await api.db('customers').where({ id: customerId }).first('phone')) as { phone: string };
        return phone === SANDBOX_REFUSED_PHONE ? { kind: 'refused', reason: 'checks_needed' } : { kind: 'provisioned' };
      },
    },
  });
});
after(() => api.stop());

const path = (id: string, rest = ''): string => `/v1/subscriptions/${id}${rest}`;
const BUTTONS = ['renew', 'upgrade', 'reactivate', 'giveNotice'] as const;
type Button = (typeof BUTTONS)[number];

/** What each button asks for, with nothing that a customer would still have to choose. */
const WISHES: Readonly<Record<Exclude<Button, 'giveNotice'>, Json>> = {
  renew: { type: 'renewal', years: 1 },
  upgrade: { type: 'upgrade', add: { space: 1 }, coTerm: true },
  reactivate: { type: 'reactivation', years: 1 },
};

/** Why each button is missing; null where it shows. */
type Row = Readonly<Record<Button, string | null>>;
const row = (
  renew: string | null,
  upgrade: string | null,
  reactivate: string | null,
  giveNotice: string | null,
): Row => ({ renew, upgrade, reactivate, giveNotice });

const NOT_NOW = 'not_allowed_in_state';
const UNPAID = 'unpaid_order_exists';
const NOTHING_YET = row(NOT_NOW, NOT_NOW, NOT_NOW, NOT_NOW);
const ENDED = row('subscription_ended', 'subscription_ended', 'subscription_ended', 'subscription_ended');

/** An order's type with its Pay and Cancel buttons, e.g. `renewal: pay cancel`. */
type OrderButtons = string;

async function view(id: string): Promise<Json> {
  return (await api.get(path(id))).body;
}

async function advance(id: string, by: string): Promise<void> {
  const { status, body } = await api.post(path(id, '/clock/advance'), { by });
  assert.equal(status, 200, JSON.stringify(body));
}

function order(id: string, wish: Json, paymentMethod: Json = { type: 'bank_transfer' }): Promise<Answer> {
  return api.post('/v1/orders', { ...wish, subscriptionId: id, acceptedTerms: ACCEPTED, paymentMethod });
}

async function placed(id: string, button: keyof typeof WISHES): Promise<string> {
  const { status, body } = await order(id, WISHES[button]);
  assert.equal(status, 201, JSON.stringify(body));
  return String(body['number']);
}

async function cancel(number: string): Promise<void> {
  const { status, body } = await api.post(`/v1/orders/${number}/cancel`);
  assert.deepStrictEqual([status, body['status']], [200, 'cancelled'], JSON.stringify(body));
}

function refused({ status, body }: Answer, code: string, what: string): void {
  assert.deepStrictEqual([status, body['code']], [409, code], `${what}: ${JSON.stringify(body)}`);
}

/** The view's buttons are these, each hidden one is refused with its reason, and each that shows does what it says. */
async function prove(id: string, expected: Row, orders: readonly OrderButtons[] = []): Promise<void> {
  await shows(id, expected, orders);
  for (const button of ['renew', 'upgrade', 'reactivate'] as const) {
    const code = expected[button];
    const wish = WISHES[button];
    const quote = await api.post('/v1/quotes', { ...wish, subscriptionId: id });
    if (code === null) {
      assert.equal(quote.status, 200, JSON.stringify(quote.body));
      await cancel(await placed(id, button));
      await shows(id, expected, orders);
    } else {
      refused(quote, code, `a quote for ${button}`);
      refused(await order(id, wish), code, `an order for ${button}`);
    }
  }
  if (expected.giveNotice !== null && expected.giveNotice !== 'notice_given')
    refused(await api.post(path(id, '/termination')), expected.giveNotice, 'notice');
}

async function shows(id: string, expected: Row, orders: readonly OrderButtons[]): Promise<void> {
  const shown = await view(id);
  const actions = Object.fromEntries(BUTTONS.map((button) => [button, expected[button] === null]));
  assert.deepStrictEqual(shown['actions'], actions);
  const unpaid = (shown['unpaidOrders'] as Json[]).map(({ type, canPay, canCancel }) =>
    `${String(type)}: ${[canPay === true ? 'pay' : '', canCancel === true ? 'cancel' : ''].join(' ').trim()}`.trim(),
  );
  assert.deepStrictEqual(unpaid.toSorted(), [...orders].toSorted());
}

/** Pay is carried out: the charge is made, here declined, and the order stays as it was. */
async function payIsCarriedOut(number: string): Promise<void> {
  const { status, body } = await pay(number, 'tok_declined');
  assert.equal(status, 202, JSON.stringify(body));
  await eventually(
    'the declined charge',
    () => api.get(`/v1/orders/${number}`),
    (answer) => (answer.body['lastCharge'] as Json | null)?.['status'] === 'declined',
  );
}

function pay(number: string, token: string): Promise<Answer> {
  return api.post(`/v1/orders/${number}/pay`, { paymentMethod: { type: 'card', token } });
}

/** Neither Pay nor Cancel shows on an order that is no longer unpaid; both are refused. */
async function isSettled(number: string, code = 'order_not_unpaid'): Promise<void> {
  refused(await pay(number, 'tok_approved'), code, 'Pay');
  refused(await api.post(`/v1/orders/${number}/cancel`), code, 'Cancel');
}

describe('before the first activation', () => {
  it('a first order that is unpaid shows Pay and Cancel alone; cancelled, nothing shows any more', async () => {
    const { body } = await firstOrder(api);
    const [id, number] = [String(body['subscriptionId']), String(body['number'])];
    await prove(id, NOTHING_YET, ['first_purchase: pay cancel']);
    await payIsCarriedOut(number);
    await shows(id, NOTHING_YET, ['first_purchase: pay cancel']);
    await cancel(number);
    await untilStatus(api, id, 'closed');
    await prove(id, ENDED);
    refused(await pay(number, 'tok_approved'), 'subscription_ended', 'Pay');
  });

  it('a first order that stays unpaid for 60 days is closed: nothing shows', async () => {
    const { body } = await firstOrder(api);
    const id = String(body['subscriptionId']);
    await advance(id, 'P61D');
    await untilStatus(api, id, 'closed');
    await prove(id, ENDED);
    await isSettled(String(body['number']), 'subscription_ended');
  });

  it('awaiting_activation shows no button', async () => {
    held = new Promise((resolve) => (release = resolve));
    try {
      const { body } = await firstOrder(api);
      await transfer(api, body);
      const id = String(body['subscriptionId']);
      await untilStatus(api, id, 'awaiting_activation');
      await prove(id, NOTHING_YET);
      await isSettled(String(body['number']));
    } finally {
      release();
    }
  });

  it('activation_failed shows no button', async () => {
    const customerId = await createCustomer(api, { phone: SANDBOX_REFUSED_PHONE });
    const { body } = await firstOrder(api, { customerId });
    await transfer(api, body);
    const id = String(body['subscriptionId']);
    await untilStatus(api, id, 'activation_failed');
    await prove(id, NOTHING_YET);
    await isSettled(String(body['number']));
  });
});

describe('an active service', () => {
  it('with auto-renewal off shows Renew and Upgrade', async () => {
    const { id, order: first } = await activeService(api);
    await prove(id, row(null, null, NOT_NOW, null));
    await isSettled(String(first['number']));
  });

  it('with auto-renewal on shows Upgrade alone; Renew comes back once it is switched off', async () => {
    const { id } = await activeService(api, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    await prove(id, row('auto_renewal_on', null, NOT_NOW, null));
    await api.put(path(id, '/auto-renewal'), { on: false });
    await prove(id, row(null, null, NOT_NOW, null));
  });

  it('with an unpaid renewal order hides Renew, which comes back after Cancel', async () => {
    const { id } = await activeService(api);
    const number = await placed(id, 'renew');
    await prove(id, row(UNPAID, null, NOT_NOW, null), ['renewal: pay cancel']);
    await payIsCarriedOut(number);
    await cancel(number);
    await prove(id, row(null, null, NOT_NOW, null));
    refused(await pay(number, 'tok_approved'), 'order_not_unpaid', 'Pay');
    // Asked again, Cancel finds it done.
    await cancel(number);
  });

  it('with an unpaid upgrade order hides Upgrade, which comes back after Cancel', async () => {
    const { id } = await activeService(api);
    const number = await placed(id, 'upgrade');
    await prove(id, row(null, UNPAID, NOT_NOW, null), ['upgrade: pay cancel']);
    await payIsCarriedOut(number);
    await cancel(number);
    await prove(id, row(null, null, NOT_NOW, null));
  });

  it('with both unpaid shows Pay and Cancel on each and nothing else; paid, the renewal renews', async () => {
    const { id, view: shown } = await activeService(api);
    const renewal = await placed(id, 'renew');
    const upgrade = await placed(id, 'upgrade');
    await prove(id, row(UNPAID, UNPAID, NOT_NOW, null), ['renewal: pay cancel', 'upgrade: pay cancel']);
    await cancel(upgrade);
    assert.equal((await pay(renewal, 'tok_approved')).status, 202);
    const expiry = String(shown['expiresOn']);
    await eventually(
      'the renewal',
      () => view(id),
      (now) => String(now['expiresOn']) > expiry,
    );
    await isSettled(renewal);
    // Paying a renewal by card switches auto-renewal on.
    await prove(id, row('auto_renewal_on', null, NOT_NOW, null));
  });

  it('shows neither Pay nor Cancel on the order that is being charged, and no second charge beside it', async () => {
    const { id } = await activeService(api);
    const [renewal, upgrade] = [await placed(id, 'renew'), await placed(id, 'upgrade')];
    assert.equal((await pay(renewal, 'tok_outage')).status, 202);
    await prove(id, row(UNPAID, UNPAID, NOT_NOW, 'charge_in_progress'), ['renewal:', 'upgrade: cancel']);
    refused(await pay(renewal, 'tok_approved'), 'charge_in_progress', 'Pay');
    refused(await api.post(`/v1/orders/${renewal}/cancel`), 'charge_in_progress', 'Cancel');
    refused(await pay(upgrade, 'tok_approved'), 'charge_in_progress', 'Pay beside it');
    await cancel(upgrade);
    await shows(id, row(UNPAID, null, NOT_NOW, 'charge_in_progress'), ['renewal:']);
  });

  it('shows Pay and Cancel on the order that auto-renewal could not charge', async () => {
    const { id } = await activeService(api, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    await api.put(path(id, '/payment-method'), { type: 'card', token: 'tok_declined' });
    await advance(id, 'P11M27D');
    const [unpaid] = (await view(id))['unpaidOrders'] as Json[];
    await prove(id, row(UNPAID, null, NOT_NOW, null), ['renewal: pay cancel']);
    await payIsCarriedOut(String(unpaid?.['number']));
    await cancel(String(unpaid?.['number']));
    // Auto-renewal is still on: the service will expire unless it is switched off, or off and on.
    await prove(id, row('auto_renewal_on', null, NOT_NOW, null));
  });

  it('after notice of termination shows nothing, and what was unpaid is cancelled', async () => {
    const { id } = await activeService(api);
    const number = await placed(id, 'renew');
    const given = await api.post(path(id, '/termination'));
    assert.equal(given.status, 200, JSON.stringify(given.body));
    await prove(id, row('notice_given', 'notice_given', NOT_NOW, 'notice_given'));
    await isSettled(number);
    refused(await api.put(path(id, '/auto-renewal'), { on: true }), 'notice_given', 'auto-renewal');
    await advance(id, 'P1Y');
    await untilStatus(api, id, 'terminated');
    await prove(id, ENDED);
  });
});

describe('an expired service', () => {
  const EXPIRED = row(NOT_NOW, NOT_NOW, null, NOT_NOW);
  const REACTIVATING = row(NOT_NOW, NOT_NOW, UNPAID, NOT_NOW);

  it('shows Reactivate alone, from its first day to day 60, and on day 61 nothing', async () => {
    const { id, order: first } = await activeService(api);
    await advance(id, 'P1Y');
    assert.equal((await view(id))['daysToExpiry'], 0);
    await prove(id, EXPIRED);
    await advance(id, 'P60D');
    const shown = await view(id);
    assert.deepStrictEqual([shown['status'], shown['daysToExpiry']], ['expired', -60]);
    await prove(id, EXPIRED);
    await advance(id, 'P1D');
    assert.equal((await view(id))['status'], 'terminated');
    await prove(id, ENDED);
    await isSettled(String(first['number']), 'subscription_ended');
  });

  it('hides Reactivate while a reactivation is unpaid; Pay brings the service back', async () => {
    const { id } = await activeService(api);
    await advance(id, 'P1Y3D');
    const number = await placed(id, 'reactivate');
    await prove(id, REACTIVATING, ['reactivation: pay cancel']);
    await payIsCarriedOut(number);
    await cancel(number);
    await prove(id, EXPIRED);
    const again = await placed(id, 'reactivate');
    assert.equal((await pay(again, 'tok_approved')).status, 202);
    await untilStatus(api, id, 'active');
    await prove(id, row('auto_renewal_on', null, NOT_NOW, null));
  });

  it('hides Reactivate while a renewal from before is unpaid, but not for an upgrade', async () => {
    const { id } = await activeService(api);
    const renewal = await placed(id, 'renew');
    const upgrade = await placed(id, 'upgrade');
    await advance(id, 'P1Y1D');
    await prove(id, REACTIVATING, ['renewal: pay cancel', 'upgrade: pay cancel']);
    await cancel(renewal);
    await prove(id, EXPIRED, ['upgrade: pay cancel']);
    await payIsCarriedOut(upgrade);
    await cancel(upgrade);
    await prove(id, EXPIRED);
  });
});
