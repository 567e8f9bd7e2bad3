import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { allowedActions } from '../../domain/actions.ts';
import { dateAt, formatInstant, type Instant } from '../../domain/calendar.ts';
import type { Promotion } from '../../domain/catalogue.ts';
import type { Event } from '../../domain/events.ts';
import { explain } from '../../domain/explaining/explain.ts';
import { ifNothingIsPaid, quoteNextRenewal } from '../../domain/explaining/future.ts';
import type { Ground, Sentence, Topic } from '../../domain/explaining/sentence.ts';
import { day } from '../../domain/format.ts';
import { quoteRenewal } from '../../domain/pricing.ts';
import { RULE_IDS, ruleText } from '../../domain/rules.ts';
import { expiresOn, type Subscription } from '../../domain/subscription.ts';
import { CARD, CATALOGUE, Life, NEW_CARD, on } from './builders.ts';
import { births, RandomLife, steps } from './randomLives.ts';

interface Told {
  readonly state: Subscription;
  readonly events: readonly Event[];
  readonly now: Instant;
}

function told({ state, events, now }: Told): Sentence[] {
  return explain({ state, events, now, nextRenewal: quoteNextRenewal(state, now, CATALOGUE) });
}

/** The sentences of a topic, in one language. */
function said(life: Told, topic: Topic, language: 'it' | 'en' = 'it'): string[] {
  return told(life)
    .filter((sentence) => sentence.topic === topic)
    .map((sentence) => sentence[language]);
}

/** Order numbers differ from run to run. */
function withoutNumbers(texts: readonly string[]): string[] {
  return texts.map((text) => text.replaceAll(/\b\d{10}\b/g, 'N'));
}

describe('why this expiry', () => {
  it('is told from the activation on, each order with its arithmetic', () => {
    const life = Life.active('2027-03-08', { years: 2, extras: { user: 2 } });
    life.until('2028-11-11');
    life.pay(life.upgrade({ space: 2 }));
    life.until('2029-03-01');
    life.pay(life.renew({ years: 3 }));
    assert.deepStrictEqual(withoutNumbers(said(life, 'expiry')), [
      'Il servizio scade l’11 novembre 2032 alle 00:00: l’ultimo giorno pagato è il 10 novembre 2032.',
      'Il servizio è stato attivato l’8 marzo 2027 per due anni con l’ordine di primo acquisto N, pagato l’8 marzo 2027 con bonifico: la prima scadenza è quindi l’8 marzo 2029 (8 marzo 2027 più due anni).',
      'L’ordine di upgrade N, pagato l’11 novembre 2028 con bonifico, ha aggiunto 2 GB di spazio aggiuntivo per 12 mesi da quel giorno ed esteso i servizi attivi: la scadenza è passata dall’8 marzo 2029 all’11 novembre 2029.',
      'L’ordine di rinnovo N per tre anni, pagato il 1 marzo 2029 con bonifico, ha portato la scadenza dall’11 novembre 2029 all’11 novembre 2032 (11 novembre 2029 più tre anni).',
    ]);
    assert.deepStrictEqual(withoutNumbers(said(life, 'expiry', 'en')).slice(-1), [
      'The renewal order N for three years, paid on 1 March 2029 by bank transfer, moved the expiry from 11 November 2029 to 11 November 2032 (11 November 2029 plus three years).',
    ]);
  });

  it('tells what the day of reference is where a month is shorter', () => {
    const [, activated] = said(Life.active('2028-02-29'), 'expiry');
    assert.match(
      String(activated),
      /28 febbraio 2029 \(29 febbraio 2028 più un anno; il giorno di riferimento è il 29, o l’ultimo del mese dove il mese è più corto\)/,
    );
  });

  it('sums up the middle of a life of decades', () => {
    const life = Life.renewing('2027-03-08');
    life.gateway = 'succeeded';
    life.until('2057-03-09');
    const texts = withoutNumbers(said(life, 'expiry'));
    assert.equal(texts.length, 6);
    assert.equal(texts[2], 'Poi 27 rinnovi hanno portato la scadenza all’8 marzo 2055.');
    assert.match(String(texts[5]), /^L’ordine di rinnovo automatico N per un anno, .* all’8 marzo 2058/);
    assert.ok(told(life).length < 40);
  });

  it('says that a reactivation counts from the original expiry', () => {
    const life = Life.active('2027-03-10');
    life.until('2028-04-20');
    life.pay(life.renew());
    const [, , reactivated] = withoutNumbers(said(life, 'expiry'));
    assert.equal(
      reactivated,
      'L’ordine di riattivazione N per un anno, pagato il 20 aprile 2028 con bonifico, ha portato la scadenza dal 10 marzo 2028 al 10 marzo 2029 (10 marzo 2028 più un anno).',
    );
  });

  it('names what ends on another day', () => {
    const life = Life.active('2027-03-10');
    life.until('2027-06-01');
    life.pay(life.upgrade({ user: 2 }, { coTerm: false }));
    assert.deepStrictEqual(withoutNumbers(said(life, 'extras')), [
      'Per due utenti aggiuntivi la scadenza è un’altra: il 1 giugno 2028, come da ordine N.',
    ]);
  });

  it('is not known before the activation', () => {
    assert.deepStrictEqual(said(Life.ordered('2027-03-10'), 'expiry'), [
      'Il servizio non ha ancora una scadenza: sarà un anno dopo il giorno in cui viene attivato.',
    ]);
  });
});

