import { createTransport } from 'nodemailer';
import type { Instant } from '../../domain/calendar.ts';
import { oneLine, type Language } from './format.ts';
import type { Rendered } from './render.ts';

/** Short enough to notice a dead server, long enough for one that greylists or scans what it takes. */
const CONNECT_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 60_000;

/** Marks errors that pass by themselves; also found again in the job's `last_error`. */
export const UNREACHABLE = 'unreachable';

/**
 * The mail server did not take a message. `refused`: it said so for good (a 5xx answer to this recipient or content).
 * `unreachable`: anything else, to be tried again soon. Holds the server's codes, never its words: those name recipients.
 */
export class MailError extends Error {
  override readonly name = 'MailError';
  readonly kind: 'refused' | typeof UNREACHABLE;

  constructor(kind: MailError['kind'], code: string) {
    super(`${kind}: ${code}`);
    this.kind = kind;
  }
}

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

export interface Attachment {
  readonly fileName: string;
  readonly contentType: string;
  readonly content: Buffer;
}

export interface Envelope extends Rendered {
  readonly attachments?: readonly Attachment[];
  /** One mail to all of them, who see each other. */
  readonly to: readonly Mailbox[];
  /** Without angle brackets, the part before the @: the sender's host is added. */
  readonly messageId: string;
  readonly date: Instant;
  readonly language: Language;
}

export interface MailServer {
  /**
   * Resolves once the server has taken the message for one recipient at least, with how many it was not taken for.
   * Throws a MailError.
   */
  send(envelope: Envelope): Promise<{ readonly refusedRecipients: number }>;
  close(): void;
}

/** @param url `smtp://` or `smtps://`, with user and password where the server asks for them. */
export function mailServer(url: string, from: string): MailServer {
  const transport = createTransport({
    url,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: ANSWER_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const host = /@([^\s<>@]+?)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return {
    async send({ to, subject, text, html, messageId, date, language, attachments = [] }) {
      const usable = to.filter(({ address }) => isAddress(address));
      if (usable.length === 0) throw new MailError('refused', 'unusable address');
      try {
        const { accepted } = await transport.sendMail({
          from,
          to: usable.map(({ name, address }) => ({ name: oneLine(name), address })),
          subject,
          text,
          html,
          attachments: attachments.map(({ fileName, ...part }) => ({ filename: fileName, ...part })),
          messageId: `<${messageId}@${host}>`,
          date: new Date(date),
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
        });
        return { refusedRecipients: to.length - accepted.length };
      } catch (error) {
        throw mailError(error);
      }
    },
    close: () => transport.close(),
  };
}

/** One bare mailbox: whatever could end a header or name a second recipient is left out, quoted local parts included. */
function isAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s\p{Cc}<>()[\]\\,;:"@]+@[^\s\p{Cc}<>()[\]\\,;:"@]+$/u.test(text);
}

function mailError(error: unknown): MailError {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const answer = typeof responseCode === 'number' ? responseCode : null;
  const isFinal = answer !== null && answer >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
  const codes = [code, answer].filter((part) => part !== null && part !== undefined).map(String);
  return new MailError(isFinal ? 'refused' : UNREACHABLE, codes.join(' ') || 'unknown error');
}
