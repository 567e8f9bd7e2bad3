/** What went back to the customer, and what that meant for the service. */
import { dateAt } from '../calendar.ts';
import type { Event } from '../events.ts';
import type { EventOf, History } from './history.ts';
import { sentence, theEvent, theOrder, type Sentence } from './sentence.ts';
import { amount, day, il } from './words.ts';

const MOST_SENTENCES = 4;

export function whatWentBack({ events }: History): Sentence[] {
  return events
    .filter((event): event is EventOf<'RefundMade'> => event.type === 'RefundMade')
    .slice(-MOST_SENTENCES)
    .map((event) => refundSentence(event, events));
}

function refundSentence(event: EventOf<'RefundMade'>, events: readonly Event[]): Sentence {
  const { number, amountMinor, way, sequence } = event;
  const on = dateAt(event.at);
  const ended = events.find(
    (later): later is EventOf<'Terminated'> =>
      later.type === 'Terminated' && later.why === 'refunded' && later.sequence > sequence && later.at === event.at,
  );
  const byTransfer = way === 'transfer';
  const it =
    `${il(on).replace(/^./, (letter) => letter.toUpperCase())} ti abbiamo rimborsato ${amount('it', amountMinor)} dell'ordine ${number} ` +
    `${byTransfer ? 'con bonifico' : 'sulla carta o sul conto PayPal con cui avevi pagato'}: ` +
    (ended === undefined
      ? 'il servizio è rimasto com’era.'
      : 'con il rimborso il servizio è terminato quello stesso giorno.');
  const en =
    `On ${day('en', on)} we refunded you ${amount('en', amountMinor)} of order ${number} ` +
    `${byTransfer ? 'by bank transfer' : 'to the card or PayPal account you had paid with'}: ` +
    (ended === undefined ? 'the service stayed as it was.' : 'with the refund the service ended that same day.');
  return sentence('money', { it, en }, theOrder(number), theEvent(event), ended === undefined ? null : theEvent(ended));
}
