/** What goes with an order's confirmation: the slip to print, or the code a bank's app reads. */
import bwip from 'bwip-js/node';
import type { PaymentInstructions } from '../../config/instructions.ts';
import type { Holder } from '../../db/holders.ts';
import { slipOf } from '../../documents/slipOf.ts';
import { slipPdf } from '../../documents/slip.ts';
import { epcPayload } from '../../domain/epcQr.ts';
import type { OrderStanding } from './letters.ts';
import type { Attachment } from './smtp.ts';

/** Pixels of a module: read from a screen as well as from paper. */
const MODULE_PX = 6;
/** Light modules around the code, as its standard demands. */
const QUIET_MODULES = 4;

/** The types that come with the package leave out what single kinds of codes take. */
const pictureOf = bwip.toBuffer as unknown as (options: Record<string, string | number>) => Promise<Buffer>;

/** @param way how the customer said it would be paid; whatever that is, the other ways stay open. */
export async function enclosures(
  { number, dueMinor }: Pick<OrderStanding, 'number' | 'dueMinor'>,
  given: { readonly way: string | null; readonly holder: Holder; readonly instructions: PaymentInstructions },
): Promise<Attachment[]> {
  const { way, holder, instructions } = given;
  switch (way) {
    case 'postal_slip': {
      const content = await slipPdf(slipOf({ number, dueMinor }, holder, instructions));
      return [{ fileName: `bollettino-${number}.pdf`, contentType: 'application/pdf', content }];
    }
    case 'bank_transfer': {
      const { holder: name, iban, bic } = instructions.bankTransfer;
      const text = epcPayload({ name, iban, bic, amountMinor: dueMinor, text: number });
      const content = await pictureOf({
        bcid: 'qrcode',
        text,
        eclevel: 'M',
        backgroundcolor: 'FFFFFF',
        scale: MODULE_PX,
        padding: QUIET_MODULES,
      });
      return [{ fileName: `bonifico-${number}.png`, contentType: 'image/png', content }];
    }
    default:
      return [];
  }
}
