import { instantOf, TIME_ZONE, type PlainDate } from '../../domain/calendar.ts';
import { CURRENCY } from '../../domain/money.ts';

export type Language = 'it' | 'en';

const LOCALES = { it: 'it-IT', en: 'en-GB' } as const;

const amounts = {
  it: amountFormat('it'),
  en: amountFormat('en'),
};
const days = {
  it: dayFormat('it'),
  en: dayFormat('en'),
};

function amountFormat(language: Language): Intl.NumberFormat {
  return new Intl.NumberFormat(LOCALES[language], { style: 'currency', currency: CURRENCY, useGrouping: 'always' });
}

function dayFormat(language: Language): Intl.DateTimeFormat {
  const parts = { day: 'numeric', month: 'long', year: 'numeric' } as const;
  return new Intl.DateTimeFormat(LOCALES[language], { ...parts, timeZone: TIME_ZONE });
}

/** Cents as the language writes them: `30,50 €`, `€30.50`. */
export function amount(language: Language, amountMinor: number): string {
  // Two decimals bring back exactly the cents that were divided, far beyond any amount accepted here.
  return amounts[language].format(amountMinor / 100).replaceAll('\u00a0', ' ');
}

/** A Rome date as the language writes it: `1 marzo 2028`, `1 March 2028`. */
export function day(language: Language, date: PlainDate): string {
  return days[language].format(instantOf(date, 12));
}

/** Text from outside on one line: no line breaks or other control characters, nothing that turns the writing direction. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
}
