import type { Instant } from '../../domain/calendar.ts';
import type { InvoiceSettings } from '../environment.ts';
import { certifiedMailChannel } from './certifiedMail.ts';
import { folderChannel } from './folder.ts';
import type { InvoiceChannel } from './port.ts';

/** The channel that the environment asks for. */
export function invoiceChannel(settings: InvoiceSettings, clock: () => Instant): InvoiceChannel {
  return settings.channel === 'folder' ? folderChannel(settings.path) : certifiedMailChannel({ ...settings, clock });
}
