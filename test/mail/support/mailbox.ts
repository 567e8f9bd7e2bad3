/** A real SMTP server in the test's own process, and an outbox that sends to it. */
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { callbackify } from 'node:util';
import { simpleParser, type ParsedMail } from 'mailparser';
import { pino } from 'pino';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { startOutbox, type Outbox, type OutboxOptions } from '../../../activities/mail/runner.ts';
import { loadInstructions } from '../../../config/instructions.ts';
import type { Instant } from '../../../domain/calendar.ts';
import { freePort } from '../../support/services.ts';

export interface Mail extends ParsedMail {
  readonly source: string;
  readonly recipients: readonly string[];
}

export class Mailbox {
  readonly mails: Mail[] = [];
  readonly port: number;
  /** Throws to refuse what came; its `responseCode` is the server's answer. Asked before the mail is kept. */
  judge: (mail: Mail) => void = () => undefined;
  /** Addresses it takes nothing for. */
  readonly unknown = new Set<string>();
  #server: SMTPServer | null = null;

  constructor(port: number) {
    this.port = port;
  }

  static async closed(): Promise<Mailbox> {
    return new Mailbox(await freePort());
  }

  static async open(): Promise<Mailbox> {
    const mailbox = await Mailbox.closed();
    await mailbox.open();
    return mailbox;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** What came, in order, by the kind in its Message-ID. */
  get kinds(): string[] {
    return this.mails.map(({ messageId }) => /\.\d+\.(\w+)/.exec(messageId ?? '')?.[1] ?? '');
  }

  async open(): Promise<void> {
    const server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      closeTimeout: 1000,
      onRcptTo: ({ address }, _session, done) => done(this.unknown.has(address) ? answer(550) : null),
      onData: callbackify(async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
        const source = await buffer(stream);
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        const mail = { ...(await simpleParser(source)), source: source.toString(), recipients };
        this.judge(mail);
        this.mails.push(mail);
      }),
    });
    server.on('error', () => undefined); // a client that hangs up
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.#server = server;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Waits until so many have come. */
  async holds(count: number): Promise<void> {
    await eventually(`${count} mails`, () => this.mails.length >= count);
  }
}

/** An answer of the SMTP server. */
export function answer(responseCode: number, message = 'no'): Error {
  return Object.assign(new Error(message), { responseCode });
}

const WALL = Date.parse('2026-11-22T12:00:00Z') as Instant;

/** An outbox, and all it logs. */
export async function openOutbox(
  options: Pick<OutboxOptions, 'db' | 'databaseUrl' | 'smtpUrl' | 'gateway'>,
): Promise<Outbox & { lines: string[] }> {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const outbox = await startOutbox({
    from: 'Rinnovo <noreply@rinnovo.example>',
    publicUrl: 'https://clienti.example/area',
    instructions: loadInstructions(),
    clock: () => WALL,
    log,
    ...options,
  });
  return { stop: () => outbox.stop(), lines };
}

const DEADLINE_MS = 40_000;
const POLL_MS = 20;

/** Asks until it is so. */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Waited ${DEADLINE_MS / 1000} s for ${what}.`);
    await delay(POLL_MS);
  }
}
