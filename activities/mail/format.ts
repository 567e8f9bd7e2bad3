export { amount, day } from '../../domain/format.ts';
export type { Language } from '../../domain/words.ts';

/** An IBAN as people read it: in groups of four. */
export function iban(electronic: string): string {
  return electronic.replaceAll(/(.{4})(?=.)/g, '$1 ');
}

/** Text from outside on one line: no line breaks or other control characters, nothing that turns the writing direction. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
}
