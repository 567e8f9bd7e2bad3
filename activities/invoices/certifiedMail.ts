/** Sends documents to the exchange system's certified mailbox: one message each, with the XML attached. */
import type { Instant } from '../../domain/calendar.ts';
import { MailError, mailServer } from '../mail/smtp.ts';
import { DeliveryError, type InvoiceChannel } from './port.ts';

export interface CertifiedMailOptions {
  /** Of the certified mailbox's own server, with user and password. */
  readonly smtpUrl: string;
  readonly from: string;
  /** The exchange system's address: the first one is published, later ones are given by its receipts. */
  readonly to: string;
  /** The wall's clock. */
  readonly clock: () => Instant;
}

/** A message sent twice is known by its Message-ID, and the exchange system refuses a file name it has seen. */
export function certifiedMailChannel({ smtpUrl, from, to, clock }: CertifiedMailOptions): InvoiceChannel {
  const server = mailServer(smtpUrl, from);
  return {
    name: 'certified mail',
    async deliver({ fileName, xml, number, kind }) {
      const content = Buffer.from(xml, 'utf8');
      const subject = `${kind === 'invoice' ? 'Fattura' : 'Nota di credito'} ${number}`;
      try {
        await server.send({
          subject: `${subject} (${fileName})`,
          text: `${subject}: ${fileName}`,
          html: `<p>${subject}: ${fileName}</p>`,
          attachments: [{ fileName, contentType: 'application/xml', content }],
          to: [{ name: '', address: to }],
          messageId: fileName,
          date: clock(),
          language: 'it',
        });
      } catch (error) {
        if (error instanceof MailError) throw new DeliveryError(`certified mail: ${error.message}`, { cause: error });
        throw error;
      }
    },
    close: () => server.close(),
  };
}
