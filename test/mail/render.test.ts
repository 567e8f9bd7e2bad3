import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { day } from '../../activities/mail/format.ts';
import { orderStanding, render } from '../../activities/mail/render.ts';
import { instant, plainDate } from '../../domain/calendar.ts';
import type { Message } from '../../domain/messages.ts';
import { newSubscription } from '../../domain/subscription.ts';
import { KINDS, NUMBER, PASSWORD, present, sample } from './support/samples.ts';

const LANGUAGES = ['it', 'en'] as const;
const ADA = { it: { language: 'it', name: 'Ada Rossi' }, en: { language: 'en', name: 'Ada Rossi' } } as const;

/** Every tag a letter may hold: whatever else looks like one came from outside. */
const TAGS = /^<(!doctype|\/?(html|head|body|div|p|bdi|a|table|caption|tr|td|title)|meta|br)(?=[\s>])/;

function inItalian(message: Message, around = present()): string {
  return render(message, ADA.it, around).text;
}

function inEnglish(message: Message, around = present()): string {
  return render(message, ADA.en, around).text;
}

for (const language of LANGUAGES) {
  describe(`a letter in ${language}`, () => {
    for (const kind of KINDS) {
      it(`${kind} is whole: subject, greeting, text, and HTML that says the same`, () => {
        const { subject, text, html } = render(sample(kind), ADA[language], present());
        assert.ok(subject.length > 10 && subject.length < 120, subject);
        assert.ok(text.startsWith(language === 'it' ? 'Gentile Ada Rossi,\n\n' : 'Dear Ada Rossi,\n\n'), text);
        for (const part of [subject, text, html]) {
          assert.doesNotMatch(part, /\b(undefined|null|NaN)\b|\[object|\$\{/);
          assert.doesNotMatch(part, /\d{4}-\d{2}-\d{2}/, 'a date nobody would write');
        }
        assert.deepStrictEqual(wordsOf(html), wordsOf(text.replace(/\n-- \n/, '\n')));
      });

      it(`${kind} holds no tag but its own, also with a hostile name`, () => {
        const name = `<script>alert("1")</script> O'Neill & "Söhne" 🎩 \u202eevil\u202c\r\nBcc: eve@example.com שלום`;
        const { subject, text, html } = render(sample(kind), { language, name }, present());
        for (const tag of html.match(/<[^\s>]*[\s>]/g) ?? []) assert.match(tag, TAGS);
        assert.ok(!html.includes('<script'));
        assert.ok(html.includes('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; O&#39;Neill &amp; '));
        assert.ok(text.includes('🎩') && text.includes('שלום'));
        assert.ok(!/[\r\n]/.test(subject));
        assert.ok(!text.includes('\nBcc:') && !/[\u202a-\u202e]/.test(text + html));
      });
    }
  });
}

/** The words a reader sees. */
function wordsOf(source: string): string[] {
  const seen = source
    .replace(/<title>.*<\/title>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/https?:\S+/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'");
  return seen.split(/[\s:,]+/).filter((word) => word !== '');
}

describe('amounts and dates', () => {
  it('are written as each language writes them', () => {
    assert.match(inItalian(sample('charged')), /addebitato 30,50 € .*\n\n.*fino al 1 marzo 2029\./);
    assert.match(inEnglish(sample('charged')), /charged €30\.50 .*\n\n.*until 1 March 2029\./);
    assert.match(inItalian(sample('part_payment')), /restano da pagare 1\.234,56 €/);
    assert.match(inEnglish(sample('part_payment')), /€1,234\.56 are still to be paid/);
  });

  it('are exact to the cent, up to the largest amount', () => {
    for (const [amountMinor, text] of [
      [0, '0,00 €'],
      [1, '0,01 €'],
      [10, '0,10 €'],
      [999_999_999, '9.999.999,99 €'],
    ] as const)
      assert.ok(inItalian(sample('charged', { amountMinor })).includes(`addebitato ${text} `));
  });

  it('elide the article before eight and eleven', () => {
    assert.match(
      inItalian(sample('notice_confirmed', { endsOn: plainDate('2028-03-08') })),
      /scadenza, l'8 marzo 2028;/,
    );
    assert.match(inItalian(sample('renewed', { expiresOn: plainDate('2028-04-11') })), /è l'11 aprile 2028\./);
    assert.match(inItalian(sample('upgrade_active')), /dall'11 giugno 2027 all'11 giugno 2028/);
  });

  it('are Rome’s days, also on the days the clocks change', () => {
    assert.strictEqual(day('it', plainDate('2027-03-28')), '28 marzo 2027');
    assert.strictEqual(day('it', plainDate('2027-10-31')), '31 ottobre 2027');
    assert.strictEqual(day('en', plainDate('2028-02-29')), '29 February 2028');
  });
});

describe('an order confirmed', () => {
  const confirmed = sample('order_confirmed');
  const standing = { number: NUMBER, dueMinor: 6405, released: false } as const;

  it('tells how to pay while it is unpaid, the order’s number being the reason', () => {
    const text = inItalian(confirmed);
    assert.ok(text.includes('Bonifico bancario\n  Intestatario: Fornitore di Esempio S.p.A.\n  IBAN: IT60 X054'));
    assert.ok(text.includes(`Causale: ${NUMBER}\n  Importo: 64,05 €`));
    assert.ok(text.includes('Bollettino postale') && text.includes('https://clienti.example/area'));
    assert.ok(text.includes('La scadenza del servizio è vicina'));
    assert.match(render(confirmed, ADA.it, present()).subject, /modalità di pagamento/);
  });

  it('says how soon each way of paying is registered', () => {
    assert.match(
      inItalian(confirmed),
      /Carta e PayPal sono registrati subito; un bonifico o un bollettino dopo qualche giorno/,
    );
    assert.match(inEnglish(confirmed), /registered at once; a transfer or a slip after some working days/);
  });

  it('says that placeholder details must not be paid to, and does not say it of real ones', () => {
    assert.ok(inItalian(confirmed).includes('Non eseguire pagamenti'));
    assert.ok(inEnglish(confirmed).includes('Do not pay to them'));
    const instructions = {
      bankTransfer: { holder: 'Vera S.p.A.', iban: 'IT28W8000000292100645211151', bic: 'POSOIT22XXX' },
      postalSlip: { holder: 'Vera S.p.A.', accountNumber: '12345678' },
      placeholder: false,
    };
    const text = inItalian(confirmed, present({ instructions }));
    assert.ok(text.includes('IBAN: IT28 W800 0000 2921 0064 5211 151\n  BIC: POSOIT22XXX'));
    assert.ok(!text.includes('Non eseguire pagamenti'));
  });

  it('leaves the instructions out once it is paid, or while it is being charged', () => {
    for (const payment of ['paid', 'processing'] as const) {
      const { subject, text } = render(confirmed, ADA.it, present({ order: { ...standing, payment } }));
      assert.ok(!text.includes('IBAN') && !text.includes('Causale') && !text.includes('vicina'));
      assert.ok(!subject.includes('modalità'));
      assert.ok(text.includes(payment === 'paid' ? 'già stato registrato' : 'in corso'));
    }
  });

  it('lists what was ordered', () => {
    const text = inItalian(confirmed);
    assert.ok(text.includes('1 × Fatturazione Elettronica (24 mesi, dal 1 marzo 2028 al 1 marzo 2030): 50,00 €'));
    assert.ok(text.includes('3 × Utente aggiuntivo (1 mese): 2,50 €'));
    assert.ok(text.includes('Totale netto: 52,50 €\n  IVA 22%: 11,55 €\n  Totale da pagare: 64,05 €'));
    assert.ok(text.includes('Data: 8 febbraio 2028\n  Durata: 2 anni'));
  });
});

describe('the words of a letter follow its facts', () => {
  it('declined: the next try, or none, and for an order at checkout what to do', () => {
    assert.match(inItalian(sample('declined')), /Riproveremo il 25 febbraio 2028\.[^]*fino alla scadenza, il 1 marzo/);
    assert.match(inItalian(sample('declined', { nextTryOn: null })), /non sono previsti altri tentativi/);
    assert.match(inEnglish(sample('declined', { nextTryOn: null, occasion: 'checkout' })), /try again, or pay/);
  });

  it('says of a method that was declined for good why it cannot be used any more', () => {
    const declined = sample('declined', { nextTryOn: null, refusedFor: 'card_stolen' });
    assert.match(inItalian(declined), /non si può più usare[^.]*\. La carta risulta smarrita o rubata\./);
    assert.match(inEnglish(declined), /can no longer be used[^.]*\. The card was reported lost or stolen\./);
    assert.doesNotMatch(inEnglish(declined), /try again/);
    const announced = sample('auto_renewal_announced', { refusedFor: 'card_expired' });
    assert.match(inItalian(announced), /La carta è scaduta\. Registrane un altro/);
  });

  it('says what is due again where money was taken back, and what stays', () => {
    assert.match(inItalian(sample('payment_returned')), /restano di nuovo da pagare 30,00 €\. Quanto hai acquistato/);
    assert.match(inEnglish(sample('payment_returned', { reason: 'chargeback' })), /disputed[^]*due again/);
    assert.match(inEnglish(sample('payment_returned', { completed: false })), /are to be paid: we will complete it/);
    const credit = sample('payment_returned', { number: null, dueMinor: 0 });
    assert.match(inItalian(credit), /Il tuo credito diminuisce di 0,50 €/);
    assert.doesNotMatch(inItalian(credit), /Per l'ordine/);
  });

  it('charged: what happens where the service had ended', () => {
    assert.match(inItalian(sample('charged', { expiresOn: null })), /già concluso/);
  });

  it('a renewal order that waits for its payment is named in reminders and after expiry', () => {
    for (const kind of ['renewal_due', 'expired', 'last_call'] as const) {
      const text = inItalian(sample(kind));
      assert.ok(text.includes(`L'ordine ${NUMBER} è già pronto`) && text.includes('IBAN'), kind);
      assert.ok(!inItalian(sample(kind), present({ order: null })).includes('IBAN'), kind);
    }
  });

  it('activation: username and temporary password', () => {
    const text = inItalian(sample('activation'));
    assert.ok(text.includes(`Username: rn00000001\n  Password temporanea: ${PASSWORD}\n`));
    assert.match(text, /Al primo accesso ti sarà chiesto di cambiare la password/);
  });

  it('a customer without a name is addressed all the same', () => {
    const text = render(sample('renewed'), { language: 'it', name: ' \r\n ' }, present()).text;
    assert.ok(text.startsWith('Gentile cliente,\n\n'));
  });

  it('only web addresses become links', () => {
    const hostile = sample('confirmation_needed', { confirmationUrl: 'javascript:alert(1)' });
    assert.throws(() => render(hostile, ADA.it, present()), TypeError);
    const { html } = render(sample('confirmation_needed'), ADA.it, present());
    assert.ok(html.includes('href="https://bank.example/confirm?a=1&amp;b=&quot;2&quot;"'));
  });
});

describe('an order’s standing when its message is sent', () => {
  const life = newSubscription(
    { id: 'sub_1', customerRef: 'cus_1', product: 'fe', splitPayment: false },
    instant('2027-03-01T10:00:00+01:00'),
  );

  it('is paid once the life has let go of it', () => {
    assert.deepStrictEqual(orderStanding(sample('order_confirmed'), life), {
      number: NUMBER,
      payment: 'paid',
      dueMinor: 0,
      released: true,
    });
  });

  it('is nothing for a message about no order, or about an expiry without one', () => {
    assert.strictEqual(orderStanding(sample('terminated'), life), null);
    assert.strictEqual(orderStanding(sample('expired'), life), null);
  });
});
