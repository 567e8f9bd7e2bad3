/** Amounts and dates in the reader's convention; all days and hours are Europe/Rome. */
import { html } from 'ghtml';
import type { Language } from './language.ts';

/** As the API writes money: cents with their currency. */
export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

export interface Format {
  /** `30,50 €` or `€30.50`. */
  money(amount: Money): string;
  number(value: number): string;
  percent(value: number): string;
  /** A date (`2027-03-01`) in words, as a `<time>` element: HTML. */
  date(plain: string): string;
  /** A date in words, as text. */
  dateText(plain: string): string;
  /** The day of an instant in words, as text. */
  dayText(at: string): string;
  /** An instant with its hour, as a `<time>` element: HTML. */
  instant(at: string): string;
  /** Bytes as GB of 1,000,000,000 bytes. */
  gigabytes(bytes: number): string;
}

const LOCALES: Readonly<Record<Language, string>> = { it: 'it-IT', en: 'en-GB' };
const BYTES_PER_GB = 1_000_000_000;
const MINOR_PER_MAJOR = 100;

function formatFor(language: Language): Format {
  const locale = LOCALES[language];
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const gigabytes = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  // A plain date has no hour: midday UTC is that day wherever it is shown.
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  const dayOf = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'Europe/Rome' });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'Europe/Rome' });
  const dateText = (plain: string): string => day.format(new Date(`${plain}T12:00:00Z`));
  return {
    money: ({ amountMinor, currency }) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amountMinor / MINOR_PER_MAJOR),
    number: (value) => number.format(value),
    percent: (value) => percent.format(value / 100),
    date: (plain) => html`<time datetime="${plain}">${dateText(plain)}</time>`,
    dateText,
    dayText: (at) => dayOf.format(new Date(at)),
    instant: (at) => html`<time datetime="${at}">${moment.format(new Date(at))}</time>`,
    gigabytes: (bytes) => `${gigabytes.format(bytes / BYTES_PER_GB)}\u00A0GB`,
  };
}

export const FORMATS: Readonly<Record<Language, Format>> = { it: formatFor('it'), en: formatFor('en') };
