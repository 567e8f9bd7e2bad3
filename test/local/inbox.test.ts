import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { startInbox } from '../../local/inbox.ts';
import type { Message } from '../../local/inboxStore.ts';
import { freePort } from '../../local/ports.ts';
import { scratchDir } from '../support/scratch.ts';

const MAIL = {
  from: 'rinnovo@example.com',
  to: 'anna@example.com',
  subject: 'Scadenza',
  text: 'Il servizio scade il 31 maggio.',
};

interface OpenInbox {
  url: string;
  send(mail: SendMailOptions): Promise<unknown>;
  list(query?: string): Promise<Message[]>;
  close(): Promise<void>;
}

async function openInbox(dir: string): Promise<OpenInbox> {
  const ports = { smtp: await freePort(), web: await freePort() };
  const inbox = await startInbox(dir, ports);
  const url = `http://127.0.0.1:${ports.web}`;
  const transport = createTransport(`smtp://127.0.0.1:${ports.smtp}`);
  return {
    url,
    send: (mail) => transport.sendMail(mail),
    list: async (query = '') => (await (await fetch(`${url}/api/messages${query}`)).json()) as Message[],
    close: async () => {
      transport.close();
      await inbox.close();
    },
  };
}

async function withInbox(t: TestContext, work: (inbox: OpenInbox) => Promise<void>): Promise<void> {
  const inbox = await openInbox(scratchDir(t));
  try {
    await work(inbox);
  } finally {
    await inbox.close();
  }
}

describe('the inbox', () => {
  it('keeps what was sent, with its headers', async (t) => {
    await withInbox(t, async (inbox) => {
      await inbox.send({ ...MAIL, messageId: '<1@rinnovo>', headers: { 'X-Rinnovo-Occasion': 'expiry' } });
      const [message, ...others] = await inbox.list();
      assert.deepStrictEqual(others, []);
      assert.ok(message);
      const { messageId, to, subject, text, html, headers } = message;
      assert.deepStrictEqual(
        { messageId, to, subject, text: text.trim(), html, occasion: headers['x-rinnovo-occasion'] },
        {
          messageId: '<1@rinnovo>',
          to: 'anna@example.com',
          subject: 'Scadenza',
          text: 'Il servizio scade il 31 maggio.',
          html: null,
          occasion: 'expiry',
        },
      );
    });
  });

  it('keeps a message that is sent twice once', async (t) => {
    await withInbox(t, async (inbox) => {
      for (const subject of ['Scadenza', 'Scadenza', 'Scadenza (again)'])
        await inbox.send({ ...MAIL, subject, messageId: '<1@r>' });
      await inbox.send({ ...MAIL, messageId: '<2@r>' });
      const messages = await inbox.list();
      assert.deepStrictEqual(
        messages.map(({ messageId, subject }) => [messageId, subject]),
        [
          ['<2@r>', 'Scadenza'],
          ['<1@r>', 'Scadenza'],
        ],
      );
    });
  });

  it('keeps a message once also when its two deliveries overlap', async (t) => {
    await withInbox(t, async (inbox) => {
      await Promise.all(Array.from({ length: 5 }, () => inbox.send({ ...MAIL, messageId: '<1@r>' })));
      assert.strictEqual((await inbox.list()).length, 1);
    });
  });

  it('finds the messages of one address, whoever else got them', async (t) => {
    await withInbox(t, async (inbox) => {
      await inbox.send({ ...MAIL, to: ['Anna <anna@example.com>', 'bruno@example.com'], messageId: '<1@r>' });
      await inbox.send({ ...MAIL, to: 'joanna@example.com', messageId: '<2@r>' });
      const ids = async (query: string) => (await inbox.list(query)).map(({ messageId }) => messageId);
      assert.deepStrictEqual(await ids('?to=anna@example.com'), ['<1@r>']);
      assert.deepStrictEqual(await ids('?to=BRUNO@example.com'), ['<1@r>']);
      assert.deepStrictEqual(await ids('?to=carla@example.com'), []);
    });
  });

  it('still has its messages after a restart, and still knows a repeated one', async (t) => {
    const dir = scratchDir(t);
    const first = await openInbox(dir);
    await first.send({ ...MAIL, messageId: '<1@r>' });
    await first.send({ ...MAIL, messageId: '<2@r>' });
    const before = await first.list();
    await first.close();

    const second = await openInbox(dir);
    await second.send({ ...MAIL, messageId: '<1@r>' });
    assert.deepStrictEqual(await second.list(), before);
    await second.close();
  });

  it('shows a hostile mail as text, and its HTML only in a frame that runs nothing', async (t) => {
    await withInbox(t, async (inbox) => {
      const hostile = '"><script>alert(1)</script>';
      await inbox.send({ ...MAIL, subject: hostile, text: hostile, html: `<p>${hostile}</p>` });
      const [message] = await inbox.list();
      for (const path of ['/', `/messages/${message!.id}`]) {
        const response = await fetch(inbox.url + path);
        const page = await response.text();
        assert.ok(page.includes('&quot;&gt;&lt;script&gt;'), path);
        assert.ok(!page.includes('<script'), path);
        assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
      }
      const page = await (await fetch(`${inbox.url}/messages/${message!.id}`)).text();
      assert.match(page, /<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"/);
    });
  });

  it('answers nobody who calls it by another name', async (t) => {
    await withInbox(t, async (inbox) => {
      const status = await new Promise((resolve, reject) => {
        const options = { headers: { host: 'inbox.example.com' } };
        request(`${inbox.url}/api/messages`, options, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
      assert.strictEqual(status, 403);
    });
  });
});
