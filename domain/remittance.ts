import { isOrderNumber } from './orderNumber.ts';

/**
 * How an order's number stands in what a payer or a bank wrote, the surest first. `reference`: inside a creditor reference
 * or a slip's code with check digits of its own. `exact`: by itself. `broken`: by itself, with blanks, dashes or line ends
 * inside, or letters for digits. `glued`: inside a longer run of digits, broken or not.
 */
export type Finding = 'reference' | 'exact' | 'broken' | 'glued';

export interface NumberFound {
  readonly number: string;
  readonly finding: Finding;
}

const SURENESS: readonly Finding[] = ['reference', 'exact', 'broken', 'glued'];
/** Characters that may come between two digits of one number: a payer's or a bank's own separators and line ends. */
const GAP = /^[\s.,:;/\\|_*'–—-]{1,5}$/;
/** Far more than any bank passes on. What stands behind it is not looked at: it would only take time. */
const LONGEST_TEXT = 20_000;

interface Digit {
  readonly value: string;
  /** Where in the text. */
  readonly at: number;
  /** Whether something stands between it and the digit before. */
  readonly isApart: boolean;
  /** A letter that was written, or read by a scanner, for a digit. */
  readonly isLetter: boolean;
}

/** A number found from one character of the text to another (inclusive). */
interface Place extends NumberFound {
  readonly from: number;
  readonly to: number;
}

/**
 * Every order number that a text may hold, the surest first, each once. Check digits tell wrong numbers from right ones in
 * 96 of 97 cases only, so a long number of the bank's can hold one by chance: what is `glued` counts only if such an order
 * exists, which `exists` knows. Where findings overlap the surer one counts.
 *
 * @param texts in the pieces in which they came: a number may go on in the next piece.
 * @param lengths how many digits the numbers in use have.
 */
export function orderNumbersIn(
  texts: readonly string[],
  exists: (number: string) => boolean,
  lengths: readonly number[] = [10],
): NumberFound[] {
  const text = texts.join('\n').slice(0, LONGEST_TEXT);
  const [plain, misspelt] = [chainsOf(digitsOf(text)), chainsOf(misspeltDigitsOf(text))];
  const references = [...creditorReferences(text, misspelt), ...plain.flatMap(slipCodes)].filter(exists);
  const places = [
    ...plain.flatMap((chain) => windows(chain, lengths)),
    ...misspelt.flatMap((chain) => windows(chain, lengths)).filter(({ isMisspelt }) => isMisspelt),
  ]
    .filter(({ number }) => exists(number))
    .toSorted((a, b) => SURENESS.indexOf(a.finding) - SURENESS.indexOf(b.finding));
  const kept: Place[] = [];
  for (const place of places) if (!kept.some((other) => overlaps(place, other))) kept.push(place);
  const all: NumberFound[] = [
    ...references.map((number): NumberFound => ({ number, finding: 'reference' })),
    ...kept.map(({ number, finding }) => ({ number, finding })),
  ];
  return all.filter(({ number }, index) => all.findIndex((other) => other.number === number) === index);
}

function overlaps(a: Place, b: Place): boolean {
  return a.from <= b.to && b.from <= a.to;
}

type Character = Pick<Digit, 'value' | 'at' | 'isLetter'> & { readonly before: string };

function digitsOf(text: string): Character[] {
  return charactersOf(text, /\d/g);
}

const DIGIT_MEANT: Readonly<Record<string, string>> = { O: '0', o: '0', Q: '0', I: '1', l: '1', '|': '1' };
/** At least so many digits of a number are written as such. */
const FEWEST_DIGITS = 3;

/** Digits, and the letters O, I and l in runs with them: `1OO`, and `OO` beside such a run. */
function misspeltDigitsOf(text: string): Character[] {
  const runs = [...text.matchAll(/[\dOoQIl|]+/g)].filter(([run]) => /\d/.test(run) || /^[OI]{2,}$/.test(run));
  if (!runs.some(([run]) => /\D/.test(run))) return [];
  const inside = new Set(runs.flatMap(({ 0: run, index }) => Array.from(run, (_, at) => index + at)));
  return charactersOf(text, /[\dOoQIl|]/g, inside);
}

function charactersOf(text: string, pattern: RegExp, inside?: ReadonlySet<number>): Character[] {
  let end = 0;
  return [...text.matchAll(pattern)].flatMap(({ 0: written, index: at }) => {
    if (inside !== undefined && !inside.has(at)) return [];
    const before = text.slice(end, at);
    end = at + 1;
    return [{ value: DIGIT_MEANT[written] ?? written, at, isLetter: written in DIGIT_MEANT, before }];
  });
}

/** Runs of digits with nothing but separators between them. */
function chainsOf(characters: readonly Character[]): Digit[][] {
  const chains: Digit[][] = [];
  for (const { before, ...digit } of characters) {
    const goesOn = chains.length > 0 && (before === '' || GAP.test(before));
    if (!goesOn) chains.push([]);
    chains.at(-1)?.push({ ...digit, isApart: before !== '' || !goesOn });
  }
  return chains;
}

function windows(digits: readonly Digit[], lengths: readonly number[]): (Place & { isMisspelt: boolean })[] {
  return lengths.flatMap((length) =>
    digits.flatMap((first, from) => {
      const own = digits.slice(from, from + length);
      const last = own.at(-1);
      const number = own.map(({ value }) => value).join('');
      if (last === undefined || !isOrderNumber(number) || own.length !== length) return [];
      const letters = own.filter(({ isLetter }) => isLetter).length;
      if (letters > length - FEWEST_DIGITS) return [];
      const isWhole = letters === 0 && own.every(({ isApart }, index) => index === 0 || !isApart);
      const standsAlone = beginsAt(digits, from) && endsBefore(digits, from + length);
      const finding = !standsAlone ? 'glued' : isWhole ? 'exact' : 'broken';
      return [{ number, finding, from: first.at, to: last.at, isMisspelt: letters > 0 } as const];
    }),
  );
}

/** Whether a number may begin at a digit: nothing is joined to it but zeros that fill it up, or a word's last letter. */
function beginsAt(digits: readonly Digit[], at: number): boolean {
  if (digits[at]?.isApart !== false || digits[at - 1]?.isLetter === true) return true;
  for (let before = at - 1; digits[before]?.value === '0'; before -= 1) if (digits[before]?.isApart) return true;
  return false;
}

function endsBefore(digits: readonly Digit[], at: number): boolean {
  return digits[at]?.isApart !== false || digits[at]?.isLetter === true;
}

const MOST_IN_REFERENCE = 21;

/** Order numbers inside ISO 11649 references: `RF`, two check digits, and the number, however it is divided. */
function creditorReferences(text: string, misspelt: readonly (readonly Digit[])[]): string[] {
  const chains = misspelt.length > 0 ? misspelt : chainsOf(digitsOf(text));
  return [...text.matchAll(/R[ .-]?F[\s.:-]{0,2}(?=[\dOIl])/gi)].flatMap(({ 0: mark, index }) => {
    const start = index + mark.length;
    const chain = chains.find((digits) => digits.some(({ at }) => at === start)) ?? [];
    const digits = chain.filter(({ at }) => at >= start).map(({ value }) => value);
    const [check, body] = [digits.slice(0, 2).join(''), digits.slice(2, 2 + MOST_IN_REFERENCE).join('')];
    // Where it ends its own check digits tell: other numbers may follow.
    for (let length = body.length; length >= 10; length -= 1) {
      const own = body.slice(0, length);
      const number = own.replace(/^0+(?=\d{10})/, '');
      // R and F are 27 and 15 in the check, which goes to the end.
      if (isOrderNumber(number) && BigInt(`${own}2715${check}`) % 97n === 1n) return [number];
    }
    return [];
  });
}

const SLIP_MODULUS = 93n;
const SLIP_DIGITS = 18;

/** Order numbers inside the 18-digit code of a premarked postal slip: 16 digits and their remainder of 93. */
function slipCodes(digits: readonly Digit[]): string[] {
  return digits.flatMap((_, from) => {
    const [own, isApart] = [digits.slice(from, from + SLIP_DIGITS), (at: number) => digits[at]?.isApart !== false];
    if (own.length < SLIP_DIGITS || !isApart(from) || !isApart(from + SLIP_DIGITS)) return [];
    const code = own.map(({ value }) => value).join('');
    const [body, check] = [code.slice(0, 16), code.slice(16)];
    const number = body.replace(/^0{1,6}/, '');
    return BigInt(body) % SLIP_MODULUS === BigInt(check) && isOrderNumber(number) ? [number] : [];
  });
}

/** The code a premarked slip carries for an order, 18 digits. */
export function slipCodeFor(orderNumber: string): string {
  const body = orderNumber.padStart(16, '0');
  return body + (BigInt(body) % SLIP_MODULUS).toString().padStart(2, '0');
}

/** The ISO 11649 creditor reference of an order, e.g. `RF181000000161`. */
export function creditorReferenceFor(orderNumber: string): string {
  const check = 98n - (BigInt(`${orderNumber}271500`) % 97n);
  return `RF${check.toString().padStart(2, '0')}${orderNumber}`;
}

/**
 * Whether a written number is an order's with one slip of the pen: a digit wrong, missing or too many, or two neighbours
 * swapped. Only ever a hint for a person: check digits exist so that no such number is taken for another's.
 */
export function isSlipOfThePen(written: string, orderNumber: string): boolean {
  if (written === orderNumber || Math.abs(written.length - orderNumber.length) > 1) return false;
  let start = 0;
  while (start < written.length && written[start] === orderNumber[start]) start += 1;
  const [a, b] = [written.slice(start), orderNumber.slice(start)];
  const isSwapped = a.length === b.length && a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
  return isSwapped || a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1);
}
