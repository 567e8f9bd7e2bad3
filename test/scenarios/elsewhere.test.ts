/** Processes on a machine that lives on the other side of the world, and writes a capital i with a dot. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addDays } from '../../domain/calendar.ts';
import { ACCEPTED } from '../api/support/customers.ts';
import { captures, subscribe, untilAllMailIsSent } from './support/lives.ts';
import { Stack } from './support/stack.ts';

const ELSEWHERE = { TZ: 'Pacific/Auckland', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' };

/** A time of Rome's clock, by the rule of summer time and nothing else: last Sunday of March to last Sunday of October. */
function inRome(date: string, hour: string): string {
  const year = Number(date.slice(0, 4));
  const [begins, ends] = [lastSunday(year, 3), lastSunday(year, 10)];
  // The clocks change at two and at three in the night: midnight of that day still has the old time.
  const isSummer = hour === '00' ? date > begins && date <= ends : date >= begins && date < ends;
  return `${date}T${hour}:00:00${isSummer ? '+02:00' : '+01:00'}`;
}

function lastSunday(year: number, month: number): string {
  const last = new Date(Date.UTC(year, month, 0));
  last.setUTCDate(last.getUTCDate() - last.getUTCDay());
  return last.toISOString().slice(0, 10);
}

describe('where the processes run with TZ=Pacific/Auckland and LANG=tr_TR.UTF-8', () => {
  let stack: Stack;
  before(async () => {
    stack = await Stack.onSharedServers(ELSEWHERE);
  });
  after(() => stack.stop());

  it('all dates are those of Rome, over two years of charges, an expiry and an end', async () => {
    const life = await subscribe(stack, 'tok_approved');
    const first = await life.expiresOn();
    await life.moveBy('P20M');
    await stack.ask('PUT', `/v1/subscriptions/${life.id}/auto-renewal`, { on: false });
    const last = await life.expiresOn();
    assert.equal(last.slice(4), first.slice(4));
    await life.moveBy('P1Y');
    const events = (await life.timeline()).filter(({ type }) => DATED.includes(type)).slice(1);
    assert.deepEqual(
      events.map(({ at, type }) => `${at} ${type}`),
      [
        `${inRome(addDays(first, -30), '09')} AutoRenewalAnnounced`,
        `${inRome(addDays(first, -7), '09')} ChargeStarted`,
        `${inRome(addDays(last, -90), '09')} RenewalReminderDue`,
        `${inRome(addDays(last, -30), '09')} RenewalReminderDue`,
        `${inRome(addDays(last, -7), '09')} RenewalReminderDue`,
        `${inRome(last, '00')} Expired`,
        `${inRome(addDays(last, 53), '09')} LastCallDue`,
        `${inRome(addDays(last, 61), '00')} Terminated`,
      ],
    );
    assert.equal((await captures(life)).length, 2);
    await untilAllMailIsSent(stack);
    const charged = stack.mailbox.mails.find(
      ({ messageId }) => messageId?.includes(`${life.id}.`) && messageId.includes('.charged'),
    );
    assert.match(charged?.text ?? '', new RegExp(String(Number(last.slice(8)))));
  });

  it('of two renewals posted at once one wins, and the other is refused as the second', async () => {
    const life = await subscribe(stack);
    const body = {
      type: 'renewal',
      subscriptionId: life.id,
      years: 1,
      acceptedTerms: ACCEPTED,
      paymentMethod: { type: 'bank_transfer' },
    };
    const answers = await Promise.all([1, 2, 3].map(() => stack.send('POST', '/v1/orders', body)));
    const refused = answers.filter(({ status }) => status !== 201);
    assert.deepEqual(
      refused.map(({ status, body: problem }) => [status, problem['code']]),
      [
        [409, 'unpaid_order_exists'],
        [409, 'unpaid_order_exists'],
      ],
    );
    assert.equal(((await life.view())['unpaidOrders'] as unknown[]).length, 1);
  });
});

const DATED = ['AutoRenewalAnnounced', 'ChargeStarted', 'RenewalReminderDue', 'Expired', 'LastCallDue', 'Terminated'];