describe('why this amount', () => {
  it('is told line by line, with discount, rounding, taxes, what came and what is due', () => {
    const life = Life.ordered('2027-03-08', { years: 2, extras: { user: 2 }, agreementCode: 'STUDI20' });
    life.pay(life.unpaid(), { amountMinor: 5000 });
    assert.deepStrictEqual(withoutNumbers(said(life, 'amount')), [
      'L’ordine di primo acquisto N dell’8 marzo 2027 costa 97,60 €: 80,00 € di imponibile più 17,60 € di IVA (22%).',
      'L’imponibile dell’ordine N, riga per riga: Fatturazione Elettronica, 25,00 € l’anno per due anni meno il 20% della convenzione STUDI20 = 40,00 €; due utenti aggiuntivi, 2 × 10,00 € l’anno per due anni = 40,00 €.',
      'Per l’ordine N abbiamo registrato 50,00 € (con bonifico l’8 marzo 2027); restano da pagare 47,60 €.',
    ]);
  });

  it('shows months as the part of a year they are, and says what was rounded', () => {
    const life = Life.active('2027-03-10');
    life.until('2027-05-15');
    life.upgrade({ space: 1 });
    const [, lines] = withoutNumbers(said(life, 'amount'));
    assert.equal(
      lines,
      'L’imponibile dell’ordine N, riga per riga: 1 GB di spazio aggiuntivo, 10,00 € l’anno per un anno = 10,00 €; Fatturazione Elettronica (estensione alla nuova scadenza), 25,00 € l’anno × 3 mesi / 12 = 6,25 €.',
    );
    assert.match(String(said(life, 'amount', 'en')[1]), /€25\.00 a year × 3 months \/ 12 = €6\.25/);
  });

  it('names the promotion that lowers it, or the agreement where that gives more', () => {
    const life = Life.active('2027-03-10');
    const promotion: Promotion = {
      name: { it: 'Primavera', en: 'Spring' },
      products: ['fe'],
      percent: 18,
      validFrom: on('2027-03-01'),
      validThrough: on('2027-05-31'),
      orderTypes: ['renewal'],
    };
    const catalogue = { ...CATALOGUE, promotions: [promotion] };
    const ordered = (agreementCode?: string): string => {
      const quoted = { catalogue, placedOn: life.today, ...(agreementCode === undefined ? {} : { agreementCode }) };
      const number = life.place(quoteRenewal('renewal', { years: 1 }, life.basis, quoted));
      const [, lines] = said(life, 'amount');
      life.do({ type: 'CancelOrder', number });
      return String(lines);
    };
    assert.match(ordered(), /25,00 € l’anno per un anno meno il 18% della promozione «Primavera» = 20,50 €\.$/);
    assert.match(ordered('STUDI20'), /meno il 20% della convenzione STUDI20 = 20,00 €\.$/);
  });

  it('asks a public administration for the net amount, also once its commitment released the order', () => {
    const life = Life.ordered('2027-03-10', { splitPayment: true });
    const number = life.unpaid();
    life.do({ type: 'RegisterCommitment', number, registeredOn: dateAt(life.now), reference: 'CIG' });
    assert.deepStrictEqual(withoutNumbers(said(life, 'amount')), [
      'L’ordine di primo acquisto N del 10 marzo 2027 costa 25,00 €, cioè il solo imponibile: l’IVA (22%, 5,50 €) si versa direttamente allo Stato.',
      'L’imponibile dell’ordine N, riga per riga: Fatturazione Elettronica, 25,00 € l’anno per un anno = 25,00 €.',
      'L’ordine N è concluso dal 10 marzo 2027: vale l’impegno di spesa registrato il 10 marzo 2027; restano da pagare 25,00 €.',
    ]);
  });

  it('foretells the next auto-renewal by what is published today, and says that the day itself counts', () => {
    const life = Life.renewing('2029-03-08');
    assert.deepStrictEqual(said(life, 'next_renewal'), [
      'Il rinnovo automatico previsto per il 1 marzo 2030, per un anno, secondo quanto pubblicato oggi costa 35,38 €: 29,00 € di imponibile più 6,38 € di IVA (22%); conta però il listino in vigore quel giorno.',
      'Il conto del prossimo rinnovo automatico, riga per riga: Fatturazione Elettronica, 29,00 € l’anno per un anno = 29,00 €.',
    ]);
  });
});

