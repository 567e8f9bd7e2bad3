/** Why this amount: the lines of an order, how each was reckoned, the taxes, what came in and what is due. */
import type { Subscription } from '../subscription.ts';
import { dueMinor, isUnpaid, type AppliedPayment, type OpenOrder } from '../orders.ts';
import type { PricedLine, PricedOrder } from '../pricing.ts';
import type { Language, Words } from '../words.ts';
import { latest, type History, type OrderStory } from './history.ts';
import { sentence, theEvent, theOrder, thePayment, theRule, type Ground, type Sentence } from './sentence.ts';
import { amount, AN_ORDER_OF, capital, dal, day, del, il, listed, METHODS, thePercent, units, years } from './words.ts';

/** Every unpaid order, those whose committed amount is still due, and the last one completed. */
export function whyTheseAmounts(state: Subscription, history: History): Sentence[] {
  const unpaid = state.orders.filter(isUnpaid).map(({ number }) => number);
  const committed = state.orders.filter((order) => !isUnpaid(order) && dueMinor(order) > 0);
  const lastCompleted = latest(history.events, 'OrderCompleted');
  const storyOf = (number: string): OrderStory[] => {
    const story = history.orders.get(number);
    return story === undefined ? [] : [story];
  };
  return [
    ...unpaid.flatMap(storyOf).flatMap((story) => whyThisOrder(state, story)),
    ...(lastCompleted === null ? [] : storyOf(lastCompleted.number).flatMap((story) => whyThisOrder(state, story))),
    ...stillDue(committed.filter(({ number }) => number !== lastCompleted?.number)),
  ];
}

function whyThisOrder(state: Subscription, story: OrderStory): Sentence[] {
  const { number, priced } = story;
  const name = AN_ORDER_OF[priced.content.type];
  const total = totalOf(priced);
  const it = `${capital(name.it)} ${number} ${del(priced.placedOn)} ${total.it}.`;
  const en = `${capital(name.en)} ${number} of ${day('en', priced.placedOn)} ${total.en}.`;
  const tax = theRule(priced.splitPayment ? 'split_payment' : 'vat_on_total');
  return [
    sentence('amount', { it, en }, theOrder(number), tax),
    sentence('amount', reckoning(number, priced), theOrder(number), theRule('price_formula'), discountRule(priced)),
    received(state, story),
  ];
}

function discountRule({ agreement, promotion, lines }: PricedOrder) {
  const percent = Math.max(...lines.map(({ discountPercent }) => discountPercent));
  if (percent === 0) return null;
  return theRule(agreement?.percent === percent || promotion === undefined ? 'agreement_code' : 'promotion');
}

/** `costa 61,00 €: 50,00 € di imponibile più 11,00 € di IVA (22%)`. */
export function totalOf({ netMinor, vatMinor, vatPercent, payableMinor, splitPayment }: PricedOrder): Words {
  const [net, vat, payable] = [netMinor, vatMinor, payableMinor].map((minor) => ({
    it: amount('it', minor),
    en: amount('en', minor),
  })) as [Words, Words, Words];
  if (splitPayment) {
    return {
      it: `costa ${payable.it}, cioè il solo imponibile: l'IVA (${vatPercent}%, ${vat.it}) si versa direttamente allo Stato`,
      en: `costs ${payable.en}, the net amount alone: the VAT (${vatPercent}%, ${vat.en}) is paid straight to the State`,
    };
  }
  return {
    it: `costa ${payable.it}: ${net.it} di imponibile più ${vat.it} di IVA (${vatPercent}%)`,
    en: `costs ${payable.en}: ${net.en} net plus ${vat.en} of VAT (${vatPercent}%)`,
  };
}

function reckoning(number: string, priced: PricedOrder): Words {
  return {
    it: `L'imponibile dell'ordine ${number}, riga per riga: ${linesOf('it', priced)}.`,
    en: `The net amount of order ${number}, line by line: ${linesOf('en', priced)}.`,
  };
}

/** Every line with its arithmetic. */
export function linesOf(language: Language, priced: PricedOrder): string {
  return priced.lines.map((line) => lineOf(language, line, priced)).join('; ');
}

