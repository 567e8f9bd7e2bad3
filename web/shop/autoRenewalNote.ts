import { html } from 'ghtml';
import { notice } from '../layout.ts';
import type { SignedVisit } from '../visit.ts';
import type { Cart } from './cartState.ts';
import type { Quote } from './contract.ts';

/** What paying by card or PayPal switches on, and when the next charge would come; not for upgrades. */
export function autoRenewalNote({ words, format }: SignedVisit, { type, years }: Cart, quote: Quote): string {
  const say = words.shop.checkout;
  if (type === 'upgrade') return notice('info', html`${say.upgradeLeavesRenewal}`, words);
  const days = quote.chargeDaysBefore;
  const count = quote.years ?? Number(years);
  const newEnd = quote.ends[0]?.newEndsOn;
  const when =
    newEnd === undefined
      ? say.chargeAfterActivation(format.date(chargeDay(yearsLater(quote.validOn, count), days)), days)
      : say.chargeOn(format.date(chargeDay(newEnd, days)), format.date(newEnd), days);
  return notice('info', html`${say.autoRenewal(count)} !${when}`, words);
}

/** The charge of an auto-renewal comes so many days before the expiry [guide: renewal]. */
function chargeDay(endsOn: string, daysBefore: number): string {
  const day = new Date(`${endsOn}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() - daysBefore);
  return day.toISOString().slice(0, 10);
}

/** As if activated on that day; 29 February ends on the 28th. */
function yearsLater(plain: string, count: number): string {
  const [year = '', month = '', day = ''] = plain.split('-');
  const isLeapDay = month === '02' && day === '29';
  return `${Number(year) + count}-${month}-${isLeapDay ? '28' : day}`;
}
