import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { pino } from 'pino';
import { deliver, type Delivery } from '../../activities/mail/deliver.ts';
import { mailServer } from '../../activities/mail/smtp.ts';
import { loadInstructions } from '../../config/instructions.ts';
import { ensureAccount } from '../../db/accounts.ts';
import { listMessages } from '../../db/messages.ts';
import { reserveOrder } from '../../db/orders.ts';
import { countQueued } from '../../db/outbox.ts';
import { verifyPassword } from '../../db/passwords.ts';
import type { Instant } from '../../domain/calendar.ts';
import { Life, openFresh, type TestDatabase } from '../db/support/life.ts';
import { answer, eventually, Mailbox, openOutbox } from './support/mailbox.ts';

let test: TestDatabase;
before(async () => {
  test = await openFresh();
});
after(async () => test.close());
// Each test sees only its own jobs.
beforeEach(async () => test.db.raw('truncate graphile_worker._private_jobs, graphile_worker._private_job_queues'));

async function outboxFor(t: TestContext, mailbox: Mailbox): Promise<{ lines: string[]; stop(): Promise<void> }> {
  const outbox = await openOutbox({ db: test.db, databaseUrl: test.url, smtpUrl: mailbox.url });
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (!stopped) await outbox.stop();
    stopped = true;
  };
  t.after(stop);
  return { lines: outbox.lines, stop };
}

async function openMailbox(t: TestContext): Promise<Mailbox> {
  const mailbox = await Mailbox.open();
  t.after(async () => mailbox.close());
  return mailbox;
}

/** Sending by hand, without the queue. */
function deliveryTo(mailbox: Mailbox): Delivery {
  return {
    db: test.db,
    server: mailServer(mailbox.url, 'Rinnovo <noreply@rinnovo.example>'),
    publicUrl: 'https://clienti.example/area',
    instructions: loadInstructions(),
    log: pino({ level: 'silent' }),
    clock: () => Date.parse('2026-11-22T12:00:00Z') as Instant,
  };
}

/** A first order, decided and not yet committed, for a holder with an address of their own. */
async function orderedForAnother(): Promise<{ life: Life; number: string }> {
  const life = await Life.begin(test.db, { email: 'ada@example.com' });
  const { number, priced } = await life.quote('first_purchase');
  const { id: _id, createdAt: _createdAt, language: _language, ...party } = life.customer;
  const holder = { ...party, companyName: 'Rossi & Figli', email: 'fatture@rossi.example' };
  await reserveOrder(test.db, { number, subscriptionId: life.id, customerId: life.customer.id, priced, holder });
  life.do({ type: 'PlaceOrder', order: { number, priced }, pay: null });
  return { life, number };
}

async function statuses(life: Life): Promise<string[]> {
  return (await listMessages(test.db, life.id)).map(({ message, status }) => `${message.kind} ${status}`);
}

async function lastId(life: Life): Promise<number> {
  return (await listMessages(test.db, life.id)).at(-1)?.id ?? 0;
}

/** Those that send mail. */
async function jobs(): Promise<{ last_error: string | null; attempts: number }[]> {
  const sending = test.db('graphile_worker.jobs').whereLike('task_identifier', 'send_%');
  return sending.select('last_error', 'attempts');
}

