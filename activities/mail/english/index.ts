import type { Tongue } from '../letters.ts';
import { accountLetters } from './accounts.ts';
import { charges } from './charges.ts';
import { deadlines } from './deadlines.ts';
import { orders } from './orders.ts';
import { refunds } from './refunds.ts';

export const english: Tongue = {
  letters: { ...orders, ...deadlines, ...refunds, ...charges },
  accountLetters,
  greeting: (name) => ({ before: 'Dear ', name: name === '' ? 'customer' : name, after: ',' }),
  closing: 'Kind regards,\nCustomer service',
  footer: 'This is an automatic message: for help, please use the contacts given in your customer area.',
};
