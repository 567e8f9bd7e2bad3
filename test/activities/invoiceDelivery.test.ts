import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { pino } from 'pino';
import { readEnvironment } from '../../activities/environment.ts';
import { certifiedMailChannel } from '../../activities/invoices/certifiedMail.ts';
import { deliverInvoice } from '../../activities/invoices/deliver.ts';
import { folderChannel } from '../../activities/invoices/folder.ts';
import { DeliveryError, type InvoiceChannel, type OutgoingInvoice } from '../../activities/invoices/port.ts';
import { startOutbox } from '../../activities/mail/runner.ts';
import { loadInstructions } from '../../config/instructions.ts';
import { loadSeller, parseSeller } from '../../config/seller.ts';
import { invoiceXml, type InvoiceRow } from '../../db/issuedInvoices.ts';
import { retryInvoice } from '../../db/outbox.ts';
import { listQueue } from '../../db/queue.ts';
import { schemaFaults } from '../../documents/checks.ts';
import type { Instant } from '../../domain/calendar.ts';
import { Life, openFresh, type TestDatabase } from '../db/support/life.ts';
import { eventually, Mailbox } from '../mail/support/mailbox.ts';
import { allInvoices, issueAll } from '../support/invoicing.ts';
import { scratchDir, startScript } from '../support/scratch.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const log = pino({ level: 'silent' });
const DOCUMENT: OutgoingInvoice = {
  id: '2027-12',
  fileName: 'IT12345678903_0000C.xml',
  xml: '<?xml version="1.0" encoding="UTF-8"?><x>à</x>',
  number: '12/2027',
  kind: 'invoice',
};

async function database(t: TestContext): Promise<TestDatabase> {
  const fresh = await openFresh();
  t.after(() => fresh.close());
  return fresh;
}

async function paidLife({ db }: TestDatabase): Promise<string> {
  const { life, number } = await Life.ordered(db);
  life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
  await life.commit();
  return number;
}

/** The worker's outbox, with that channel; its mail goes nowhere. */
async function work(t: TestContext, { db, url }: TestDatabase, channel: InvoiceChannel): Promise<void> {
  const outbox = await startOutbox({
    db,
    databaseUrl: url,
    smtpUrl: 'smtp://127.0.0.1:1',
    from: 'noreply@rinnovo.example',
    publicUrl: 'http://127.0.0.1',
    instructions: loadInstructions(),
    invoices: { seller: loadSeller(), sandbox: true, channel },
    log,
  });
  t.after(() => outbox.stop());
}

async function delivered({ db }: TestDatabase): Promise<InvoiceRow> {
  let found: InvoiceRow | undefined;
  await eventually('a delivered invoice', async () => {
    [found] = await allInvoices(db);
    return found?.delivery.status === 'delivered';
  });
  return found as InvoiceRow;
}

describe('a life', () => {
  it('ends up in the folder, from its payment on, as a valid invoice', async (t) => {
    const [fresh, folder] = [await database(t), join(scratchDir(t), 'invoices')];
    const number = await paidLife(fresh);
    await work(t, fresh, folderChannel(folder));
    const invoice = await delivered(fresh);
    assert.deepStrictEqual([invoice.orderNumber, invoice.id], [number, '2027-1']);
    assert.deepStrictEqual(readdirSync(folder), [invoice.fileName]);
    const written = readFileSync(join(folder, invoice.fileName), 'utf8');
    assert.equal(written, await invoiceXml(fresh.db, invoice.id));
    assert.deepStrictEqual(schemaFaults(written), []);
  });

  for (const [when, crash] of [
    ['while it is issued', `log.info = (facts, message) => { if (message === 'invoice issued') die(); };`],
    [
      'once it is delivered and not yet marked',
      `channel.deliver = async (document) => { await deliver(document); die(); };`,
    ],
    ['before it is delivered', 'channel.deliver = async () => die();'],
  ] as const) {
    it(`gets its one invoice when the worker is killed ${when}`, async (t) => {
      const [fresh, folder, dir] = [await database(t), scratchDir(t), scratchDir(t)];
      await paidLife(fresh);
      const child = startScript(
        dir,
        'killed.ts',
        `import { pino } from '${ROOT}/node_modules/pino/pino.js';
        import { folderChannel } from '${ROOT}/activities/invoices/folder.ts';
        import { startOutbox } from '${ROOT}/activities/mail/runner.ts';
        import { loadInstructions } from '${ROOT}/config/instructions.ts';
        import { loadSeller } from '${ROOT}/config/seller.ts';
        import { openDatabase } from '${ROOT}/db/database.ts';
        const die = () => process.kill(process.pid, 'SIGKILL');
        const log = pino({ level: 'silent' });
        const channel = folderChannel('${folder}');
        const { deliver } = channel;
        ${crash}
        const invoices = { seller: loadSeller(), sandbox: true, channel };
        const mail = { smtpUrl: 'smtp://127.0.0.1:1', from: 'a@example.com', publicUrl: 'http://127.0.0.1' };
        const databaseUrl = '${fresh.url}';
        const db = openDatabase(databaseUrl);
        await startOutbox({ db, databaseUrl, ...mail, instructions: loadInstructions(), invoices, log });`,
      );
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      assert.equal(signal, 'SIGKILL');
      await work(t, fresh, folderChannel(folder));
      const invoice = await delivered(fresh);
      assert.equal((await allInvoices(fresh.db)).length, 1);
      assert.equal(invoice.number, 1);
      assert.deepStrictEqual(
        readdirSync(folder).filter((name) => !name.startsWith('.')),
        [invoice.fileName],
      );
    });
  }
});

