/** Run in a process of its own, in some time zone and language: prints what dates, codes and a life come to there. */
import { addMonths, dateAt, formatInstant, instantOf } from '../../domain/calendar.ts';
import { agreementFor } from '../../domain/catalogue.ts';
import { CATALOGUE, iso, Life, on } from './builders.ts';

const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
const life = Life.renewing('2027-10-01');
life.gateway = 'declined';
const years = life.until('2029-01-01').filter(({ type }) => type !== 'ChargeDeclined');
const days = ['2027-03-28', '2027-10-31', '2028-02-29'].map(on);

console.log(
  JSON.stringify({
    place: [timeZone, locale],
    midnights: days.map((day) => instantOf(day)),
    dates: days.map((day) => dateAt(instantOf(day))),
    lateEvening: dateAt(iso('2027-12-31T22:30:00Z')),
    yearsLater: days.map((day) => addMonths(day, 12)),
    // An "i" has another capital in Turkish.
    agreement: agreementFor(CATALOGUE, 'studi20', { type: 'renewal', product: 'fe', day: on('2027-03-28') }).percent,
    life: years.map(({ type, at }) => `${formatInstant(at)} ${type}`),
  }),
);