describe('why a button is missing', () => {
  it('is told with the way to get it back', () => {
    const life = Life.renewing('2027-03-10');
    assert.deepStrictEqual(said(life, 'button_renew'), [
      'Il pulsante Rinnova non compare: il rinnovo automatico è attivo; disattivalo e il pulsante ricompare.',
    ]);
    assert.deepStrictEqual(said(life, 'button_upgrade'), []);
    life.do({ type: 'GiveNotice' });
    assert.deepStrictEqual(said(life, 'button_upgrade'), [
      'Il pulsante Upgrade non compare: hai dato disdetta il 10 marzo 2027, che è definitiva; quando il servizio sarà terminato potrai acquistarne uno nuovo.',
    ]);
  });

  it('names the order that is being charged', () => {
    const life = Life.active('2027-03-10');
    const number = life.renew();
    life.do({ type: 'PayOrder', number, method: CARD });
    for (const topic of ['button_pay', 'button_cancel', 'button_give_notice'] as const) {
      const [sentence, ...others] = told(life).filter((one) => one.topic === topic);
      assert.equal(others.length, 0);
      assert.match(String(sentence?.it), /è in corso un addebito; ricompare appena se ne conosce l’esito\.$/);
      assert.ok(sentence?.restsOn.some((ground) => ground.kind === 'order' && ground.number === number));
    }
  });
});

