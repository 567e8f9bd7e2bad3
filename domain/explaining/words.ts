/** How explanations put quantities, units and lists, in each language. */
import type { PlainDate } from '../calendar.ts';
import type { Sku } from '../catalogue.ts';
import { al, amount, dal, day, del, il } from '../format.ts';
import { SKU_LABELS } from '../labels.ts';
import type { PaymentMethodKind, StoredMethodKind } from '../orders.ts';
import type { OrderType } from '../planning.ts';
import type { Language, Words } from '../words.ts';

export { al, amount, dal, day, del, il };

const COUNTED: Readonly<Record<Language, readonly string[]>> = {
  it: ['zero', 'un', 'due', 'tre', 'quattro', 'cinque', 'sei', 'sette', 'otto', 'nove', 'dieci'],
  en: ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'],
};

/** `un anno`, `due anni`, `12 anni`: small numbers in letters. `one` and `many` are the noun's forms. */
export function counted(language: Language, count: number, one: string, many: string): string {
  return `${COUNTED[language][count] ?? count} ${count === 1 ? one : many}`;
}

export function years(count: number): Words {
  return { it: counted('it', count, 'anno', 'anni'), en: counted('en', count, 'year', 'years') };
}

export function months(count: number): Words {
  return { it: counted('it', count, 'mese', 'mesi'), en: counted('en', count, 'month', 'months') };
}

/** Units of a product in running text: `due utenti aggiuntivi`, `3 GB di spazio aggiuntivo`. */
export function units(sku: Sku, quantity: number): Words {
  switch (sku) {
    case 'user':
      return {
        it: counted('it', quantity, 'utente aggiuntivo', 'utenti aggiuntivi'),
        en: counted('en', quantity, 'additional user', 'additional users'),
      };
    case 'space':
      return { it: `${quantity} GB di spazio aggiuntivo`, en: `${quantity} GB of additional space` };
    case 'documents':
    case 'payments':
    case 'nso':
      return { it: `il ${SKU_LABELS[sku].it.replace('Modulo', 'modulo')}`, en: `the ${SKU_LABELS[sku].en}` };
    case 'fe':
    case 'fe-receive-only':
      return SKU_LABELS[sku];
  }
}

/** An order by its type, with the article: `il rinnovo`, `l'upgrade`. */
export const AN_ORDER_OF: Readonly<Record<OrderType, Words>> = {
  first_purchase: { it: "l'ordine di primo acquisto", en: 'the first order' },
  renewal: { it: "l'ordine di rinnovo", en: 'the renewal order' },
  upgrade: { it: "l'ordine di upgrade", en: 'the upgrade order' },
  reactivation: { it: "l'ordine di riattivazione", en: 'the reactivation order' },
};

export const METHODS: Readonly<Record<PaymentMethodKind, Words>> = {
  bank_transfer: { it: 'con bonifico', en: 'by bank transfer' },
  postal_slip: { it: 'con bollettino postale', en: 'by postal slip' },
  card: { it: 'con carta di credito', en: 'by credit card' },
  paypal: { it: 'con PayPal', en: 'by PayPal' },
  credit: { it: 'usando il tuo credito', en: 'from your credit' },
};

export function onTheMethod(kind: StoredMethodKind): Words {
  return kind === 'card'
    ? { it: 'sulla carta di credito registrata', en: 'to the stored credit card' }
    : { it: 'sul conto PayPal registrato', en: 'to the stored PayPal account' };
}

/** `a, b e c` / `a, b and c`; empty for nothing. */
export function listed(language: Language, items: readonly string[]): string {
  const last = items.at(-1);
  if (last === undefined || items.length === 1) return last ?? '';
  return `${items.slice(0, -1).join(', ')} ${language === 'it' ? 'e' : 'and'} ${last}`;
}

export function dates(days: readonly PlainDate[]): Words {
  return {
    it: listed('it', days.map(il)),
    en: listed(
      'en',
      days.map((one) => day('en', one)),
    ),
  };
}

/** `il 20%`, `l'8%`, `l'80%`: eight and eleven begin with a vowel in any length. */
export function thePercent(percent: number): string {
  const figure = String(percent).replace('.', ',');
  return figure.startsWith('8') || /^11(?:,|$)/.test(figure) ? `l'${figure}%` : `il ${figure}%`;
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
