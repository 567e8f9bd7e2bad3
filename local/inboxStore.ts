import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';

export interface Message {
  id: string;
  messageId: string;
  /** The addresses it was delivered to, as the envelope named them. */
  to: string;
  subject: string;
  /** When it arrived here. */
  date: string;
  text: string;
  html: string | null;
  headers: Record<string, string>;
}

/**
 * The messages, one file each, newest first. A message that arrives again (same Message-ID: its sender did not hear that
 * we have it) is kept once.
 */
export class InboxStore {
  readonly #dir: string;
  readonly #messages: Message[];

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true });
    this.#messages = readdirSync(dir)
      .filter((file) => file.endsWith('.json'))
      .map((file) => JSON.parse(readFileSync(join(dir, file), 'utf8')) as Message)
      .toSorted((a, b) => b.date.localeCompare(a.date));
  }

  /** On disk when it returns, so that the sender may forget it. */
  async add(source: Buffer, recipients: readonly string[]): Promise<void> {
    const parsed = await simpleParser(source, { skipImageLinks: true });
    // A message without an id is known by its content.
    const messageId = parsed.messageId ?? createHash('sha256').update(source).digest('hex');
    const id = createHash('sha256').update(messageId).digest('hex').slice(0, 16);
    const path = join(this.#dir, `${id}.json`);
    if (existsSync(path)) return;
    const message: Message = {
      id,
      messageId,
      to: recipients.join(', '),
      subject: parsed.subject ?? '',
      date: new Date().toISOString(),
      text: parsed.text ?? '',
      html: parsed.html || null,
      headers: Object.fromEntries(parsed.headerLines.map(({ key, line }) => [key, line.slice(key.length + 1).trim()])),
    };
    writeFileSync(`${path}.new`, JSON.stringify(message));
    renameSync(`${path}.new`, path);
    this.#messages.unshift(message);
  }

  list(to?: string): readonly Message[] {
    if (to === undefined) return this.#messages;
    const wanted = to.toLowerCase();
    return this.#messages.filter((message) => message.to.toLowerCase().split(', ').includes(wanted));
  }

  find(id: string): Message | undefined {
    return this.#messages.find((message) => message.id === id);
  }
}
