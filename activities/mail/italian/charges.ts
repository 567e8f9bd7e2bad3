import type { PlainDate } from '../../../domain/calendar.ts';
import { chargeReason } from '../../../domain/chargeReasons.ts';
import type { ReversalReason } from '../../../domain/reversals.ts';
import { link, paragraph, type Block } from '../letter.ts';
import type { Letters } from '../letters.ts';
import { al, area, euro, il, ilMetodo, payment, service, sulMetodo } from './words.ts';

const NOT_YOU = 'Se non sei stato tu a chiedere questa modifica, contatta subito il nostro servizio clienti.';

export const charges: Pick<
  Letters,
  | 'charged'
  | 'declined'
  | 'confirmation_needed'
  | 'auto_renewal_switched'
  | 'method_changed'
  | 'card_expiring'
  | 'payment_returned'
> = {
  charged: ({ number, amountMinor, expiresOn }, present) => ({
    subject: `Ordine ${number}: addebito di ${euro(amountMinor)} riuscito`,
    blocks: [
      paragraph(`abbiamo addebitato ${euro(amountMinor)} ${sulMetodo(null)} per l'ordine ${number}.`),
      paragraph(
        expiresOn === null
          ? "Il servizio si era però già concluso: stiamo verificando l'importo e ti contatteremo per restituirlo."
          : `Il tuo servizio ${service(present)} è valido fino ${al(expiresOn)}.`,
      ),
      area(present),
    ],
  }),
  declined: ({ number, occasion, amountMinor, nextTryOn, expiresOn, refusedFor }, present) => ({
    subject: `Ordine ${number}: addebito non riuscito, aggiorna i dati di pagamento`,
    blocks: [
      paragraph(
        `non è stato possibile addebitare ${euro(amountMinor)} per l'ordine ${number}: il pagamento è stato rifiutato.`,
      ),
      ...refused(refusedFor),
      paragraph(
        nextTryOn !== null && refusedFor === undefined
          ? `Aggiorna i tuoi dati di pagamento nell'area clienti. Riproveremo ${il(nextTryOn)}.`
          : refusedFor !== undefined && occasion === 'auto_renewal'
            ? nextTryOn === null
              ? "Registra un altro metodo di pagamento nell'area clienti: l'addebito avverrà subito se la scadenza è vicina. Oppure paga l'ordine."
              : `Riproveremo ${il(nextTryOn)} con il nuovo metodo di pagamento che hai registrato.`
            : occasion === 'auto_renewal'
              ? "Aggiorna i tuoi dati di pagamento nell'area clienti: non sono previsti altri tentativi automatici."
              : "L'ordine resta in attesa: aggiorna i tuoi dati di pagamento nell'area clienti e riprova, o scegli un'altra modalità.",
      ),
      ...(occasion === 'auto_renewal' && expiresOn !== null
        ? [paragraph(`Il servizio resta attivo fino alla scadenza, ${il(expiresOn)}.`)]
        : []),
      ...payment(present.order, present),
      area(present),
    ],
  }),
  confirmation_needed: ({ number, amountMinor, confirmationUrl, expiresOn }, present) => ({
    subject: `Ordine ${number}: conferma il pagamento`,
    blocks: [
      paragraph(`la tua banca chiede una tua conferma per addebitare ${euro(amountMinor)} per l'ordine ${number}.`),
      link('Conferma il pagamento', confirmationUrl),
      paragraph(
        "Finché non confermi, l'ordine resta da pagare e non faremo altri tentativi." +
          (expiresOn !== null ? ` Il servizio scade ${il(expiresOn)}.` : ''),
      ),
      area(present),
    ],
  }),
  auto_renewal_switched: ({ on, why, method, chargesNow, expiresOn }, present) => ({
    subject: `${service(present)}: rinnovo automatico ${on ? 'attivato' : 'disattivato'}`,
    blocks: [
      paragraph(
        on
          ? why === 'order_paid'
            ? `con il pagamento del tuo ordine si è attivato il rinnovo automatico del servizio ${service(present)}: useremo ${ilMetodo(method)} con cui hai pagato.`
            : `il rinnovo automatico del servizio ${service(present)} è attivo: l'addebito avverrà ${sulMetodo(method)}.`
          : `il rinnovo automatico del servizio ${service(present)} è disattivato: non faremo addebiti automatici.`,
      ),
      ...switchedNote(on, chargesNow, expiresOn),
      paragraph(why === 'order_paid' ? "Puoi disattivarlo in qualsiasi momento dall'area clienti." : NOT_YOU),
      area(present),
    ],
  }),
  method_changed: ({ method, autoRenewal, expiresOn }, present) => ({
    subject: method === null ? 'Metodo di pagamento rimosso' : 'Metodo di pagamento aggiornato',
    blocks: [
      paragraph(
        method === null
          ? `abbiamo rimosso il metodo di pagamento dal servizio ${service(present)}. Il rinnovo automatico non è attivo.`
          : autoRenewal
            ? `per i prossimi rinnovi automatici del servizio ${service(present)} useremo ${ilMetodo(method)} che hai indicato.`
            : `abbiamo registrato ${ilMetodo(method)} per il servizio ${service(present)}. Il rinnovo automatico non è attivo.`,
      ),
      ...(autoRenewal || expiresOn === null ? [] : [paragraph(`La scadenza del servizio è ${il(expiresOn)}.`)]),
      paragraph(NOT_YOU),
      area(present),
    ],
  }),
  card_expiring: ({ validThrough, expiresOn }, present) => ({
    subject: `${service(present)}: la carta per il rinnovo automatico sta per scadere`,
    blocks: [
      paragraph(
        `la carta di credito registrata per il rinnovo automatico del servizio ${service(present)} è valida fino ${al(validThrough)}.`,
      ),
      paragraph(
        `Perché il servizio si rinnovi prima della scadenza, ${il(expiresOn)}, registra un'altra carta o un conto PayPal ` +
          "dall'area clienti. Se la tua banca ti ha già inviato la nuova carta, registra quella.",
      ),
      area(present),
    ],
  }),
  payment_returned: ({ number, amountMinor, reason, dueMinor, completed, creditMinor }, present) => ({
    subject:
      number === null
        ? `Pagamento di ${euro(amountMinor)} annullato`
        : `Ordine ${number}: pagamento annullato, restano ${euro(dueMinor)} da pagare`,
    blocks: [
      paragraph(`${RETURNED[reason]}: ${euro(amountMinor)} non sono più registrati come pagati.`),
      ...(number === null
        ? []
        : [
            paragraph(
              completed
                ? `Per l'ordine ${number}, già completato, restano di nuovo da pagare ${euro(dueMinor)}. Quanto hai acquistato con quest'ordine resta valido: ti chiediamo di pagare al più presto.`
                : `Per l'ordine ${number} restano da pagare ${euro(dueMinor)}: lo completeremo quando li avremo ricevuti.`,
            ),
          ]),
      ...(creditMinor === 0
        ? []
        : [
            paragraph(
              `Il tuo credito diminuisce di ${euro(creditMinor)}. Se ne avevi già usato una parte, ti contatteremo per quella.`,
            ),
          ]),
      ...payment(present.order, present),
      area(present),
    ],
  }),
};

const RETURNED: Readonly<Record<ReversalReason, string>> = {
  called_back: 'la banca ha richiamato un tuo bonifico',
  chargeback: 'un tuo pagamento con carta o PayPal è stato contestato e riaccreditato',
  correction: 'un tuo pagamento era stato registrato per errore e lo abbiamo corretto',
};

function refused(code: string | undefined): Block[] {
  if (code === undefined) return [];
  return [
    paragraph(`Questo metodo di pagamento non si può più usare e non lo addebiteremo più. ${chargeReason(code).it}`),
  ];
}

function switchedNote(on: boolean, chargesNow: boolean, expiresOn: PlainDate | null): Block[] {
  if (chargesNow) return [paragraph('La scadenza è vicina: procediamo subito con il primo addebito.')];
  if (expiresOn === null) return [];
  return [
    paragraph(
      on
        ? `Il servizio scade ${il(expiresOn)}: lo rinnoveremo qualche giorno prima.`
        : `Il servizio scade ${il(expiresOn)}: per continuare a usarlo dovrai rinnovarlo tu.`,
    ),
  ];
}