describe('a delivery that fails', () => {
  it('is tried again, shown after the second time, and touches nothing else', async (t) => {
    const fresh = await database(t);
    const number = await paidLife(fresh);
    await issueAll(fresh.db);
    const file = join(scratchDir(t), 'invoices');
    writeFileSync(file, 'no folder');
    const channel = folderChannel(file);
    for (let time = 0; time < 2; time += 1) {
      assert.deepStrictEqual(await listQueue(fresh.db, { kind: 'invoice_undelivered', limit: 10 }), []);
      await assert.rejects(deliverInvoice({ db: fresh.db, channel, log }, '2027-1'), DeliveryError);
    }
    const [item] = await listQueue(fresh.db, { kind: 'invoice_undelivered', limit: 10 });
    assert.deepStrictEqual([item?.id, item?.orderNumber], ['2027-1', number]);
    assert.match(String(item?.details['lastError']), /^folder: E(EXIST|NOTDIR)$/);
    assert.equal(
      ((await fresh.db('orders').where({ number }).first('status')) as { status: string }).status,
      'completed',
    );
    rmSync(file);
    await deliverInvoice({ db: fresh.db, channel, log }, '2027-1');
    assert.deepStrictEqual(await listQueue(fresh.db, { kind: 'invoice_undelivered', limit: 10 }), []);
    assert.equal((await delivered(fresh)).delivery.attempts, 3);
  });

  it('waits its turn in the job queue, and goes at once when an operator says so', async (t) => {
    const fresh = await database(t);
    await paidLife(fresh);
    let broken = true;
    const deliver = (): Promise<void> => (broken ? Promise.reject(new DeliveryError('gone')) : Promise.resolve());
    await work(t, fresh, { name: 'test', deliver, close() {} });
    await eventually('two failures', async () => ((await allInvoices(fresh.db))[0]?.delivery.attempts ?? 0) >= 2);
    broken = false;
    await eventually('the end of it', async () => {
      await retryInvoice(fresh.db, 'invoice_delivery:2027-1');
      return (await allInvoices(fresh.db))[0]?.delivery.status === 'delivered';
    });
  });
});

describe('the folder', () => {
  it('takes the same document twice, and no other under its name', async (t) => {
    const folder = scratchDir(t);
    const channel = folderChannel(folder);
    await Promise.all([channel.deliver(DOCUMENT), channel.deliver(DOCUMENT)]);
    assert.deepStrictEqual(readdirSync(folder), [DOCUMENT.fileName]);
    await assert.rejects(channel.deliver({ ...DOCUMENT, xml: '<y/>' }), /another file has this name/);
    assert.equal(readFileSync(join(folder, DOCUMENT.fileName), 'utf8'), DOCUMENT.xml);
    assert.deepStrictEqual(readdirSync(folder), [DOCUMENT.fileName]);
  });

  it('that cannot be written says why, by a code alone', async (t) => {
    const folder = join(scratchDir(t), 'closed');
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    // Root may write anywhere: there it is simply delivered.
    const outcome = await folderChannel(folder)
      .deliver(DOCUMENT)
      .then(
        () => 'delivered',
        (error: Error) => error.message,
      );
    assert.ok(['delivered', 'folder: EACCES'].includes(outcome), outcome);
  });
});