describe('what comes', () => {
  it('is told with the charge and the retries left', () => {
    const life = Life.renewing('2027-03-10');
    life.gateway = 'declined';
    life.until('2028-03-06');
    assert.deepStrictEqual(withoutNumbers(said(life, 'next')), [
      'Il 7 marzo 2028 alle 09:00 addebiteremo 30,50 € per l’ordine N sulla carta di credito registrata; se l’addebito non riesce riproveremo una volta: il 9 marzo 2028.',
      'Se l’ordine N viene pagato oggi, la scadenza passa dal 10 marzo 2028 al 10 marzo 2029.',
    ]);
  });

  it('says when everything would end if nothing were paid', () => {
    assert.deepStrictEqual(said(Life.active('2027-03-10'), 'if_unpaid'), [
      'Se non viene pagato nulla, il 10 marzo 2028 alle 00:00 il servizio scade: da quel momento si può solo consultare e scaricare, e le fatture dei fornitori arrivano ancora.',
      'Potrai riattivarlo con un pagamento registrato entro il 9 maggio 2028, l’ultimo giorno utile; il 2 maggio 2028 te lo ricorderemo per e-mail.',
      'Senza un pagamento il servizio termina il 10 maggio 2028 alle 00:00: non si può più riattivare, gli ordini non pagati decadono e i dati vengono avviati alla cancellazione.',
    ]);
  });

  const lives: [string, () => Life][] = [
    ['a first order', () => Life.ordered('2027-03-10')],
    ['auto-renewal off', () => Life.active('2027-03-10')],
    ['auto-renewal on', () => Life.renewing('2027-03-10')],
    ['a card that is declined', () => declinedOnce()],
    ['an expired service', () => at(Life.active('2027-03-10'), '2028-04-01')],
  ];
  for (const [name, begin] of lives) {
    it(`is exactly what then happens: ${name}`, () => {
      const life = begin();
      life.gateway = 'declined';
      const foretold = ifNothingIsPaid(life.state, life.now, quoteNextRenewal(life.state, life.now, CATALOGUE));
      const dated = ({ type, at: when }: Event): string => `${formatInstant(when)} ${type}`;
      const happened = life.until('2030-01-01').filter(({ type }) => type !== 'ChargeDeclined');
      assert.deepStrictEqual(foretold.map(dated), happened.map(dated));
      assert.ok(foretold.length > 0);
    });
  }
});

function at(life: Life, date: string): Life {
  life.until(date);
  return life;
}

function declinedOnce(): Life {
  const life = Life.renewing('2027-03-10');
  life.gateway = 'declined';
  return at(life, '2028-03-04');
}

describe('what became of each charge', () => {
  it('is told without the gateway’s own words', () => {
    const life = declinedOnce();
    const charges = withoutNumbers(said(life, 'charges'));
    assert.match(String(charges.at(-1)), /^Il 3 marzo 2028 alle 09:00 abbiamo chiesto un addebito di 30,50 €/);
    assert.match(
      String(charges.at(-1)),
      /per il rinnovo automatico: è stato rifiutato e non è stato prelevato nulla\.$/,
    );
    assert.doesNotMatch(charges.join(' '), /said the gateway|insufficient_funds/);
    life.do({ type: 'SetPaymentMethod', method: NEW_CARD });
    life.reach(life.deadline!);
    assert.match(String(said(life, 'charges').at(-1)), /: attendiamo l’esito\.$/);
    life.answer('unknown');
    assert.match(String(said(life, 'charges').at(-1)), /non addebiteremo due volte\.$/);
  });
});

describe('what became of money', () => {
  it('is told of what was too much, and of what came for a cancelled order', () => {
    const life = Life.active('2027-03-10');
    const number = life.renew();
    life.do({ type: 'CancelOrder', number });
    life.pay(number, { amountMinor: 3050 });
    life.pay(life.renew(), { amountMinor: 4000 });
    assert.deepStrictEqual(withoutNumbers(said(life, 'money')), [
      '30,50 € del pagamento con bonifico registrato il 10 marzo 2027: l’ordine N è stato annullato; l’importo è affidato a un operatore, che lo attribuisce o lo restituisce.',
      '9,50 € del pagamento con bonifico registrato il 10 marzo 2027: l’ordine N costava meno; l’importo è credito a tuo favore.',
    ]);
  });
});

