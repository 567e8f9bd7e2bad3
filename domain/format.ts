/**
 * Amounts and dates as each language writes them. Written out by hand instead of asked from the machine's locale data, so
 * that letters, pages and explanations say the same wherever they are made.
 */
import type { PlainDate } from './calendar.ts';
import type { Language } from './words.ts';

const MONTHS: Readonly<Record<Language, readonly string[]>> = {
  it: [
    'gennaio',
    'febbraio',
    'marzo',
    'aprile',
    'maggio',
    'giugno',
    'luglio',
    'agosto',
    'settembre',
    'ottobre',
    'novembre',
    'dicembre',
  ],
  en: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
};

/** Cents as the language writes them: `1.234,50 €`, `€1,234.50`. */
export function amount(language: Language, amountMinor: number): string {
  const [thousands, point] = language === 'it' ? ['.', ','] : [',', '.'];
  const cents = Math.abs(amountMinor);
  const whole = String(Math.floor(cents / 100)).replaceAll(/\B(?=(?:\d{3})+$)/g, thousands);
  const figure = `${whole}${point}${String(cents % 100).padStart(2, '0')}`;
  const sign = amountMinor < 0 ? '-' : '';
  return language === 'it' ? `${sign}${figure} €` : `${sign}€${figure}`;
}

/** A Rome date as the language writes it: `1 marzo 2028`, `1 March 2028`. */
export function day(language: Language, date: PlainDate): string {
  const [year = '', month = '', dayOfMonth = ''] = date.split('-');
  return `${Number(dayOfMonth)} ${MONTHS[language][Number(month) - 1] ?? ''} ${Number(year)}`;
}

/** Eight and eleven begin with a vowel: l'8 marzo, dall'11 aprile. */
const elides = (date: PlainDate): boolean => ['08', '11'].includes(date.slice(8));
const withArticle =
  (plain: string, elided: string) =>
  (date: PlainDate): string =>
    elides(date) ? `${elided}${day('it', date)}` : `${plain} ${day('it', date)}`;

/** `il 3 marzo 2028`, `l'8 marzo 2028`. */
export const il = withArticle('il', "l'");
export const al = withArticle('al', "all'");
export const dal = withArticle('dal', "dall'");
export const del = withArticle('del', "dell'");
