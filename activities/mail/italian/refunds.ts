import { paragraph } from '../letter.ts';
import type { Letters } from '../letters.ts';
import { area, euro, il, service } from './words.ts';

export const refunds: Pick<Letters, 'refund'> = {
  refund: ({ number, amountMinor, way, endedOn }, present) => ({
    subject:
      number === null ? `Rimborso di ${euro(amountMinor)}` : `Ordine ${number}: rimborso di ${euro(amountMinor)}`,
    blocks: [
      paragraph(
        `ti rimborsiamo ${euro(amountMinor)}${number === null ? '' : ` dell'ordine ${number}`}: ` +
          (way === 'original'
            ? "l'importo torna sulla carta o sul conto PayPal con cui hai pagato. Può servire qualche giorno perché compaia."
            : "riceverai l'importo con bonifico entro alcuni giorni lavorativi."),
      ),
      ...(number === null
        ? []
        : [
            paragraph(
              endedOn === null
                ? 'Il rimborso non cambia nulla del tuo servizio: stato e scadenza restano quelli di prima.'
                : `Con il rimborso il servizio ${service(present)} è terminato ${il(endedOn)}: non si può più usare né ` +
                    'riattivare. Non devi nulla.',
            ),
          ]),
      area(present),
    ],
  }),
};
