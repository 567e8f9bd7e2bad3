import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { renderAccount } from '../../activities/mail/render.ts';
import { queueAccountMessage, queuePasswordReset, queueUsernameReminder } from '../../db/accountMessages.ts';
import type { AccountMessageKind } from '../../db/accountMessages.ts';
import { createCustomerAccount, ensureAccount, setPassword, type Account } from '../../db/accounts.ts';
import { createCustomer, type NewCustomer } from '../../db/customers.ts';
import { unlockAbandonedJobs } from '../../db/outbox.ts';
import { findLink } from '../../db/passwordLinks.ts';
import { instant } from '../../domain/calendar.ts';
import { aCustomer, openFresh, type TestDatabase } from '../db/support/life.ts';
import { answer, eventually, Mailbox, openOutbox, type Mail } from './support/mailbox.ts';

const KINDS = [
  'registration_confirmed',
  'password_reset',
  'invitation',
  'username_reminder',
  'password_changed',
] as const satisfies readonly AccountMessageKind[];
/** The mailbox's outbox believes it is this moment. */
const WALL = instant('2026-11-22T13:00:00+01:00');
const AREA = 'https://clienti.example/area';

let test: TestDatabase;
before(async () => {
  test = await openFresh();
});
after(async () => test.close());
// Each test sees only its own jobs.
beforeEach(async () => test.db.raw('truncate graphile_worker._private_jobs, graphile_worker._private_job_queues'));

let serial = 0;

async function anAccount(changes: Partial<NewCustomer> = {}, passwordHash: string | null = 'hash'): Promise<Account> {
  const { id: customerId } = await createCustomer(test.db, aCustomer(changes));
  return createCustomerAccount(test.db, { customerId, username: `user.${(serial += 1)}`, passwordHash });
}

async function openMailbox(t: TestContext): Promise<Mailbox> {
  const mailbox = await Mailbox.open();
  t.after(async () => mailbox.close());
  return mailbox;
}

async function openOutboxFor(t: TestContext, mailbox: Mailbox): Promise<{ lines: string[] }> {
  const outbox = await openOutbox({ db: test.db, databaseUrl: test.url, smtpUrl: mailbox.url });
  t.after(async () => outbox.stop());
  return outbox;
}

const jobsAreDone = () =>
  eventually('the jobs to be done', async () => (await test.db('graphile_worker.jobs').select('id')).length === 0);

const linkIn = (mail: Mail | undefined): string => /\/reset\/([\w-]+)$/m.exec(mail?.text ?? '')?.[1] ?? '';