describe('a message whose event is committed', () => {
  it('leaves at once, on the life’s own clock, to its customer alone', async (t) => {
    const mailbox = await openMailbox(t);
    await outboxFor(t, mailbox);
    const { life, number } = await Life.ordered(test.db, { email: 'ada.rossi@example.com' });
    await mailbox.holds(1);
    const mail = mailbox.mails[0]!;
    assert.deepStrictEqual(mail.recipients, ['ada.rossi@example.com']);
    assert.strictEqual(mail.from?.text, '"Rinnovo" <noreply@rinnovo.example>');
    assert.strictEqual(mail.subject, `Ordine ${number}: conferma e modalità di pagamento`);
    assert.strictEqual(mail.messageId, `<${life.id}.1.order_confirmed@rinnovo.example>`);
    assert.strictEqual(mail.date?.toISOString(), '2027-03-04T09:00:00.000Z');
    assert.strictEqual(mail.headers.get('auto-submitted'), 'auto-generated');
    assert.ok(mail.text?.includes('Gentile Ada Rossi,') && mail.text.includes(`Causale: ${number}`));
    assert.ok(String(mail.html).includes('<bdi>Ada Rossi</bdi>'));
    await eventually('the mark', async () => (await countQueued(test.db, life.id)) === 0);
    assert.deepStrictEqual(await statuses(life), ['order_confirmed sent']);
  });

  it('speaks the customer’s language', async (t) => {
    const mailbox = await openMailbox(t);
    await outboxFor(t, mailbox);
    const { number } = await Life.ordered(test.db, { language: 'en', companyName: 'Bright Ltd' });
    await mailbox.holds(1);
    assert.strictEqual(mailbox.mails[0]?.subject, `Order ${number}: confirmation and how to pay`);
    assert.ok(mailbox.mails[0]?.text?.startsWith('Dear Bright Ltd,'));
  });

  it('tells the holder and the account of a confirmed order, in one mail; of everything else the account alone', async (t) => {
    const mailbox = await openMailbox(t);
    await outboxFor(t, mailbox);
    const { life, number } = await orderedForAnother();
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
    await ensureAccount(test.db, { subscriptionId: life.id, customerId: life.customer.id });
    life.do({ type: 'RecordActivation', username: 'rn00000001' });
    await life.commit();
    await mailbox.holds(3);
    assert.deepStrictEqual(
      mailbox.mails.map(({ recipients }) => recipients),
      [['fatture@rossi.example', 'ada@example.com'], ['ada@example.com'], ['ada@example.com']],
    );
    assert.deepStrictEqual(mailbox.kinds, ['order_confirmed', 'payment_received', 'activation']);
    assert.ok(mailbox.mails[0]?.text?.startsWith('Gentile Rossi & Figli,'));
    assert.ok(mailbox.mails[2]?.text?.startsWith('Gentile Ada Rossi,'));
  });

  it('reaches whom it can where the server does not take one of its two addresses', async (t) => {
    const mailbox = await openMailbox(t);
    mailbox.unknown.add('fatture@rossi.example');
    const { lines } = await outboxFor(t, mailbox);
    const { life } = await orderedForAnother();
    await life.commit();
    await eventually('the mark', async () => (await countQueued(test.db, life.id)) === 0);
    assert.deepStrictEqual(
      mailbox.mails.map(({ recipients }) => recipients),
      [['ada@example.com']],
    );
    const warning = lines.find((line) => line.includes('not to everybody')) ?? '';
    assert.ok(warning.includes('"refusedRecipients":1') && !lines.join('').includes('rossi.example'));
  });

  it('is sent once, when its job runs twice and when two ask at once', async (t) => {
    const mailbox = await openMailbox(t);
    const { life } = await Life.ordered(test.db);
    const id = await lastId(life);
    const delivery = deliveryTo(mailbox);
    await Promise.all([deliver(delivery, id), deliver(delivery, id)]);
    await deliver(delivery, id);
    await outboxFor(t, mailbox);
    await eventually('the job to be done', async () => (await jobs()).length === 0);
    assert.strictEqual(mailbox.mails.length, 1);
  });

  it('is sent once by two outboxes, and each life is told in order', async (t) => {
    const mailbox = await openMailbox(t);
    const lives = await Promise.all(Array.from({ length: 8 }, async () => Life.ordered(test.db)));
    for (const { life, number } of lives) {
      for (let part = 1; part <= 3; part += 1) {
        const key = `bank:${number}-${part}`;
        life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number, key, amountMinor: 3050 }) });
      }
      await life.commit();
    }
    await Promise.all([outboxFor(t, mailbox), outboxFor(t, mailbox)]);
    await eventually('the jobs to be done', async () => (await jobs()).length === 0);
    assert.strictEqual(mailbox.mails.length, 8 * 4);
    for (const { life } of lives) {
      const own = mailbox.mails.filter(({ messageId }) => messageId?.includes(life.id));
      const sequences = own.map(({ messageId }) => Number(/\.(\d+)\./.exec(messageId ?? '')?.[1]));
      assert.deepStrictEqual(
        sequences,
        [...new Set(sequences)].toSorted((a, b) => a - b),
      );
    }
  });
});

