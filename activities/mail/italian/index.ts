import type { Tongue } from '../letters.ts';
import { accountLetters } from './accounts.ts';
import { charges } from './charges.ts';
import { deadlines } from './deadlines.ts';
import { orders } from './orders.ts';
import { refunds } from './refunds.ts';

export const italian: Tongue = {
  letters: { ...orders, ...deadlines, ...refunds, ...charges },
  accountLetters,
  greeting: (name) => ({ before: 'Gentile ', name: name === '' ? 'cliente' : name, after: ',' }),
  closing: 'Un cordiale saluto,\nil servizio clienti',
  footer: "Messaggio automatico: per assistenza usa i contatti indicati nell'area clienti.",
};
