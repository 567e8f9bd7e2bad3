/** What was taken back after it came in, and what that meant. */
import { dateAt } from '../calendar.ts';
import type { ReversalReason } from '../reversals.ts';
import type { Words } from '../words.ts';
import type { EventOf, History } from './history.ts';
import { sentence, theEvent, theOrder, thePayment, theRule, type Sentence } from './sentence.ts';
import { amount, capital, day, il } from './words.ts';

const MOST_SENTENCES = 4;

export function whatWasTakenBack({ events }: History): Sentence[] {
  return events
    .filter((event): event is EventOf<'PaymentReversed'> => event.type === 'PaymentReversed')
    .slice(-MOST_SENTENCES)
    .map(reversalSentence);
}

function reversalSentence(event: EventOf<'PaymentReversed'>): Sentence {
  const { reversal, number, orderMinor, dueMinor, creditMinor } = event;
  const on = dateAt(event.at);
  const why = BY[reversal.reason];
  const it = [
    `${capital(il(on))} ${amount('it', reversal.amountMinor)} di un tuo pagamento ${why.it}`,
    ...(number === null
      ? []
      : [
          `${amount('it', orderMinor)} mancano all'ordine ${number}, sul quale erano quindi da pagare ${amount('it', dueMinor)}`,
        ]),
    ...(creditMinor === 0 ? [] : [`il tuo credito è diminuito di ${amount('it', creditMinor)}`]),
  ];
  const en = [
    `On ${day('en', on)} ${amount('en', reversal.amountMinor)} of a payment of yours ${why.en}`,
    ...(number === null
      ? []
      : [
          `${amount('en', orderMinor)} is missing on order ${number}, on which ${amount('en', dueMinor)} was thus to be paid`,
        ]),
    ...(creditMinor === 0 ? [] : [`your credit shrank by ${amount('en', creditMinor)}`]),
  ];
  const order = number === null ? null : theOrder(number);
  const words = { it: `${it.join('; ')}.`, en: `${en.join('; ')}.` };
  return sentence(
    'money',
    words,
    order,
    thePayment(reversal.paymentKey),
    theEvent(event),
    theRule('taken_back_is_due'),
  );
}

const BY: Readonly<Record<ReversalReason, Words>> = {
  called_back: { it: 'sono stati richiamati dalla banca', en: 'was called back by the bank' },
  chargeback: {
    it: 'sono stati contestati e riaccreditati sulla carta o sul conto',
    en: 'was disputed and taken back to the card or account',
  },
  correction: { it: 'erano stati registrati per errore', en: 'had been registered by mistake' },
};