const WHY: Partial<Record<PricedLine['reason'], Words>> = {
  aligned: { it: 'fino alla stessa scadenza', en: 'up to the same end' },
  extended: { it: 'estensione alla nuova scadenza', en: 'extended to the new end' },
};

function lineOf(language: Language, line: PricedLine, priced: PricedOrder): string {
  const { sku, quantity, annualPriceMinor, discountPercent, netMinor } = line;
  const it = language === 'it';
  const price = `${amount(language, annualPriceMinor)} ${it ? "l'anno" : 'a year'}`;
  const times = quantity === 1 ? price : `${quantity} × ${price}`;
  const why = WHY[line.reason]?.[language];
  const discount = discountPercent === 0 ? '' : ` ${discountOf(discountPercent, priced)[language]}`;
  const isExact = (annualPriceMinor * quantity * line.months * (100 - discountPercent)) % 1200 === 0;
  const rounded = isExact ? '' : it ? ' arrotondati al centesimo' : ' rounded to the cent';
  const figure = `${times} ${duration(language, line.months)}${discount} = ${amount(language, netMinor)}${rounded}`;
  return `${units(sku, quantity)[language]}${why === undefined ? '' : ` (${why})`}, ${figure}`;
}

/** Of an agreement and a promotion the better one counts, never both. */
function discountOf(percent: number, { agreement, promotion }: PricedOrder): Words {
  if (agreement !== null && agreement.percent === percent) {
    return {
      it: `meno ${thePercent(percent)} della convenzione ${agreement.code}`,
      en: `less ${percent}% by agreement ${agreement.code}`,
    };
  }
  const name = promotion?.name;
  return {
    it: `meno ${thePercent(percent)} della promozione${name === undefined ? '' : ` «${name.it}»`}`,
    en: `less ${percent}% by the promotion${name === undefined ? '' : ` “${name.en}”`}`,
  };
}

/** Whole years in words, anything else as the fraction it is. */
function duration(language: Language, count: number): string {
  if (count % 12 === 0) return `${language === 'it' ? 'per' : 'for'} ${years(count / 12)[language]}`;
  return `× ${count} ${language === 'it' ? (count === 1 ? 'mese' : 'mesi') : count === 1 ? 'month' : 'months'} / 12`;
}

const MOST_PAYMENTS = 4;

function received(state: Subscription, story: OrderStory): Sentence {
  const { number, payments, priced } = story;
  const keys = payments.slice(-MOST_PAYMENTS).map(({ key }) => thePayment(key));
  const sum = payments.reduce((total, { appliedMinor }) => total + appliedMinor, 0);
  const due = Math.max(0, priced.payableMinor - sum);
  const grounds = [
    theOrder(number),
    ...keys,
    theRule(payments.length > 1 ? 'payments_add_up' : 'order_done_when_paid'),
  ];
  const came = payments.length === 0 ? null : arrived(payments, sum);
  if (story.completed !== null) return completedSentence(story, came, due, grounds);
  const how = came ?? { it: 'non risulta ancora nessun pagamento', en: 'no payment has been registered yet' };
  const rest = stillToPay(due);
  const charging: Words =
    state.attempt?.orderNumber === number
      ? { it: ' (un addebito è in corso)', en: ' (a charge is under way)' }
      : { it: '', en: '' };
  const it = `Per l'ordine ${number} ${how.it}${rest.it}${charging.it}.`;
  const en = `For order ${number} ${how.en}${rest.en}${charging.en}.`;
  return sentence('amount', { it, en }, ...grounds);
}

