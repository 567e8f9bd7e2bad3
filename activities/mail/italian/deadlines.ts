import { chargeReason } from '../../../domain/chargeReasons.ts';
import { paragraph } from '../letter.ts';
import type { Letters } from '../letters.ts';
import { al, anni, area, capital, entro, euro, il, service, sulMetodo, waiting } from './words.ts';

export const deadlines: Pick<
  Letters,
  'renewal_due' | 'auto_renewal_announced' | 'expired' | 'last_call' | 'terminated' | 'notice_confirmed'
> = {
  renewal_due: ({ daysBefore, expiresOn }, present) => ({
    subject: `${service(present)}: il servizio scade ${il(expiresOn)}`,
    blocks: [
      paragraph(`il tuo servizio ${service(present)} scade ${il(expiresOn)} e il rinnovo automatico non è attivo.`),
      ...(present.order === null
        ? [
            paragraph(
              daysBefore >= 15
                ? "Puoi rinnovarlo in qualsiasi momento dall'area clienti. Se paghi con bonifico o bollettino postale, " +
                    'il pagamento deve essere registrato prima della scadenza: fallo almeno 15 giorni prima.'
                : "Rinnovalo dall'area clienti: con carta o PayPal il rinnovo è immediato, mentre un bonifico o un " +
                    'bollettino postale potrebbero essere registrati dopo la scadenza.',
            ),
          ]
        : waiting(present.order, present)),
      area(present),
    ],
  }),
  auto_renewal_announced: ({ chargeOn, expiresOn, years, method, refusedFor }, present) => ({
    subject: `${service(present)}: rinnovo automatico ${il(chargeOn)}`,
    blocks: [
      paragraph(
        `il tuo servizio ${service(present)} scade ${il(expiresOn)}. ` +
          (present.order === null
            ? `${capital(il(chargeOn))} lo rinnoveremo per ${anni(years)} al prezzo di listino di quel giorno, con addebito ${sulMetodo(method)}.`
            : `${capital(il(chargeOn))} addebiteremo ${sulMetodo(method)} l'ordine ${present.order.number}, che attende il pagamento di ${euro(present.order.dueMinor)}.`),
      ),
      paragraph(
        refusedFor === undefined
          ? "Non devi fare nulla. Se preferisci cambiare metodo di pagamento o disattivare il rinnovo automatico, puoi farlo in qualsiasi momento dall'area clienti."
          : `Questo metodo di pagamento però non si può più usare. ${chargeReason(refusedFor).it} Registrane un altro nell'area clienti prima di allora, o disattiva il rinnovo automatico e rinnova tu.`,
      ),
      area(present),
    ],
  }),
  expired: ({ expiredOn, lastDayToReactivate }, present) => ({
    subject: `${service(present)}: il servizio è scaduto`,
    blocks: [
      paragraph(
        `il tuo servizio ${service(present)} è scaduto ${il(expiredOn)}. Puoi riattivarlo dall'area clienti: il ` +
          `pagamento deve essere registrato ${entro(lastDayToReactivate)}.`,
      ),
      paragraph(
        'Nel frattempo puoi consultare e scaricare i tuoi documenti e continui a ricevere le fatture dei fornitori. ' +
          'Dopo quella data il servizio sarà chiuso e non potrà più essere riattivato.',
      ),
      ...waiting(present.order, present),
      area(present),
    ],
  }),
  last_call: ({ lastDayToReactivate }, present) => ({
    subject: `${service(present)}: ultimi giorni per riattivare il servizio`,
    blocks: [
      paragraph(
        `il tuo servizio ${service(present)} è scaduto e può essere riattivato solo fino ${al(lastDayToReactivate)}: ` +
          'entro quel giorno il pagamento deve essere registrato. Poi sarà chiuso definitivamente.',
      ),
      paragraph('Un bonifico o un bollettino postale potrebbero arrivare tardi: ti consigliamo carta o PayPal.'),
      ...waiting(present.order, present),
      area(present),
    ],
  }),
  terminated: ({ endedOn, why }, present) => ({
    subject: `${service(present)}: il servizio è chiuso`,
    blocks: [
      paragraph(
        why === 'notice'
          ? `come da tua disdetta, ${il(endedOn)} il servizio ${service(present)} è stato chiuso.`
          : `il servizio ${service(present)} non è stato riattivato nei termini e ${il(endedOn)} è stato chiuso.`,
      ),
      paragraph(
        'Non può più essere riattivato: per usarlo ancora serve un nuovo acquisto. Grazie per essere stato con noi.',
      ),
    ],
  }),
  notice_confirmed: ({ endsOn }, present) => ({
    subject: `${service(present)}: disdetta registrata`,
    blocks: [
      paragraph(
        `abbiamo registrato la tua disdetta. Il servizio ${service(present)} resta attivo fino alla scadenza, ` +
          `${il(endsOn)}; poi sarà chiuso e non potrà essere riattivato.`,
      ),
      paragraph(
        'Il rinnovo automatico è disattivato e gli ordini non pagati sono annullati. Non riceverai altri addebiti.',
      ),
      area(present),
    ],
  }),
};