describe('while the mail server is away', () => {
  it('messages wait; when it is back all come, in order, and nobody’s address was written down', async (t) => {
    const mailbox = await Mailbox.closed();
    t.after(async () => mailbox.close());
    const outbox = await outboxFor(t, mailbox);
    const { life, number } = await Life.ordered(test.db, { email: 'waiting@example.com' });
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
    await life.commit();
    await eventually('failed jobs', async () => (await jobs()).filter(({ last_error }) => last_error).length === 2);
    for (const { last_error } of await jobs()) assert.match(last_error ?? '', /^unreachable: ESOCKET$/);
    assert.deepStrictEqual(await statuses(life), ['order_confirmed queued', 'payment_received queued']);
    await mailbox.open();
    await mailbox.holds(2);
    assert.deepStrictEqual(mailbox.kinds, ['order_confirmed', 'payment_received']);
    assert.ok(!outbox.lines.join('').includes('waiting@example.com'));
  });

  it('a message about a thing settled meanwhile is suppressed', async (t) => {
    const { life, number } = await Life.ordered(test.db);
    life.do({ type: 'CancelOrder', number });
    await life.commit();
    const mailbox = await openMailbox(t);
    const outbox = await outboxFor(t, mailbox);
    await eventually('the job to be done', async () => (await jobs()).length === 0);
    assert.deepStrictEqual(await statuses(life), ['order_confirmed suppressed']);
    assert.strictEqual(mailbox.mails.length, 0);
    assert.ok(outbox.lines.some((line) => line.includes('"reason":"settled_meanwhile"')));
  });

  it('an order paid meanwhile is confirmed without instructions', async (t) => {
    const { life, number } = await Life.ordered(test.db);
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
    await life.commit();
    const mailbox = await openMailbox(t);
    await outboxFor(t, mailbox);
    await mailbox.holds(2);
    assert.ok(!mailbox.mails[0]?.text?.includes('IBAN'));
  });

  it('one refused for good holds nobody up, is tried again and named by its code only', async (t) => {
    const mailbox = await openMailbox(t);
    mailbox.judge = ({ subject }) => {
      if (subject?.includes('conferma')) throw answer(554, 'no mail for refused@example.com');
    };
    const { life, number } = await Life.ordered(test.db, { email: 'refused@example.com' });
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
    await life.commit();
    const outbox = await outboxFor(t, mailbox);
    await mailbox.holds(1);
    assert.deepStrictEqual(mailbox.kinds, ['payment_received']);
    // A job that sent its mail is there a moment longer.
    await eventually('the failure alone', async () => {
      const left = await jobs();
      return left.length === 1 && left[0]?.last_error !== null;
    });
    assert.deepStrictEqual(
      (await jobs()).map(({ last_error }) => last_error),
      ['refused: EMESSAGE 554'],
    );
    mailbox.judge = () => undefined;
    await mailbox.holds(2);
    assert.ok(!outbox.lines.join('').includes('refused@example.com'));
  });

  it('a job given up by the queue is started anew, and said aloud', async (t) => {
    const { life } = await Life.ordered(test.db);
    await test.db.raw(`update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'refused: 550'`);
    const mailbox = await openMailbox(t);
    const outbox = await outboxFor(t, mailbox);
    await mailbox.holds(1);
    const said = outbox.lines.find((line) => line.includes('"attempts":25'));
    assert.ok(said?.includes(`"messageKey":"message:${await lastId(life)}"`) && said.includes('"level":50'));
  });

  it('a long wait is brought forward after an outage, and not after a refusal', async (t) => {
    await Promise.all([Life.ordered(test.db), Life.ordered(test.db)]);
    await test.db.raw(`
      update graphile_worker._private_jobs as jobs
      set run_at = now() + interval '6 hours', attempts = 10, last_error = errors.text
      from (select id, case row_number() over () when 1 then 'refused: EENVELOPE 550' else 'unreachable: ESOCKET' end
              as text from graphile_worker._private_jobs) as errors
      where errors.id = jobs.id`);
    await outboxFor(t, await openMailbox(t));
    const waits = async (): Promise<Record<string, boolean>> => {
      const rows = await test
        .db('graphile_worker.jobs')
        .select('last_error', test.db.raw(`run_at < now() + interval '11 minutes' as soon`));
      return Object.fromEntries(rows.map(({ last_error, soon }) => [last_error, soon]));
    };
    await eventually('a shorter wait', async () => Object.values(await waits()).includes(true));
    assert.deepStrictEqual(await waits(), { 'refused: EENVELOPE 550': false, 'unreachable: ESOCKET': true });
  });
});