function completedSentence(
  { number, completed, committed, reversed, priced }: OrderStory,
  came: Words | null,
  due: number,
  grounds: readonly Ground[],
): Sentence {
  const on = completed?.completedOn ?? priced.placedOn;
  const facts = [completed && theEvent(completed), committed && theEvent(committed)];
  const how: Words =
    came ??
    (committed === null
      ? { it: 'non c’era nulla da pagare', en: 'there was nothing to pay' }
      : {
          it: `vale l'impegno di spesa registrato ${il(committed.registeredOn)}`,
          en: `the commitment registered on ${day('en', committed.registeredOn)} counts`,
        });
  if (reversed !== null) {
    const it = `L'ordine ${number} era concluso ${dal(on)} ed è stato annullato, perché il servizio non si è potuto attivare: ${how.it}, e non è dovuto più nulla.`;
    const en = `Order ${number} was completed on ${day('en', on)} and undone, because the service could not be activated: ${how.en}, and nothing more is due.`;
    return sentence('amount', { it, en }, ...grounds, ...facts, theEvent(reversed), theRule('order_undone'));
  }
  const rest: Words = due === 0 ? { it: '', en: '' } : stillToPay(due);
  const it = `L'ordine ${number} è concluso ${dal(on)}: ${how.it}${rest.it}.`;
  const en = `Order ${number} was completed on ${day('en', on)}: ${how.en}${rest.en}.`;
  return sentence('amount', { it, en }, ...grounds, ...facts, committed && theRule('commitment_releases'));
}

function stillToPay(due: number): Words {
  return { it: `; restano da pagare ${amount('it', due)}`, en: `; ${amount('en', due)} is still to be paid` };
}

/** `abbiamo registrato 61,00 € (61,00 € con bonifico il 5 gennaio 2028)`. */
function arrived(payments: readonly AppliedPayment[], sum: number): Words {
  const shown = payments.slice(-MOST_PAYMENTS);
  const each = (language: Language): string =>
    listed(
      language,
      shown.map(({ appliedMinor, registeredOn, method }) => {
        const on = language === 'it' ? il(registeredOn) : `on ${day('en', registeredOn)}`;
        const how = `${METHODS[method][language]} ${on}`;
        return payments.length === 1 ? how : `${amount(language, appliedMinor)} ${how}`;
      }),
    );
  const more = payments.length > shown.length;
  return {
    it: `abbiamo registrato ${amount('it', sum)} (${more ? 'gli ultimi: ' : ''}${each('it')})`,
    en: `we registered ${amount('en', sum)} (${more ? 'the last ones: ' : ''}${each('en')})`,
  };
}

/** Committed amounts of older orders that nobody has paid yet, in one sentence. */
function stillDue(orders: readonly OpenOrder[]): Sentence[] {
  if (orders.length === 0) return [];
  const each = (language: Language): string =>
    listed(
      language,
      orders.map(
        (order) =>
          `${amount(language, dueMinor(order))} ${language === 'it' ? "per l'ordine" : 'for order'} ${order.number}`,
      ),
    );
  const it = `Per gli impegni di spesa già registrati restano da pagare ${each('it')}.`;
  const en = `For commitments already registered there is still to be paid: ${each('en')}.`;
  return [
    sentence('amount', { it, en }, ...orders.map(({ number }) => theOrder(number)), theRule('commitment_releases')),
  ];
}

/** What the next auto-renewal comes to, were it priced by what is known today. */
export function whyNextRenewal(priced: PricedOrder, { events, orders }: History): Sentence[] {
  const { content } = priced;
  const term = years(content.type === 'renewal' ? content.years : 1);
  const total = totalOf(priced);
  const switched = latest(events, 'AutoRenewalSwitched');
  const previous = [...orders.values()].findLast(
    (story) => story.completed !== null && story.priced.content.type !== 'upgrade',
  );
  const grounds = [
    switched && theEvent(switched),
    previous === undefined ? null : theOrder(previous.number),
    theRule('price_of_the_day'),
  ];
  const on = priced.placedOn;
  const it = `Il rinnovo automatico previsto per ${il(on)}, per ${term.it}, secondo quanto pubblicato oggi ${total.it}; conta però il listino in vigore quel giorno.`;
  const en = `The auto-renewal due on ${day('en', on)}, for ${term.en}, by what is published today ${total.en}; but the price list in force on that day counts.`;
  const lines: Words = {
    it: `Il conto del prossimo rinnovo automatico, riga per riga: ${linesOf('it', priced)}.`,
    en: `The next auto-renewal, line by line: ${linesOf('en', priced)}.`,
  };
  return [
    sentence('next_renewal', { it, en }, ...grounds, theRule('auto_renewal')),
    sentence('next_renewal', lines, ...grounds, theRule('price_formula'), discountRule(priced)),
  ];
}