describe('the rules', () => {
  it('each name their guide or the service’s conditions, in both languages', () => {
    for (const id of RULE_IDS) {
      const { it: italian, en } = ruleText(id);
      assert.match(italian, /\((guida «.+»|condizioni del servizio)\)\.$/, id);
      assert.match(en, /\((guide “.+”|conditions of the service)\)\.$/, id);
    }
  });
});

/** How often a button is told to be missing: once for each that is, never for one that shows. */
function checkButtons(state: Subscription, sentences: readonly Sentence[]): void {
  const count = (topic: Topic): number => sentences.filter((sentence) => sentence.topic === topic).length;
  const { renew, upgrade, reactivate, giveNotice, orders } = allowedActions(state);
  const missing = (shown: boolean): number => (shown ? 0 : 1);
  assert.equal(count('button_renew'), missing(renew));
  assert.equal(count('button_upgrade'), missing(upgrade));
  assert.equal(count('button_reactivate'), missing(reactivate));
  assert.equal(count('button_give_notice'), missing(giveNotice));
  const without = (action: 'pay' | 'cancel'): number => orders.filter((order) => !order[action]).length;
  assert.equal(count('button_pay'), orders.length === 0 ? 1 : without('pay'));
  assert.equal(count('button_cancel'), orders.length === 0 ? 1 : without('cancel'));
}

function exists(ground: Ground, events: readonly Event[]): boolean {
  switch (ground.kind) {
    case 'order':
      return events.some((event) => event.type === 'OrderPlaced' && event.order.number === ground.number);
    case 'payment':
      return events.some((event) => event.type === 'PaymentReceived' && event.payment.key === ground.key);
    case 'event':
      return events.some(({ sequence, type }) => sequence === ground.sequence && type === ground.type);
    case 'rule':
      return RULE_IDS.includes(ground.id);
  }
}

function checkSentence(sentence: Sentence, events: readonly Event[]): void {
  for (const text of [sentence.it, sentence.en]) {
    assert.match(text, /^[\p{Lu}\d€].*\.$/u);
    assert.doesNotMatch(text, /\b(?:undefined|null|NaN)\b|\[object|_| {2}|'|\.\.|foretold/, text);
  }
  assert.notEqual(sentence.it, sentence.en);
  // Italian elides before eight and eleven, and only there.
  assert.doesNotMatch(sentence.it, /\b(il|al|dal|del) (8|11) |l’(?!8|11)\d/, sentence.it);
  assert.notEqual(sentence.restsOn.length, 0, `rests on nothing: ${sentence.en}`);
  for (const ground of sentence.restsOn)
    assert.ok(exists(ground, events), `${JSON.stringify(ground)} is not in the timeline: ${sentence.en}`);
}

function checkTold(life: Told): void {
  const sentences = told(life);
  assert.ok(sentences.length <= 45, `${sentences.length} sentences`);
  for (const sentence of sentences) checkSentence(sentence, life.events);
  checkButtons(life.state, sentences);
  const expiry = expiresOn(life.state);
  if (expiry === null) return;
  const chain = sentences.filter(({ topic }) => topic === 'expiry');
  assert.ok(chain.length >= 2);
  for (const language of ['it', 'en'] as const) {
    assert.ok(chain.at(0)?.[language].includes(day(language, expiry)), `${chain.at(0)?.[language]} ${expiry}`);
    assert.ok(chain.at(-1)?.[language].includes(day(language, expiry)), `${chain.at(-1)?.[language]} ${expiry}`);
  }
}

/** For more of them: `LIVES=20000 npm test -- test/domain/explain.test.ts`. */
const RUNS = Number(process.env['LIVES'] ?? 150);

describe('every life, whatever happened to it', () => {
  it('explains itself: its expiry, its buttons, and each sentence by what exists', () => {
    fc.assert(
      fc.property(births, steps, (birth, happenings) => {
        const life = new RandomLife(birth);
        happenings.forEach((step, index) => {
          life.take(step);
          if (index % 4 === 0) checkTold(life);
        });
        checkTold(life);
      }),
      { numRuns: RUNS },
    );
  });
});