for (const language of ['it', 'en'] as const) {
  describe(`a letter about an account in ${language}`, () => {
    for (const kind of KINDS) {
      it(`${kind} is whole, and HTML says the same as text`, () => {
        const name = '<script>alert(1)</script> Ada';
        const facts = { username: 'ada.rossi', usernames: ['ada.rossi', 'rn00000001'], url: `${AREA}/reset/abc` };
        const { subject, text, html } = renderAccount(kind, { language, name }, facts);
        assert.ok(subject.length > 10 && subject.length < 120, subject);
        assert.ok(text.startsWith(language === 'it' ? 'Gentile <script>' : 'Dear <script>'), text);
        assert.ok(text.includes(facts.url) && html.includes(facts.url));
        const usernames = kind === 'username_reminder' ? facts.usernames : ['ada.rossi'];
        for (const username of usernames) assert.ok(text.includes(username) && html.includes(username), username);
        for (const part of [subject, text, html]) assert.doesNotMatch(part, /\b(undefined|null|NaN)\b|\[object|\$\{/);
        assert.ok(!html.includes('<script'));
      });
    }
  });
}

describe('a message about an account', () => {
  it('goes to its customer alone, in their language', async (t) => {
    const mailbox = await openMailbox(t);
    const outbox = await openOutboxFor(t, mailbox);
    const account = await anAccount({ email: 'ada.rossi@example.com' });
    await queueAccountMessage(test.db, account.id, 'registration_confirmed');
    await mailbox.holds(1);
    const [mail] = mailbox.mails;
    assert.deepStrictEqual(mail?.recipients, ['ada.rossi@example.com']);
    assert.strictEqual(mail.subject, 'Conferma iscrizione');
    assert.ok(mail.text?.includes(`Username: ${account.username}`) && mail.text.includes(AREA));
    assert.match(mail.messageId ?? '', new RegExp(`^<${account.id}\\.\\d+\\.registration_confirmed@rinnovo.example>$`));
    await jobsAreDone();
    assert.ok(!outbox.lines.join('').includes('ada.rossi@example.com'));
    const english = await anAccount({ language: 'en' });
    await queueAccountMessage(test.db, english.id, 'password_changed');
    await mailbox.holds(2);
    assert.strictEqual(mailbox.mails[1]?.subject, 'Your password was changed');
  });

  it('is sent once, also by two outboxes', async (t) => {
    const mailbox = await openMailbox(t);
    for (let count = 0; count < 8; count += 1) {
      await queueAccountMessage(test.db, (await anAccount()).id, 'registration_confirmed');
    }
    await Promise.all([openOutboxFor(t, mailbox), openOutboxFor(t, mailbox)]);
    await jobsAreDone();
    assert.strictEqual(mailbox.mails.length, 8);
  });

  it('reminds of every username at the address, those of services, too', async (t) => {
    const mailbox = await openMailbox(t);
    await openOutboxFor(t, mailbox);
    const account = await anAccount({ email: 'many@example.com' });
    const service = await ensureAccount(test.db, { subscriptionId: 'sub_many', customerId: account.customerId });
    await queueUsernameReminder(test.db, 'MANY@example.com');
    await mailbox.holds(1);
    for (const { username } of [account, service]) assert.ok(mailbox.mails[0]?.text?.includes(`Username: ${username}`));
  });

  it('whose process died is freed, and sent by the next', async (t) => {
    const account = await anAccount();
    await queueAccountMessage(test.db, account.id, 'password_changed');
    await test.db.raw(
      `update graphile_worker._private_jobs set locked_by = 'dead', locked_at = now() - interval '1 minute', attempts = 1`,
    );
    assert.deepStrictEqual(await unlockAbandonedJobs(test.db), ['dead']);
    const mailbox = await openMailbox(t);
    await openOutboxFor(t, mailbox);
    await mailbox.holds(1);
  });
});

describe('a mailed link', () => {
  it('is in the mail, and nowhere else in clear', async (t) => {
    const mailbox = await openMailbox(t);
    const outbox = await openOutboxFor(t, mailbox);
    const account = await anAccount();
    await queuePasswordReset(test.db, account.username);
    await mailbox.holds(1);
    await jobsAreDone();
    const token = linkIn(mailbox.mails[0]);
    assert.match(token, /^[\w-]{43}$/);
    assert.strictEqual((await findLink(test.db, token, WALL))?.accountId, account.id);
    const { rows } = await test.db.raw<{ rows: { text: string }[] }>(
      `select row_to_json(m)::text as text from account_messages m union all
       select row_to_json(l)::text from password_links l union all
       select row_to_json(j)::text from graphile_worker._private_jobs j`,
    );
    const written = `${rows.map(({ text }) => text).join('')}${outbox.lines.join('')}`;
    assert.ok(written.includes(account.id) && !written.includes(token));
  });

  it('is another with each try, under another Message-ID, and only the last is good', async (t) => {
    const mailbox = await openMailbox(t);
    const seen: Mail[] = [];
    mailbox.judge = (mail) => {
      seen.push(mail);
      if (seen.length === 1) throw answer(451, 'try again later');
    };
    await openOutboxFor(t, mailbox);
    const account = await anAccount();
    await queuePasswordReset(test.db, account.username);
    await mailbox.holds(1);
    await jobsAreDone();
    const [first, second] = seen;
    assert.notStrictEqual(first?.messageId, second?.messageId);
    assert.strictEqual(await findLink(test.db, linkIn(first), WALL), null);
    assert.strictEqual((await findLink(test.db, linkIn(second), WALL))?.purpose, 'reset');
  });

  it('invites who has no password yet, and nobody else', async (t) => {
    const mailbox = await openMailbox(t);
    const [invited, faster] = [await anAccount({}, null), await anAccount({}, null)];
    for (const { id } of [invited, faster]) await queueAccountMessage(test.db, id, 'invitation');
    await setPassword(test.db, faster.id, 'own');
    await openOutboxFor(t, mailbox);
    await jobsAreDone();
    assert.strictEqual(mailbox.mails.length, 1);
    assert.strictEqual((await findLink(test.db, linkIn(mailbox.mails[0]), WALL))?.purpose, 'invitation');
    const statuses: { status: string }[] = await test
      .db('account_messages')
      .whereIn('account_id', [invited.id, faster.id])
      .orderBy('id')
      .select('status');
    assert.deepStrictEqual(statuses, [{ status: 'sent' }, { status: 'suppressed' }]);
  });
});
