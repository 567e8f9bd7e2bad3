/**
 * A mail server that delivers to a folder, and a page to read it with: what Rinnovo sends in the sandbox ends here.
 *
 * `GET /api/messages[?to=address]` answers the messages as JSON, newest first.
 */
import type { Server } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { callbackify } from 'node:util';
import express from 'express';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { CONTENT_SECURITY_POLICY, listPage, messagePage } from './inboxPage.ts';
import { InboxStore } from './inboxStore.ts';
import { readSettings } from './settings.ts';

const LOOPBACK = '127.0.0.1';
const MAX_BYTES = 25 * 1024 * 1024;

export interface Inbox {
  close(): Promise<void>;
}

export async function startInbox(dir: string, ports: { smtp: number; web: number }): Promise<Inbox> {
  const store = new InboxStore(dir);
  const smtp = mailServer(store);
  await new Promise<void>((resolve, reject) => {
    smtp.once('error', reject);
    smtp.listen(ports.smtp, LOOPBACK, resolve);
  });
  // A client that hangs up in the middle is no reason to end.
  smtp.on('error', () => undefined);
  const web = await new Promise<Server>((resolve, reject) => {
    const server = webPages(store).listen(ports.web, LOOPBACK, (error) => (error ? reject(error) : resolve(server)));
  });
  return {
    close: async () => {
      web.closeAllConnections();
      await Promise.all([
        new Promise<void>((resolve) => smtp.close(resolve)),
        new Promise((resolve) => web.close(resolve)),
      ]);
    },
  };
}

function mailServer(store: InboxStore): SMTPServer {
  return new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: MAX_BYTES,
    // An error is a temporary failure to the sender, who comes again.
    onData: callbackify(async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      await store.add(await buffer(stream), recipients);
    }),
  });
}

function webPages(store: InboxStore): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((req, res, next) => {
    // A page from elsewhere whose name was made to point here must not read the mail.
    if (!['127.0.0.1', 'localhost'].includes(req.hostname)) {
      res.status(403).type('text').send('This inbox answers only on 127.0.0.1.');
      return;
    }
    res.set('Content-Security-Policy', CONTENT_SECURITY_POLICY).set('Referrer-Policy', 'no-referrer');
    next();
  });
  app.get('/', (_req, res) => {
    res.send(listPage(store.list()));
  });
  app.get('/messages/:id', (req, res) => {
    const message = store.find(req.params.id);
    if (message === undefined) res.status(404).type('text').send('There is no such message.');
    else res.send(messagePage(message));
  });
  app.get('/api/messages', (req, res) => {
    const { to } = req.query;
    res.json(store.list(typeof to === 'string' ? to : undefined));
  });
  return app;
}

if (import.meta.main) {
  const { dataDir, ports } = readSettings(process.env);
  const inbox = await startInbox(join(dataDir, 'inbox'), { smtp: ports.smtp, web: ports.inbox });
  process.once('SIGTERM', () => void inbox.close());
}
