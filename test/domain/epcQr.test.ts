import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { epcPayload, type EpcTransfer } from '../../domain/epcQr.ts';

interface Fields {
  name: string;
  iban: string;
  bic?: string;
  amount: string;
  text?: string;
}

const { payloads, refused } = JSON.parse(readFileSync(new URL('../data/epcQr.json', import.meta.url), 'utf8')) as {
  payloads: { id: string; fields: Fields; payload: string }[];
  refused: { id: string; why: string; fields: Fields }[];
};

function transferOf({ name, iban, bic, amount, text = 'x' }: Fields): EpcTransfer {
  return { name, iban, bic, amountMinor: Math.round(Number(amount) * 100), text };
}

const OURS: EpcTransfer = {
  name: 'Fornitore di Esempio S.p.A.',
  iban: 'IT60X0542811101000000123456',
  amountMinor: 3050,
  text: '1000000161',
};

const [LINE_OF_NAME, LINE_OF_IBAN, LINE_OF_BIC, LINE_OF_AMOUNT, LINE_OF_TEXT] = [5, 6, 4, 7, 10];

describe('the payload of a transfer’s QR code', () => {
  it('fills in whom, how much and what for, and ends there', () => {
    assert.equal(
      epcPayload(OURS),
      'BCD\n002\n1\nSCT\n\nFornitore di Esempio S.p.A.\nIT60X0542811101000000123456\nEUR30.50\n\n\n1000000161',
    );
    assert.equal(epcPayload({ ...OURS, bic: 'POSOIT22XXX' }).split('\n')[LINE_OF_BIC], 'POSOIT22XXX');
  });

  for (const { id, fields, payload } of payloads) {
    it(`has each field on the line where others have it: ${id}`, () => {
      const [ours, theirs] = [epcPayload(transferOf(fields)), payload].map((text) => text.split('\n'));
      for (const line of [0, 2, 3, LINE_OF_BIC, LINE_OF_NAME, LINE_OF_IBAN]) assert.equal(ours?.[line], theirs?.[line]);
      const [amount, other] = [ours, theirs].map((lines) => Number(lines?.[LINE_OF_AMOUNT]?.replace(/^EUR/, '')));
      assert.equal(amount, other);
      if (fields.text !== undefined) assert.equal(ours?.[LINE_OF_TEXT], theirs?.[LINE_OF_TEXT]);
    });
  }

  for (const { id, why, fields } of refused) {
    it(`is refused where others refuse it: ${id} (${why})`, () => {
      assert.throws(() => epcPayload(transferOf(fields)), RangeError);
    });
  }

  for (const [what, changes] of [
    ['a line break that would begin another field', { name: 'A\nB' }],
    ['letters that not every bank shows', { name: '株式会社' }],
    ['marks that turn the direction', { text: '100\u202e0000161' }],
    ['an IBAN with blanks', { iban: 'IT60 X054 2811 1010 0000 0123 456' }],
    ['no name', { name: ' ' }],
    ['no text', { text: '' }],
    ['more text than fits', { text: 'x'.repeat(141) }],
    ['part of a cent', { amountMinor: 30.5 }],
    ['more than a transfer may carry', { amountMinor: 100_000_000_000 }],
    ['more bytes than fit', { name: 'à'.repeat(70), text: 'à'.repeat(140) }],
  ] as const) {
    it(`takes no ${what.replace(/^no /, '')}`, () => {
      assert.throws(() => epcPayload({ ...OURS, ...changes }), RangeError);
    });
  }

  it('carries the largest and the smallest amount, and names with accents', () => {
    assert.ok(epcPayload({ ...OURS, amountMinor: 1 }).includes('\nEUR0.01\n'));
    assert.ok(epcPayload({ ...OURS, amountMinor: 99_999_999_999 }).includes('\nEUR999999999.99\n'));
    assert.ok(epcPayload({ ...OURS, name: 'Società Müller & Figli' }).includes('\nSocietà Müller & Figli\n'));
  });
});
