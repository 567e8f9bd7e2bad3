import type { Item, LineSummary } from '../../../domain/messagePayloads.ts';
import { facts, paragraph } from '../letter.ts';
import type { Letters } from '../letters.ts';
import { al, anni, area, dal, data, euro, il, mesi, nameOf, orderName, payment, service } from './words.ts';

function line({ sku, quantity, from, until, months, netMinor }: LineSummary): [string, string] {
  const period = from === null || until === null ? mesi(months) : `${mesi(months)}, ${dal(from)} ${al(until)}`;
  return [`${quantity} × ${nameOf(sku)} (${period})`, euro(netMinor)];
}

function items(list: readonly Item[]): [string, string][] {
  return list.map(({ sku, quantity, from, until }) => [`${quantity} × ${nameOf(sku)}`, `${dal(from)} ${al(until)}`]);
}

export const orders: Pick<
  Letters,
  | 'order_confirmed'
  | 'payment_received'
  | 'part_payment'
  | 'activation'
  | 'renewed'
  | 'upgrade_active'
  | 'closed'
  | 'activation_abandoned'
> = {
  order_confirmed(order, present) {
    const { number, orderType, years, splitPayment, vatPercent, payableMinor } = order;
    const standing = present.order;
    const unpaid = standing?.payment === 'unpaid';
    const vat = splitPayment ? `IVA ${vatPercent}% (scissione dei pagamenti)` : `IVA ${vatPercent}%`;
    const status = unpaid
      ? `L'ordine sarà completato quando avremo registrato il pagamento di ${euro(standing.dueMinor)}.`
      : standing?.payment === 'processing'
        ? 'Il pagamento è in corso: ti scriveremo appena sarà registrato.'
        : payableMinor === 0
          ? 'Non è dovuto alcun pagamento.'
          : 'Il pagamento è già stato registrato: non devi fare altro.';
    return {
      subject: unpaid ? `Ordine ${number}: conferma e modalità di pagamento` : `Ordine ${number}: conferma`,
      blocks: [
        paragraph(`abbiamo ricevuto il tuo ordine per il servizio ${service(present)}. Grazie per averci scelto!`),
        facts("Riepilogo dell'ordine", [
          ['Numero', number],
          ['Tipo', orderName(orderType)],
          ['Data', data(order.placedOn)],
          ...(years === null ? [] : [['Durata', anni(years)] as const]),
          ...order.lines.map(line),
          ['Totale netto', euro(order.netMinor)],
          [vat, euro(order.vatMinor)],
          ['Totale da pagare', euro(payableMinor)],
        ]),
        paragraph(status),
        ...(unpaid && order.late
          ? [
              paragraph(
                'La scadenza del servizio è vicina: un bonifico o un bollettino potrebbero essere registrati dopo. ' +
                  'Ti consigliamo di pagare con carta o PayPal.',
              ),
            ]
          : []),
        ...payment(standing, present),
        area(present),
      ],
    };
  },
  payment_received: ({ number, amountMinor, creditedMinor }, present) => ({
    subject: `Ordine ${number}: pagamento ricevuto`,
    blocks: [
      paragraph(`abbiamo registrato il tuo pagamento di ${euro(amountMinor)} per l'ordine ${number}. Grazie!`),
      ...(creditedMinor === 0
        ? []
        : [
            paragraph(
              creditedMinor === amountMinor
                ? `L'ordine risultava già pagato: ${euro(creditedMinor)} restano a tua disposizione come credito.`
                : `L'importo supera il dovuto: ${euro(creditedMinor)} restano a tua disposizione come credito.`,
            ),
            paragraph('Puoi usare il credito per un prossimo ordine o chiederne il rimborso al servizio clienti.'),
          ]),
      area(present),
    ],
  }),
  part_payment: ({ number, amountMinor, dueMinor }, present) => ({
    subject: `Ordine ${number}: pagamento parziale, restano ${euro(dueMinor)}`,
    blocks: [
      paragraph(
        `abbiamo registrato il tuo pagamento di ${euro(amountMinor)} per l'ordine ${number}. L'importo non copre ` +
          `l'intero ordine: restano da pagare ${euro(dueMinor)}.`,
      ),
      ...(present.order?.released === true
        ? []
        : [paragraph("Quanto hai versato resta registrato: completeremo l'ordine appena riceveremo la differenza.")]),
      ...payment(present.order, present),
      area(present),
    ],
  }),
  activation: ({ username, items: granted, expiresOn }, present) => ({
    subject: `${service(present)}: il servizio è attivo`,
    blocks: [
      paragraph(`il tuo servizio ${service(present)} è attivo. Benvenuto! Ecco i dati per accedere.`),
      facts('Credenziali di accesso', [
        ['Username', username],
        ['Password temporanea', present.temporaryPassword ?? ''],
      ]),
      paragraph('Al primo accesso ti sarà chiesto di cambiare la password. Non comunicarla a nessuno.'),
      facts('Il tuo servizio', [...items(granted), ['Scadenza', data(expiresOn)]]),
      area(present),
    ],
  }),
  renewed: ({ number, orderType, expiresOn, revived }, present) => {
    const back = revived || orderType === 'reactivation';
    return {
      subject: `${service(present)}: servizio ${back ? 'riattivato' : 'rinnovato'} fino ${al(expiresOn)}`,
      blocks: [
        paragraph(
          back
            ? `il tuo servizio ${service(present)} è di nuovo attivo. La nuova scadenza è ${il(expiresOn)}.`
            : `il tuo servizio ${service(present)} è rinnovato. La nuova scadenza è ${il(expiresOn)}.`,
        ),
        paragraph(`L'ordine ${number} è completato: non devi fare altro.`),
        area(present),
      ],
    };
  },
  upgrade_active: ({ number, items: granted, expiresOn, usable }, present) => ({
    subject: `Ordine ${number}: il tuo upgrade è attivo`,
    blocks: [
      paragraph(`l'ordine ${number} è completato. Ecco che cosa si aggiunge al servizio ${service(present)}.`),
      facts('Il tuo upgrade', [
        ...items(granted),
        ...(expiresOn === null ? [] : [['Scadenza del servizio', data(expiresOn)] as const]),
      ]),
      ...(usable ? [] : [paragraph('Il servizio è scaduto: potrai usare quanto acquistato appena lo riattiverai.')]),
      area(present),
    ],
  }),
  activation_abandoned: ({ number, creditedMinor, closedOn }, present) => ({
    subject: `${service(present)}: non è stato possibile attivare il servizio`,
    blocks: [
      paragraph(
        `purtroppo non è stato possibile attivare il servizio ${service(present)} del tuo ordine ${number}. ` +
          `Abbiamo annullato l'ordine ${il(closedOn)}: non devi nulla.`,
      ),
      ...(creditedMinor === 0
        ? []
        : [
            paragraph(
              `Quanto hai versato, ${euro(creditedMinor)}, è ora a tua disposizione come credito: puoi chiederne il ` +
                'rimborso al servizio clienti.',
            ),
          ]),
      area(present),
    ],
  }),
  closed: ({ endedOn, number }, present) => ({
    subject: number === null ? 'Ordine annullato' : `Ordine ${number}: annullato per mancato pagamento`,
    blocks: [
      paragraph(
        `non avendo ricevuto il pagamento nei termini, ${il(endedOn)} abbiamo annullato ` +
          `${number === null ? 'il tuo ordine' : `l'ordine ${number}`} per il servizio ${service(present)}. Non devi nulla.`,
      ),
      paragraph(
        'Se hai già disposto un pagamento, lo verificheremo e ti contatteremo. Puoi fare un nuovo ordine quando vuoi.',
      ),
      area(present),
    ],
  }),
};