describe('certified mail', () => {
  it('carries the document to the exchange system, the same message each time', async (t) => {
    const mailbox = await Mailbox.open();
    t.after(() => mailbox.close());
    const clock = () => Date.parse('2027-03-04T12:00:00Z') as Instant;
    const addresses = { from: 'fatture@pec.example.com', to: 'sdi01@pec.example.it' };
    const channel = certifiedMailChannel({ smtpUrl: mailbox.url, ...addresses, clock });
    t.after(() => channel.close());
    for (let time = 0; time < 2; time += 1) await channel.deliver(DOCUMENT);
    const [mail, again] = mailbox.mails;
    assert.deepStrictEqual(mail?.recipients, [addresses.to]);
    assert.equal(mail.messageId, again?.messageId);
    const [attachment] = mail.attachments;
    assert.deepStrictEqual([attachment?.filename, attachment?.contentType], [DOCUMENT.fileName, 'application/xml']);
    assert.equal(attachment?.content.toString('utf8'), DOCUMENT.xml);
  });

  it('whose server is down is shown, tried again, and goes once, however many offer it', async (t) => {
    const fresh = await database(t);
    const number = await paidLife(fresh);
    await issueAll(fresh.db);
    const mailbox = await Mailbox.closed();
    const addresses = { from: 'fatture@pec.example.com', to: 'sdi01@pec.example.it' };
    const channel = certifiedMailChannel({ smtpUrl: mailbox.url, ...addresses, clock: () => 0 as Instant });
    t.after(() => channel.close());
    const deliver = () => deliverInvoice({ db: fresh.db, channel, log }, '2027-1');
    for (let time = 0; time < 2; time += 1)
      await assert.rejects(deliver(), { name: 'DeliveryError', message: /^certified mail: unreachable: / });
    const [item] = await listQueue(fresh.db, { kind: 'invoice_undelivered', limit: 10 });
    assert.deepStrictEqual([item?.id, item?.orderNumber], ['2027-1', number]);
    await mailbox.open();
    t.after(() => mailbox.close());
    await Promise.all([deliver(), deliver(), deliver()]);
    await deliver();
    assert.equal(mailbox.mails.length, 1);
    assert.equal((await delivered(fresh)).delivery.attempts, 3);
  });

  it('that is refused says so by its codes alone', async (t) => {
    const mailbox = await Mailbox.open();
    t.after(() => mailbox.close());
    mailbox.unknown.add('sdi01@pec.example.it');
    const clock = () => 0 as Instant;
    const channel = certifiedMailChannel({
      smtpUrl: mailbox.url,
      from: 'a@pec.example.com',
      to: 'sdi01@pec.example.it',
      clock,
    });
    t.after(() => channel.close());
    await assert.rejects(channel.deliver(DOCUMENT), { name: 'DeliveryError', message: /^certified mail: refused: / });
  });
});

describe('the worker’s environment', () => {
  const base = { DATABASE_URL: 'postgres://localhost/rinnovo', SMTP_URL: 'smtp://localhost:25' };

  it('has invoices go into a folder unless it says whom to write to', () => {
    assert.deepStrictEqual(readEnvironment(base).invoices, { channel: 'folder', path: '.rinnovo/invoices' });
    const pec = {
      RINNOVO_INVOICE_PEC_TO: 'sdi01@pec.example.it',
      RINNOVO_INVOICE_PEC_FROM: 'fatture@pec.example.com',
      RINNOVO_INVOICE_PEC_SMTP_URL: 'smtps://user:secret@pec.example.com:465',
    };
    assert.equal(readEnvironment({ ...base, ...pec }).invoices.channel, 'certified mail');
    for (const missing of ['RINNOVO_INVOICE_PEC_FROM', 'RINNOVO_INVOICE_PEC_SMTP_URL'])
      assert.throws(() => readEnvironment({ ...base, ...pec, [missing]: '' }), new RegExp(missing));
    assert.throws(() => readEnvironment({ ...base, RINNOVO_INVOICE_PEC_TO: 'Sdi <a@b.it>' }), /PEC_TO is no mail/);
  });

  it('names who sells: a placeholder unless it is told, checked as a whole', () => {
    assert.equal(loadSeller().placeholder, true);
    const text = JSON.stringify({ ...loadSeller(), vatNumber: '12345678901', taxRegime: 'X', firstName: 'Ada' });
    assert.throws(() => parseSeller(text, 'seller.json'), /seller\.json is wrong: .*vatNumber.*taxRegime/);
    for (const taxCode of ['12345678904', 'RSSMRA45C12F205D', 'X']) {
      const wrong = JSON.stringify({ ...loadSeller(), taxCode });
      assert.throws(() => parseSeller(wrong, 'seller.json'), /taxCode: is no tax code/, taxCode);
    }
    assert.throws(() => parseSeller('{', 'seller.json'), /seller\.json is not JSON/);
  });
});