describe('when a process dies', () => {
  it('between the server’s answer and our record: sent again under the same Message-ID', async (t) => {
    const mailbox = await openMailbox(t);
    const { life } = await Life.ordered(test.db);
    const delivery = deliveryTo(mailbox);
    const dying = {
      ...delivery,
      server: {
        ...delivery.server,
        send: async (envelope: Parameters<typeof delivery.server.send>[0]) => {
          await delivery.server.send(envelope);
          throw new Error('killed');
        },
      },
    };
    const id = await lastId(life);
    await assert.rejects(deliver(dying, id), /killed/);
    assert.deepStrictEqual(await statuses(life), ['order_confirmed queued']);
    await deliver(delivery, id);
    await deliver(delivery, id);
    assert.strictEqual(mailbox.mails.length, 2);
    assert.strictEqual(mailbox.mails[0]?.messageId, mailbox.mails[1]?.messageId);
  });

  it('with a job in hand: the job is freed and done', async (t) => {
    const { life } = await Life.ordered(test.db);
    await test.db.raw(`
      update graphile_worker._private_jobs set locked_by = 'pool-dead', locked_at = now() - interval '1 minute';
      update graphile_worker._private_job_queues set locked_by = 'pool-dead', locked_at = now() - interval '1 minute';`);
    const mailbox = await openMailbox(t);
    const outbox = await outboxFor(t, mailbox);
    await mailbox.holds(1);
    assert.ok(mailbox.mails[0]?.messageId?.includes(life.id));
    assert.ok(outbox.lines.some((line) => line.includes('"pools":["pool-dead"]')));
  });

  it('a message that is being sent is left to its sender', async (t) => {
    const mailbox = await openMailbox(t);
    const { life } = await Life.ordered(test.db);
    await test.db.raw(`
      update graphile_worker._private_jobs set locked_by = 'pool-slow', locked_at = now() - interval '1 minute';
      update graphile_worker._private_job_queues set locked_by = 'pool-slow', locked_at = now() - interval '1 minute';`);
    await test.db.transaction(async (trx) => {
      await trx('messages')
        .where({ id: await lastId(life) })
        .forUpdate();
      const outbox = await outboxFor(t, mailbox);
      const other = await Life.ordered(test.db);
      await mailbox.holds(1);
      assert.ok(mailbox.mails[0]?.messageId?.includes(other.life.id));
      assert.ok(!outbox.lines.some((line) => line.includes('pool-slow')));
      await outbox.stop();
    });
    assert.deepStrictEqual(await statuses(life), ['order_confirmed queued']);
  });

  it('Postgres cut every connection: the outbox goes on', async (t) => {
    const mailbox = await openMailbox(t);
    await outboxFor(t, mailbox);
    await Life.ordered(test.db);
    await mailbox.holds(1);
    await test.db.raw(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await Life.ordered(test.db);
    await mailbox.holds(2);
  });
});

describe('an activation', () => {
  /** Paid and active, its messages queued. */
  async function activated(): Promise<Life> {
    const { life, number } = await Life.ordered(test.db);
    const { username } = await ensureAccount(test.db, { subscriptionId: life.id, customerId: life.customer.id });
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
    life.do({ type: 'RecordActivation', username });
    await life.commit();
    return life;
  }

  function passwordIn(text: string | undefined): string {
    return /Password temporanea: (\S+)/.exec(text ?? '')?.[1] ?? '';
  }

  async function opens(life: Life, password: string): Promise<boolean> {
    const row = await test.db('accounts').where({ subscription_id: life.id }).first('password_hash');
    return verifyPassword(password, String(row?.password_hash));
  }

  /** All that Postgres holds, as text. */
  async function everything(): Promise<string> {
    const { rows } = await test.db.raw<{ rows: { name: string }[] }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const dumps = rows.map(async ({ name }) => {
      const dump = await test.db.raw<{ rows: { all: string | null }[] }>(
        `select string_agg(to_jsonb(t)::text, e'\\n') as all from ${name} as t`,
      );
      return dump.rows[0]?.all ?? '';
    });
    return (await Promise.all(dumps)).join('\n');
  }

  it('mails username and a temporary password, which opens the account and stands nowhere else', async (t) => {
    const mailbox = await openMailbox(t);
    const outbox = await outboxFor(t, mailbox);
    const life = await activated();
    await mailbox.holds(3);
    const password = passwordIn(mailbox.mails[2]?.text);
    assert.match(password, /^([a-z2-9]{4}-){3}[a-z2-9]{4}$/);
    assert.ok(mailbox.mails[2]?.text?.includes('Username: rn'));
    await eventually('the mark', async () => (await countQueued(test.db, life.id)) === 0);
    assert.ok(await opens(life, password));
    const written = `${await everything()}\n${outbox.lines.join('')}`;
    assert.ok(written.includes(life.id) && !written.includes(password));
  });

  it('mails another password with each try, under another Message-ID, and only the last opens the account', async (t) => {
    const mailbox = await openMailbox(t);
    const seen: (string | undefined)[][] = [];
    mailbox.judge = ({ text, messageId }) => {
      if (!text?.includes('Password')) return;
      seen.push([passwordIn(text), messageId]);
      if (seen.length === 1) throw answer(451, 'try again later');
    };
    await outboxFor(t, mailbox);
    const life = await activated();
    await mailbox.holds(3);
    await eventually('the mark', async () => (await countQueued(test.db, life.id)) === 0);
    assert.strictEqual(seen.length, 2);
    assert.notStrictEqual(seen[0]?.[0], seen[1]?.[0]);
    assert.notStrictEqual(seen[0]?.[1], seen[1]?.[1]);
    assert.strictEqual(await opens(life, seen[0]?.[0] ?? ''), false);
    assert.strictEqual(await opens(life, seen[1]?.[0] ?? ''), true);
  });

  it('is suppressed once the customer has chosen a password', async (t) => {
    const life = await activated();
    await test
      .db('accounts')
      .where({ subscription_id: life.id })
      .update({ must_change_password: false, password_hash: 'own' });
    const mailbox = await openMailbox(t);
    await outboxFor(t, mailbox);
    await eventually('the jobs to be done', async () => (await jobs()).length === 0);
    assert.strictEqual((await statuses(life)).at(-1), 'activation suppressed');
    assert.deepStrictEqual(mailbox.kinds, ['order_confirmed', 'payment_received']);
  });
});

describe('hostile input', () => {
  it('in a name names no further recipient and adds no header', async (t) => {
    const mailbox = await openMailbox(t);
    await outboxFor(t, mailbox);
    const firstName = 'Eve" <eve@example.com>,\r\nBcc: eve@example.com\r\nX-Evil: 1\r\n\r\n<script>';
    await Life.ordered(test.db, { firstName, email: 'real@example.com' });
    await mailbox.holds(1);
    const mail = mailbox.mails[0]!;
    assert.deepStrictEqual(mail.recipients, ['real@example.com']);
    assert.ok(!mail.headers.has('bcc') && !mail.headers.has('x-evil'));
    assert.ok(!String(mail.html).includes('<script'));
  });

  for (const email of ['a@example.com\r\nBcc: eve@example.com', 'a@example.com, eve@example.com', '"a@b.c x"@d.e']) {
    it(`no mail goes to the address ${JSON.stringify(email)}`, async (t) => {
      const mailbox = await openMailbox(t);
      const { life } = await Life.ordered(test.db, { email });
      await assert.rejects(deliver(deliveryTo(mailbox), await lastId(life)), /refused: unusable address/);
      assert.strictEqual(mailbox.mails.length, 0);
    });
  }
});
