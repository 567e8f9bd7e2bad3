/** Amounts as Italian forms want them: in words. */
const SMALL = [
  '',
  'uno',
  'due',
  'tre',
  'quattro',
  'cinque',
  'sei',
  'sette',
  'otto',
  'nove',
  'dieci',
  'undici',
  'dodici',
  'tredici',
  'quattordici',
  'quindici',
  'sedici',
  'diciassette',
  'diciotto',
  'diciannove',
] as const;
const TENS = [
  '',
  '',
  'venti',
  'trenta',
  'quaranta',
  'cinquanta',
  'sessanta',
  'settanta',
  'ottanta',
  'novanta',
] as const;
const MILLION = 1_000_000;

/** A whole number from 0 to 999,999,999 in words, written as one: `milleduecentotrentaquattro`. */
export function inWords(number: number): string {
  if (!Number.isInteger(number) || number < 0 || number >= 1000 * MILLION)
    throw new RangeError(`${number} is not written in words.`);
  if (number === 0) return 'zero';
  const millions = Math.floor(number / MILLION);
  const thousands = Math.floor(number / 1000) % 1000;
  const text =
    (millions === 0 ? '' : millions === 1 ? 'unmilione' : `${hundreds(millions)}milioni`) +
    (thousands === 0 ? '' : thousands === 1 ? 'mille' : `${hundreds(thousands)}mila`) +
    hundreds(number % 1000);
  // Only a final "tre" that ends a longer word is stressed.
  return text.length > 3 && text.endsWith('tre') ? `${text.slice(0, -1)}é` : text;
}

function hundreds(number: number): string {
  const count = Math.floor(number / 100);
  const rest = number % 100;
  const head = count === 0 ? '' : `${count === 1 ? '' : SMALL[count]}cento`;
  // centottanta, not centoottanta: the word for the tens swallows the "o" only before "ottanta" and "otto".
  return `${head}${tens(rest)}`.replace('centoott', 'centott');
}

function tens(number: number): string {
  if (number < 20) return SMALL[number] ?? '';
  const ten = TENS[Math.floor(number / 10)] ?? '';
  const one = SMALL[number % 10] ?? '';
  // ventuno, ventotto: the ten loses its vowel before another.
  return /^[uo]/.test(one) ? ten.slice(0, -1) + one : ten + one;
}

/** Cents as on a postal slip: `trenta/50`. */
export function amountInWords(minor: number): string {
  return `${inWords(Math.floor(minor / 100))}/${(minor % 100).toString().padStart(2, '0')}`;
}
